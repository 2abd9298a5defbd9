"""The members of a blend: finished runs, and tables of test predictions from elsewhere."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kit.arrays import Floats
from kit.blending.finished_run import FinishedRun
from kit.blending.run_member import of_member
from kit.data import Competition, open_predictions, read_predictions
from kit.data.mistakes import Mistakes
from kit.errors import DataError, InputError, KitWarning, SubmissionError
from kit.files import file_sha256
from kit.submission.layout import check_columns, check_ids


@dataclass(frozen=True, eq=False)
class Member:
    """A finished run or a table of predictions that is blended with others.

    Attributes:
        name: Its name in tables and weights.
        path: The run's directory, or the table.
        sha256: The SHA-256 of its submission.
        test: (n_test, n_targets) float32 predictions of the test table's rows, in its order.
        run: The run; None for a table, which has no out-of-fold predictions.
    """

    name: str
    path: Path
    sha256: str
    test: Floats
    run: FinishedRun | None


def read_members(paths: Sequence[Path], competition: Competition) -> list[Member]:
    """Read runs and tables, and check that they can be blended.

    Args:
        paths: Directories of finished runs, or models of them (`part_of`), and tables in the layout of a submission, in
            any order of rows and columns.
        competition: The competition that all predict.

    Raises:
        InputError: There are fewer than two, one is given twice, a run is of another competition, other tables or
            other folds.
        StateError: A directory is no finished run.
        SubmissionError: A table lacks ids or columns of the competition, or has others.
    """
    if len(paths) < 2:
        raise InputError(f"expected at least two members to blend, got {len(paths)}: give more runs or tables")
    runs = {}
    for path in paths:
        folder, model = part_of(path)
        if os.path.isdir(folder):
            run = FinishedRun.read(folder)
            run.check_made_of(competition)
            runs[path] = run if model is None else of_member(run, model, competition)
    for run, other in pairwise(runs.values()):
        run.check_same_folds(other)
    names = _names(paths)
    members = []
    for path, name in zip(paths, names, strict=True):
        if path in runs:
            members.append(Member(name, path, runs[path].sha256, runs[path].test, runs[path]))
        else:
            members.append(Member(name, path, file_sha256(_table(path)), read_table(path, competition), None))
    _check_distinct(members)
    return members


def read_table(path: Path, competition: Competition) -> Floats:
    """Return the (n_test, n_targets) predictions of a table in the order of the test rows and targets, by name.

    Raises:
        SubmissionError: Ids or columns are missing, unknown or there twice.
        DataError: The file is damaged, or does not hold finite numbers.
    """
    id_column = competition.config.columns.id
    mistakes = Mistakes(SubmissionError)
    table = open_predictions(_table(path), competition.config.data)
    columns = table.layout(id_column)
    if sorted(columns) != sorted(competition.sample_columns):
        mistakes.add(*check_columns(columns, competition, table.naming_hint))
        mistakes.raise_if_any(path.name)
    try:
        read = read_predictions(path, competition.targets, id_column, data=competition.config.data)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    if sorted(read.ids) != sorted(competition.sample_ids):
        mistakes.add(*check_ids(read.ids, competition))
        mistakes.raise_if_any(path.name)
    for warning in read.warnings:
        warnings.warn(warning, KitWarning, stacklevel=2)
    place = {name: index for index, name in enumerate(read.ids)}
    return read.values[[place[name] for name in competition.test[id_column].astype(str)]]


def part_of(path: Path) -> tuple[Path, str | None]:
    """Split ``RUN:model`` into the run and the name of one of its models; None where there is no such part."""
    if os.path.exists(path) or ":" not in path.name:
        return path, None
    run, _, model = path.name.rpartition(":")
    return path.with_name(run), model


def _table(path: Path) -> Path:
    if not os.path.isfile(path):
        raise InputError(f"{path}: no such run or table")
    return path


def _names(paths: Sequence[Path]) -> list[str]:
    """Return short names: recipes and files without hash and ending, where that tells them apart.

    Raises:
        InputError: Two have the same name all the same.
    """
    places = [path.resolve() for path in paths]
    for place, count in Counter(places).items():
        if count > 1:
            raise InputError(f"{place} is given {count} times; a member counts more by its weight")
    long = [place.stem if os.path.isfile(place) else place.name for place in places]
    short = [_short(place) for place in places]
    names = [name if short.count(name) == 1 else other for name, other in zip(short, long, strict=True)]
    for name, count in Counter(names).items():
        if count > 1:
            raise InputError(f"{count} members are called {name!r}; give them files or folders of different names")
    return names


def _short(place: Path) -> str:
    """Return a table's name without its ending, a run's without its hash; that of a run's model stays behind it."""
    folder, model = part_of(place)
    if not os.path.isdir(folder):
        return place.stem
    name = folder.name.rpartition("-")[0] or folder.name
    return name if model is None else f"{name}:{model}"


def _check_distinct(members: Sequence[Member]) -> None:
    by_content: dict[str, Member] = {}
    for member in members:
        same = by_content.setdefault(member.sha256, member)
        if same is not member:
            raise InputError(
                f"{same.path} and {member.path} are the same submission; leave one out, a member counts more by its "
                "weight"
            )
