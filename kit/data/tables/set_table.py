"""A table some of whose columns are sets: each is written in one way, whatever the order of its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit.arrays import Floats
from kit.config.schema import SetConfig
from kit.data.tables.table import Table, TextCell
from kit.errors import DataError, did_you_mean
from kit.sets import BETWEEN, written_set
from kit.values import canonical_text, canonical_texts


class SetTable(Table):
    """A table as it would be if its sets had been written in one way from the beginning.

    Args:
        table: The table as it is.
        sets: What each set is made of, by the name of its column. Columns that sets are made of are no longer columns
            of their own.

    Raises:
        DataError: A column that a set is made of is missing.
    """

    def __init__(self, table: Table, sets: Mapping[str, SetConfig]) -> None:
        super().__init__(table.path)
        self._table = table
        self._sets = {name: made for name, made in sets.items() if made.columns is not None or name in table.columns}
        parts = {part for made in self._sets.values() for part in made.columns or ()}
        for name, made in self._sets.items():
            for part in made.columns or ():
                if part not in table.columns:
                    hint = did_you_mean(part, table.columns) if len(table.columns) <= 50 else ""
                    raise DataError(f"{table.path}: no column {part!r}, of which columns.sets.{name} is made{hint}")
            if made.columns is not None and name in table.columns:
                raise DataError(
                    f"{table.path} has a column {name!r} of its own; give the set that is made of "
                    f"{' and '.join(made.columns)} another name in columns.sets"
                )
        made_of_parts = [name for name, made in self._sets.items() if made.columns is not None]
        self.columns = [*made_of_parts, *(name for name in table.columns if name not in parts)]
        self._candidates = [name for name in table.candidates if name not in parts]
        self.warnings = table.warnings

    @property
    def candidates(self) -> list[str]:
        """The columns that may be targets: none that a set is made of."""
        return self._candidates

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self._table.n_rows

    def layout(self, id_column: str) -> list[str]:
        """Return the columns that a submission in this file has, in order."""
        return self._table.layout(id_column)

    def naming_hint(self, names: Sequence[str]) -> str:
        """Say where in the file target names are that `candidates` has not."""
        return self._table.naming_hint(names)

    def row(self, index: int) -> str:
        """Name a row for a message."""
        return self._table.row(index)

    def cells(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Read a few columns, sets as `kit.sets.written_set` writes them; see `Table.cells`."""
        return self._made(names, self._table.cells(self._read(names)))

    def cell_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, list[Any]]]:
        """Read a few columns so, some rows at a time; see `Table.cell_blocks`."""
        start = 0
        for cells in self._table.cell_blocks(self._read(names), size):
            made = self._made(names, cells, start)
            yield made
            start += len(next(iter(made.values()), []))

    def stored_numbers(self, names: Sequence[str]) -> list[str]:
        """Return the columns that the file holds as numbers; see `Table.stored_numbers`."""
        return self._table.stored_numbers([name for name in names if name not in self._sets])

    def number_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, np.ndarray]]:
        """Read columns of numbers, some rows at a time; see `Table.number_blocks`."""
        return self._table.number_blocks(names, size)

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix; see `Table.fill`."""
        return self._table.fill(names, out)

    def _read(self, names: Sequence[str]) -> list[str]:
        """Return the columns of the table as it is that columns of it with sets are made of."""
        return list(dict.fromkeys(part for name in names for part in self._parts(name)))

    def _made(self, names: Sequence[str], cells: Mapping[str, list[Any]], start: int = 0) -> dict[str, list[Any]]:
        """Return columns from their cells in the table as it is, whose first row is the row ``start``."""
        return {name: self._set(name, cells, start) if name in self._sets else cells[name] for name in names}

    def _parts(self, name: str) -> list[str]:
        made = self._sets.get(name)
        return [name] if made is None or made.columns is None else made.columns

    def _set(self, name: str, cells: Mapping[str, list[Any]], start: int) -> list[str | None]:
        """Return the sets of one column; None where a cell of a column of sets is empty.

        Raises:
            DataError: A member's name holds what stands between members.
        """
        made = self._sets[name]
        nobody = {canonical_text(text) for text in made.empty}
        if made.columns is not None:
            columns = [canonical_texts(cells[part]) for part in made.columns]
            rows: list[list[str | None] | None] = [list(row) for row in zip(*columns, strict=True)]
        else:
            texts = canonical_texts(cells[name])
            rows = [None if text is None else canonical_texts(text.split(made.separator)) for text in texts]
        sets: list[str | None] = []
        for index, row in enumerate(rows, start):
            members = [text for text in row or () if text is not None and text not in nobody]
            wrong = next((text for text in members if BETWEEN in text), None)
            if wrong is not None:
                raise DataError(
                    f"{self.path}: {self.row(index)}: {wrong!r} is to be one member of the set {name!r}, and "
                    f"{BETWEEN!r} stands between members; rename it"
                )
            sets.append(None if row is None else written_set(members))
        return sets


def with_sets(table: Table, sets: Mapping[str, SetConfig]) -> Table:
    """Return the table with its columns of sets; the table itself where there are none."""
    return SetTable(table, sets) if sets else table
