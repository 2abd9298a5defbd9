"""A data frame as a table: what a program hands in is read as files are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.tables.table import Table, TextCell
from kit.values import canonical_texts, tidy_numbers


class FrameTable(Table):
    """A data frame in memory.

    Args:
        frame: The data frame; its index is passed over.
        name: What messages call it.
    """

    def __init__(self, frame: pd.DataFrame, name: str) -> None:
        super().__init__(Path(name))
        self._frame = frame
        self.columns = [str(column) for column in frame.columns]
        # Of columns of one name the first is meant.
        self._place = {name: place for place, name in reversed(list(enumerate(self.columns)))}

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(self._frame)

    def cells(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Return a few columns as they are; see `Table.cells`."""
        found = {name: self._frame.iloc[:, self._place[name]] for name in names}
        # A column of float32 hands out Python's floats, with digits that it has not.
        return {name: list(part.to_numpy() if part.dtype == np.float32 else part) for name, part in found.items()}

    def cell_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, list[Any]]]:
        """Return a few columns, some rows at a time; see `Table.cell_blocks`."""
        for start in range(0, self.n_rows, size):
            yield FrameTable(self._frame.iloc[start : start + size], str(self.path)).cells(names)

    def stored_numbers(self, names: Sequence[str]) -> list[str]:
        """Return the columns of NumPy's or sparse numbers; see `Table.stored_numbers`."""
        types = self._frame.dtypes.tolist()
        return [name for name in names if _kind(types[self._place[name]]) in ("i", "u", "f")]

    def number_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, np.ndarray]]:
        """Return columns of numbers, some rows at a time; see `Table.number_blocks`."""
        places = [self._place[name] for name in names]
        for start in range(0, self.n_rows, size):
            part = self._frame.iloc[start : start + size]
            yield {
                name: tidy_numbers(np.asarray(part.iloc[:, place])) for name, place in zip(names, places, strict=True)
            }

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Copy number columns into a matrix; see `Table.fill`."""
        texts = []
        for place, name in enumerate(names):
            [column] = self.cells([name]).values()
            numbers = pd.to_numeric(pd.Series(canonical_texts(column), dtype=object), errors="coerce")
            out[:, place] = numbers.to_numpy(dtype=np.float32)
            wrong = np.flatnonzero(numbers.isna() & pd.Series(column, dtype=object).notna())
            if len(wrong):
                texts.append(TextCell(int(wrong[0]), name, str(column[wrong[0]])))
        return texts


def _kind(dtype: Any) -> str:
    """Return NumPy's letter for the kind of a column, also of a sparse one; "" for pandas' own types."""
    held = getattr(dtype, "subtype", None) if isinstance(dtype, pd.SparseDtype) else dtype
    return held.kind if isinstance(held, np.dtype) else ""
