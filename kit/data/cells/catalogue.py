"""One line a cell of many files: what is known of it, and how much was counted in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kit.data.tables.h5ad_tables import H5adTable
from kit.data.tables.table import open_table
from kit.errors import InputError
from kit.files import new_file

FILE, N_COUNTS, N_GENES = "file", "counts", "genes"
"""The columns that are added: the file of a cell, the sum of its values, and how many of them are not 0."""

_QUANTILES = {"5%": 0.05, "median": 0.5, "95%": 0.95}


def write_catalogue(files: Sequence[Path], layer: str | None, out: Path) -> pd.DataFrame:
    """Write the cells of many files as one parquet table, and return what each file holds.

    Every cell and every column of ``obs`` is kept, as text; a column that a file lacks is empty there. Files are read
    one after the other, in blocks of rows.

    Args:
        files: AnnData files.
        layer: The layer of the counts (default: ``X``).
        out: The table to write: .parquet.

    Returns:
        A line a file: its number of cells, and quantiles of `N_COUNTS` and `N_GENES` over them.

    Raises:
        InputError: A file is given twice, is no .h5ad file or has such a column already, or the table is there.
        DataError: A file is damaged, or has no such layer.
        RunError: The table cannot be written.
    """
    if out.suffix != ".parquet":
        raise InputError(f"{out}: the table's name must end in .parquet")
    if out.exists():
        raise InputError(f"{out} is there already; remove it, or choose another name")
    if twice := sorted({str(path) for path in files if list(files).count(path) > 1}):
        raise InputError(f"{twice[0]} is given twice; every cell is counted once")
    tables = [_cells_of(path, layer) for path in files]
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    if taken := sorted({FILE, N_COUNTS, N_GENES} & set(columns)):
        raise InputError(f"obs has a column {taken[0]!r} of its own, which the table is to have; rename it")
    numbers = [pa.field(N_COUNTS, pa.float64()), pa.field(N_GENES, pa.int64())]
    schema = pa.schema([pa.field(FILE, pa.string()), *(pa.field(name, pa.string()) for name in columns), *numbers])
    lines = []
    with new_file(out) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for table in tables:
            n_counts, n_genes = _counted(table)
            known = table.frame([name for name in columns if name in table.columns]).to_dict("list")
            cells = {FILE: [str(table.path)] * table.n_rows, N_COUNTS: n_counts, N_GENES: n_genes} | known
            absent = [None] * table.n_rows
            writer.write_table(pa.table({name: cells.get(name, absent) for name in schema.names}, schema))
            lines.append({FILE: str(table.path), "cells": table.n_rows} | _spread(n_counts, n_genes))
    return pd.DataFrame(lines)


def _cells_of(path: Path, layer: str | None) -> H5adTable:
    table = open_table(path, layer)
    if not isinstance(table, H5adTable):
        raise InputError(f"{path}: cells are read from .h5ad files; write one with anndata")
    return table


def _counted(table: H5adTable) -> tuple[np.ndarray, np.ndarray]:
    """Return (n_cells,) the sum of the values of each cell, and the number of those that are not 0."""
    sums, numbers = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    for block in table.blocks():
        sums.append(block.sum(axis=1, dtype=np.float64))
        numbers.append((block != 0).sum(axis=1))
    return np.concatenate(sums), np.concatenate(numbers)


def _spread(n_counts: np.ndarray, n_genes: np.ndarray) -> dict[str, float]:
    of = {N_COUNTS: n_counts, N_GENES: n_genes}
    return {
        f"{name} {shown}": float(np.quantile(values, share)) if len(values) else np.nan
        for name, values in of.items()
        for shown, share in _QUANTILES.items()
    }
