"""What a run keeps of its tables: keys and metadata of their rows, with which new rows are completed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from kit.config.schema import ColumnsConfig
from kit.data.columns import plain_columns
from kit.data.compounds import Rows, as_texts, complete_compounds
from kit.data.mistakes import Mistakes, some
from kit.errors import DataError, InputError, StateError, nearest
from kit.files import read_json, teaching_damage
from kit.predicting.support import parts_of_keys
from kit.training.manifest import TARGETS, TEST_ROWS, TRAIN_ROWS
from kit.values import as_number, canonical_texts


@dataclass(frozen=True, eq=False)
class KeptTables:
    """The tables of a run without their targets' values.

    Attributes:
        columns: What their columns mean.
        train: (n_train, …) keys (text) and metadata of the training rows.
        test: (n_test, …) id, keys and metadata of the rows that the run predicted.
        targets: The names of the targets.
    """

    columns: ColumnsConfig
    train: pd.DataFrame
    test: pd.DataFrame
    targets: tuple[str, ...]

    @classmethod
    def read(cls, run: Path, columns: ColumnsConfig) -> Self:
        """Read what a run keeps.

        Raises:
            StateError: An older version of the kit trained the run, or a file is damaged.
        """
        if not os.path.isfile(run / TARGETS):
            raise StateError(
                f"{run} was trained by a version of the kit that did not keep its tables' rows; train the recipe again"
            )
        with teaching_damage(run):
            train, test = pd.read_parquet(run / TRAIN_ROWS), pd.read_parquet(run / TEST_ROWS)
        return cls(columns, train, test, tuple(read_json(run / TARGETS)["targets"]))

    @property
    def metadata(self) -> list[str]:
        """The metadata columns, in order."""
        return [name for name in self.train.columns if name not in self.columns.keys]

    def read_columns(self, present: list[str], source: str) -> list[str]:
        """Return the columns of a table of new rows that are read: its id, its keys and the metadata that it has.

        Args:
            present: The columns of the table.
            source: What the table is called in messages.

        Raises:
            InputError: A key column or the group is missing.
        """
        needed = parts_of_keys(self.columns)
        for name in needed:
            if name not in present:
                # With thousands of columns beside it, only a near name helps.
                near = nearest(name, present)
                hint = f" (did you mean {near!r}?)" if near else ""
                raise InputError(f"{source}: no column {name!r}{hint}; every row needs {', '.join(needed)}")
        wanted = [self.columns.id, *self.columns.keys, *self.metadata]
        there = set(present)
        found = [name for name in dict.fromkeys(wanted) if name in there]
        if not found:
            raise InputError(
                f"{source}: none of the columns that the run reads is there, such as {some(self.metadata)}"
            )
        return found

    @cached_property
    def plain(self) -> list[str]:
        """The metadata that new rows may hold as numbers, not as text."""
        numbers = [name for name in self.metadata if _holds_numbers(self.train[name])]
        return plain_columns(self.columns, numbers)

    def complete(self, rows: pd.DataFrame, source: str, place: Callable[[int], str] = "row {}".format) -> pd.DataFrame:
        """Return new rows as the run's fits read them: with what is known of their compounds, numbers as numbers.

        Args:
            rows: (n_rows, …) columns that `read_columns` names, as canonical text (see `kit.values`); the index names
                the rows.
            source: What their table is called in messages.
            place: Names a row for a message, by the index.

        Raises:
            DataError: A key has no value, a structure contradicts the training rows', a number is none.
        """
        mistakes = Mistakes(DataError)
        for name in parts_of_keys(self.columns):
            if (empty := rows.index[rows[name].isna()]).size:
                mistakes.add(f"{source}: {name!r} is empty in {place(empty[0])}; fill it in or remove the row")
        mistakes.raise_if_any(source)
        given = rows.reset_index(drop=True)
        table = Rows(given, lambda index: f"{source} {place(rows.index[index])}")
        # Of thousands of numbers, those that are all there need no look at the training rows.
        smiles, whole = self.columns.smiles, given.columns[given.notna().all()]
        to_fill = [name for name in self.metadata if name == smiles or name not in whole]
        known = [] if self.columns.compound is None and smiles is None else self._known
        completed = complete_compounds([*known, table], self.columns.compound, smiles, to_fill)
        mistakes.add(*completed.mistakes)
        mistakes.raise_if_any(source)
        frame = completed.frames[-1]
        for name in self.metadata:
            if name in frame:
                column = frame[name]
                typed = self._typed(name, column, source, lambda index: place(rows.index[index]))
                if typed is not column:
                    frame[name] = typed
        return frame

    @cached_property
    def _known(self) -> list[Rows]:
        """The run's own rows as they complete others: a line for each different one."""
        names = [name for name in dict.fromkeys([self.columns.compound, *self.metadata]) if name is not None]
        tables = []
        for frame, what in ((self.train, "the training table"), (self.test, "the test table")):
            known = as_texts(frame[[name for name in names if name in frame]]).drop_duplicates(ignore_index=True)
            tables.append(Rows(known, f"{what}, a row like line {{}}".format))
        return tables

    def _typed(self, name: str, column: pd.Series, source: str, place: Callable[[int], str]) -> pd.Series:
        """Return a metadata column of the type that it has in the training rows."""
        known = self.train[name]
        if pd.api.types.is_numeric_dtype(column) and _holds_numbers(known):
            return column.astype(known.dtype) if column.dtype.kind in "iu" and column.dtype != known.dtype else column
        column = pd.Series(canonical_texts(column), dtype=object)
        read: Callable[[str], bool | float | None]
        if _holds_booleans(known):
            wanted, read = "True or False", {"True": True, "False": False}.get
        elif _holds_numbers(known):
            wanted, read = "a number", as_number
        else:
            return column
        values = [None if text is None else read(text) for text in column]
        for index, (text, value) in enumerate(zip(column, values, strict=True)):
            if text is not None and value is None:
                raise DataError(f"{source}, {place(index)}: {name!r} is {text!r}; in the training rows it is {wanted}")
        if wanted == "a number":
            numbers = pd.Series(values, dtype=np.float64)
            # Whole numbers are told apart by their digits, which those of a float have other ones.
            return numbers.astype(known.dtype) if (numbers == numbers.round()).all() else numbers
        return pd.Series(values, dtype=object if None in values else bool)


def _holds_booleans(column: pd.Series) -> bool:
    known = column.dropna()
    return len(known) > 0 and all(isinstance(value, (bool, np.bool_)) for value in known)


def _holds_numbers(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
