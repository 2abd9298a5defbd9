"""Tables on disk, read piece by piece: a few text columns as a data frame, thousands of number columns as a matrix.

pandas is slow and hungry on tables of 18,000 columns, so wide numbers never become a data frame: every format fills a
float32 matrix (possibly a memory-map) block by block. Measured on one thread, 614 × 18,211 float64 parquet: 0.5 s and
0.12 GiB above the interpreter, against 4.5 s and 1.7 GiB for ``pq.read_table``; 255 × 18,211 CSV: 0.6 s with the
standard library's reader, against 1.0 s for pandas and 5.4 s for pyarrow.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.tables.formats import table_format
from kit.large import room
from kit.values import canonical_texts


class TextCell(NamedTuple):
    """A cell that should hold a number and does not: the first of its column."""

    row: int
    column: str
    value: str


class Table(ABC):
    """One table, opened by its header; values are read when they are asked for.

    Attributes:
        path: The file.
        columns: The names of all columns, in order, as the file has them (possibly twice).
        candidates: The columns that may be targets; all of them, or an .h5ad file's ``var_names``.
        n_rows: The number of rows.
        spellings: For the columns read so far, by column and value: the ways in which it is written.
        warnings: What is odd about the file and was seen so far.
    """

    path: Path
    columns: list[str]

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spellings: dict[str, dict[str, set[str]]] = {}
        self.warnings: list[str] = []

    @property
    def candidates(self) -> list[str]:
        """The columns that may be targets."""
        return self.columns

    def layout(self, id_column: str) -> list[str]:
        """Return the columns that a submission in this file has, in order; all, except for .h5ad."""
        return self.columns

    def naming_hint(self, names: Sequence[str]) -> str:
        """Say where in the file target names are that `candidates` has not, if that is known."""
        return ""

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """The number of rows, the header not counted."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no row."""
        return self.n_rows == 0

    def frame(self, names: Sequence[str], plain: Sequence[str] = ()) -> pd.DataFrame:
        """Read a few columns as text, which is the same whatever the format: see `kit.values`.

        Args:
            names: The columns.
            plain: Those of them that are compared with nothing, so that numbers may come as numbers: thousands of
                columns are then read at once. A format that holds text alone gives text.

        Returns:
            A data frame of these columns in this order, with a RangeIndex; None where a value is missing.

        Raises:
            DataError: The file is damaged.
        """
        numeric = self.stored_numbers(plain)
        columns: dict[str, Any] = {}
        for name, cells in self.cells(_others(names, numeric)).items():
            texts = canonical_texts(cells)
            columns[name] = pd.Series(texts, dtype=object)
            spelt = self.spellings.setdefault(name, {})
            for cell, text in zip(cells, texts, strict=True):
                if text is not None:
                    spelt.setdefault(text, set()).add(cell if isinstance(cell, str) else text)
        parts = list(self.number_blocks(numeric, self.n_rows)) if numeric and self.n_rows else []
        columns |= {name: np.concatenate([part[name] for part in parts]) if parts else [] for name in numeric}
        return pd.DataFrame(columns, columns=list(names), index=pd.RangeIndex(self.n_rows))

    def frames(self, names: Sequence[str], size: int, plain: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """Read a few columns of a long table as `frame` does, some rows at a time; never all of them in memory.

        Args:
            names: The columns.
            size: The most rows of a data frame.
            plain: As for `frame`.

        Yields:
            The rows in order; the index counts on from frame to frame.

        Raises:
            DataError: The file is damaged.
        """
        start = 0
        numeric = self.stored_numbers(plain)
        texts = _others(names, numeric)
        numbers = self.number_blocks(numeric, size) if numeric else itertools.repeat({})
        cells: Iterable[dict[str, list[Any]]] = self.cell_blocks(texts, size) if texts else itertools.repeat({})
        for of_text, of_numbers in zip(cells, numbers, strict=False):
            columns: dict[str, Any] = {
                name: pd.Series(canonical_texts(values), dtype=object) for name, values in of_text.items()
            }
            frame = pd.DataFrame(columns | of_numbers, columns=list(names))
            frame.index = pd.RangeIndex(start, start + len(frame))
            start += len(frame)
            yield frame

    def stored_numbers(self, names: Sequence[str]) -> list[str]:
        """Return those columns that the file holds as numbers, by its own types; none where it holds text."""
        return []

    def number_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, np.ndarray]]:
        """Read columns that `stored_numbers` named, in the blocks of rows of `cell_blocks`; NaN where one is missing.

        Whole numbers are integers, as `kit.values.tidy_types` has them.
        """
        raise NotImplementedError(f"{type(self).__name__} holds no numbers")

    def written(self, name: str) -> list[str]:
        """Return a column's values as they are written: text to the letter, other types as `frame` has them."""
        cells = self.cells([name])[name]
        return [c if isinstance(c, str) else t or "" for c, t in zip(cells, canonical_texts(cells), strict=True)]

    @abstractmethod
    def cells(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Read a few columns as they are stored, by name: n_rows texts, numbers, booleans, times, or None."""

    @abstractmethod
    def cell_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, list[Any]]]:
        """Read a few columns as `cells` does, at most ``size`` rows at a time."""

    @abstractmethod
    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix.

        Args:
            names: The columns, in the order of the columns of ``out``.
            out: float32 array (n_rows, len(names)) that is filled; NaN where a value is missing or no number.

        Returns:
            For every column that holds something else than numbers its first such cell.

        Raises:
            DataError: The file is damaged.
        """

    def matrix(self, names: Sequence[str]) -> tuple[Floats, list[TextCell]]:
        """Like `fill`, into a new array; a large one is kept in a file (see `kit.large`)."""
        out: Floats = room((self.n_rows, len(names)))
        return out, self.fill(names, out)

    def row(self, index: int) -> str:
        """Name a row for a message; rows are counted from 0, as pandas does."""
        return f"row {index}"


def _others(names: Sequence[str], left_out: Sequence[str]) -> list[str]:
    without = set(left_out)
    return [name for name in names if name not in without]


def open_table(
    path: Path,
    layer: str | None = None,
    target_names: str | None = None,
    strict: bool = True,
    wide: bool = False,
) -> Table:
    """Open a table by its header.

    Args:
        path: A .parquet, .csv, .csv.gz, .feather or .h5ad file, or a .zip archive that holds one.
        layer: For .h5ad: the layer that holds the numbers (default: ``X``).
        target_names: For .h5ad: the column of ``var`` that names the targets (default: ``var_names``).
        strict: For .h5ad: whether a file without that layer or column is an error, as it is for training rows. Tables
            of predictions may have it and need not.
        wide: For .h5ad: whether the matrix's columns are columns of the table, beside those of ``obs``: what a cell
            expresses, where a label is to be learnt of it.

    Raises:
        DataError: The file is damaged, or not what its name says.
        MissingDependencyError: Reading .h5ad needs anndata.
    """
    # The formats import `Table` from here; and a run that reads parquet should not pay for the others.
    kind, source = table_format(path)
    if kind in ("csv", "csv.gz"):
        from kit.data.tables.csv_tables import CsvTable

        return CsvTable(source)
    if kind == "h5ad":
        from kit.data.tables.h5ad_tables import H5adTable

        return H5adTable(source, layer, target_names, strict, wide)
    from kit.data.tables.arrow_tables import FeatherTable, ParquetTable

    return ParquetTable(source) if kind == "parquet" else FeatherTable(source)
