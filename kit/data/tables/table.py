"""Tables on disk, read piece by piece: a few text columns as a data frame, thousands of number columns as a matrix.

pandas is slow and hungry on tables of 18,000 columns, so wide numbers never become a data frame: every format fills a
float32 matrix (possibly a memory-map) block by block. Measured on one thread, 614 × 18,211 float64 parquet: 0.5 s and
0.12 GiB above the interpreter, against 4.5 s and 1.7 GiB for ``pq.read_table``; 255 × 18,211 CSV: 0.6 s with the
standard library's reader, against 1.0 s for pandas and 5.4 s for pyarrow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.tables.formats import table_format

# What stands for "no value" in a text column.
MISSING_TEXTS = frozenset({"", "nan", "NaN"})


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
    """

    path: Path
    columns: list[str]

    @property
    def candidates(self) -> list[str]:
        """The columns that may be targets."""
        return self.columns

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """The number of rows, the header not counted."""

    @abstractmethod
    def frame(self, text: Sequence[str], natural: Sequence[str] = ()) -> pd.DataFrame:
        """Read a few columns.

        Args:
            text: Columns to read as strings (None where a value is missing).
            natural: Columns to read as what they are: numbers, booleans or strings.

        Returns:
            A data frame of these columns in this order, with a RangeIndex.

        Raises:
            DataError: The file is damaged.
        """

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
        """Like `fill`, into a new array."""
        out = np.empty((self.n_rows, len(names)), dtype=np.float32)
        return out, self.fill(names, out)

    def row(self, index: int) -> str:
        """Name a row for a message; rows are counted from 0, as pandas does."""
        return f"row {index}"


def open_table(path: Path, layer: str | None = None) -> Table:
    """Open a table by its header.

    Args:
        path: A .parquet, .csv, .csv.gz, .feather or .h5ad file.
        layer: For .h5ad: the layer that holds the numbers (default: ``X``).

    Raises:
        DataError: The file is damaged, or not what its name says.
        MissingDependencyError: Reading .h5ad needs anndata.
    """
    # The formats import `Table` from here; and a run that reads parquet should not pay for the others.
    kind = table_format(path)
    if kind in ("csv", "csv.gz"):
        from kit.data.tables.csv_tables import CsvTable

        return CsvTable(path)
    if kind == "h5ad":
        from kit.data.tables.h5ad_tables import H5adTable

        return H5adTable(path, layer)
    from kit.data.tables.arrow_tables import FeatherTable, ParquetTable

    return ParquetTable(path) if kind == "parquet" else FeatherTable(path)


def tidy_types(values: pd.Series) -> pd.Series:
    """Turn text into booleans or numbers where every value is one; leading zeros ("0012") keep a column text.

    A CSV file does not say what its columns are; this gives metadata the types it has in the other formats.
    """
    known = values.dropna()
    if known.empty:
        return values
    lowered = known.str.lower()
    if lowered.isin(["true", "false"]).all():
        return values.str.lower().map({"true": True, "false": False}) if len(known) < len(values) else lowered == "true"
    if known.str.match(r"[+-]?0\d").any():
        return values
    try:
        return pd.to_numeric(values)
    except (ValueError, TypeError):
        return values
