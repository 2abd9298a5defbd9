"""From a table that nobody has described to a competition file and a first recipe."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.config.schema import CompetitionConfig
from kit.data import Competition, read_competition
from kit.data.tables.table import Table, open_table
from kit.errors import InputError
from kit.files import new_file
from kit.names import LONGEST, as_name
from kit.starting.competition_file import competition_text, competition_values
from kit.starting.folds import folds_like
from kit.starting.guess import Guess, guess
from kit.starting.profile import Profile
from kit.starting.recipe import start_recipe

COMPETITION, RECIPE = "competition.yaml", "start.yaml"
"""The files that are written."""

_SAMPLE = "sample_submission"


@dataclass(frozen=True)
class OwnTables:
    """The tables of a user.

    Attributes:
        train: The training table.
        test: The rows to predict, if there are any.
        sample: The layout of a submission, if there is one.
    """

    train: Profile
    test: Profile | None = None
    sample: Table | None = None

    @classmethod
    def open(cls, train: Path, test: Path | None = None, sample: Path | None = None) -> OwnTables:
        """Read tables.

        Args:
            train: The training table, in any format that `kit.data.open_table` reads.
            test: The rows to predict.
            sample: The layout of a submission (default: ``sample_submission`` beside the rows to predict, where it asks
                for columns of the training table).

        Raises:
            DataError: A table is missing, damaged or none.
        """
        tables = cls(Profile(_open(train)), None if test is None else Profile(_open(test)))
        if sample is not None:
            return cls(tables.train, tables.test, _open(sample))
        for path in [] if test is None else sorted(test.parent.glob(f"{_SAMPLE}.*")):
            beside = open_table(path)
            asked = [name for name in beside.columns if name in tables.train.columns]
            if len(asked) >= len(beside.columns) - 1 > 0:
                return cls(tables.train, tables.test, beside)
        return tables


@dataclass(frozen=True)
class Beginning:
    """What is to be written.

    Attributes:
        guess: What the columns mean.
        folds: The entry ``folds`` of the competition file.
        folds_reason: Why these.
    """

    guess: Guess
    folds: dict[str, Any]
    folds_reason: str

    @classmethod
    def of(cls, tables: OwnTables, answers: Mapping[str, str]) -> Beginning:
        """Guess, given what the user said (see `kit.starting.guess.guess`).

        Raises:
            InputError: As there.
        """
        guessed = guess(tables.train, tables.test, tables.sample, answers)
        return cls(guessed, *folds_like(guessed, tables.train, tables.test))


def refuse_existing(folder: Path) -> None:
    """Check that nothing would be overwritten.

    Raises:
        InputError: The folder has one of the files, or is none.
    """
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise InputError(f"{folder} is a file; name another folder with -o")
    for name in (COMPETITION, RECIPE):
        if os.path.exists(folder / name):
            raise InputError(f"{folder / name} is there already and is not overwritten; name another folder with -o")


def begin(tables: OwnTables, beginning: Beginning, folder: Path, command: str) -> Competition:
    """Write the competition file and the recipe, once the tables can be read with them.

    Args:
        tables: The tables.
        beginning: What was guessed.
        folder: Where to; it is made where it is not there.
        command: What the user wrote, for the head of the file.

    Raises:
        InputError: The folder has one of the files.
        DataError: The tables contradict each other or what was guessed; nothing is written.
        RunError: A file cannot be written.
    """
    refuse_existing(folder)
    root = tables.train.table.path.resolve().parent
    files = {"root": _relative(root, folder)}
    test = None if tables.test is None else tables.test.table
    named = {"train": tables.train.table, "test": test, _SAMPLE: tables.sample}
    files |= {part: _relative(table.path, root) for part, table in named.items() if table is not None}
    name = as_name(folder.resolve().name)[:LONGEST]
    values = competition_values(beginning.guess, beginning.folds, name, files, tables.train.table)
    competition = read_competition(CompetitionConfig.model_validate(values), root)
    text = competition_text(values, beginning.guess, beginning.folds_reason, command)
    for file, content in ((COMPETITION, text), (RECIPE, start_recipe(competition))):
        with new_file(folder / file) as temporary:
            temporary.write_text(content, encoding="utf-8")
    return competition


def _open(path: Path) -> Table:
    if os.path.isdir(path):
        raise InputError(f"{path} is a folder; name the table in it")
    return open_table(path)


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
