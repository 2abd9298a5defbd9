"""Tables of predictions written block by block: CSV, parquet and .h5ad."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from kit.errors import InputError, MissingDependencyError
from kit.files import new_file
from kit.predicting.predictor import Predicted

SUFFIXES = (".csv", ".parquet", ".h5ad")


class TableWriter(ABC):
    """Writes blocks of predictions, one below the other."""

    @abstractmethod
    def write(self, block: Predicted) -> None:
        """Append a block."""

    @abstractmethod
    def close(self) -> None:
        """End the file."""


@contextmanager
def new_table(path: Path, n_rows: int) -> Iterator[TableWriter]:
    """Give what writes a table of predictions; the file is complete or absent.

    Args:
        path: The file, which `check_suffix` lets pass.
        n_rows: The number of rows to come.

    Raises:
        RunError: The file cannot be written.
        MissingDependencyError: An .h5ad file is written without h5py.
    """
    with new_file(path) as temporary:
        writer = _WRITERS[path.suffix](temporary, n_rows)
        try:
            yield writer
        finally:
            writer.close()


def check_suffix(path: Path) -> None:
    """Check that a table of this name can be written.

    Raises:
        InputError: The name says no format that is known.
        MissingDependencyError: An .h5ad file is to be written without h5py.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: the name of the table to write must end in one of {', '.join(SUFFIXES)}")
    if path.suffix == ".h5ad":
        _h5py(path)


def _parts(block: Predicted) -> pa.Table:
    """Return a block as an Arrow table; without a data frame, which is slow where it is wide."""
    named = {
        name: pa.array(block.rows[name], pa.string() if _is_text(block.rows[name]) else None)
        for name in block.rows.columns
    }
    # What is not calibrated has no interval: empty cells, not numbers that are none.
    values = {name: pa.array(column, from_pandas=True) for name, column in block.columns()}
    return pa.table(named | values)


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


class _Csv(TableWriter):
    def __init__(self, path: Path, n_rows: int) -> None:
        self._file = path.open("wb")
        self._begun = False

    def write(self, block: Predicted) -> None:
        table = _parts(block)
        if not self._begun:
            header = io.StringIO()
            csv.writer(header, lineterminator="\n").writerow(table.column_names)
            self._file.write(header.getvalue().encode())
            self._begun = True
        pyarrow.csv.write_csv(table, self._file, pyarrow.csv.WriteOptions(include_header=False))

    def close(self) -> None:
        self._file.close()


class _Parquet(TableWriter):
    def __init__(self, path: Path, n_rows: int) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, block: Predicted) -> None:
        table = _parts(block)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _H5ad(TableWriter):
    """AnnData's layout on disk (anndata, "On disk format", version 0.1.0): written piece by piece, it has no writer."""

    def __init__(self, path: Path, n_rows: int) -> None:
        self._file = _h5py(path).File(path, "w")
        self._n_rows, self._start = n_rows, 0
        _label(self._file, "anndata", "0.1.0")
        for name in ("layers", "obsm", "obsp", "varm", "varp", "uns"):
            _label(self._file.create_group(name), "dict", "0.1.0")

    def write(self, block: Predicted) -> None:
        if not self._start:
            self._begin(block)
        end = self._start + len(block.values)
        self._file["X"][self._start : end] = block.values
        if block.half_widths is not None:
            self._file["layers/low"][self._start : end] = block.low
            self._file["layers/high"][self._start : end] = block.high
        obs = self._file["obs"]
        obs["_index"][self._start : end] = [str(row) for row in range(self._start, end)]
        for name in block.rows.columns:
            cells = block.rows[name]
            obs[name][self._start : end] = cells.fillna("").tolist() if _is_text(cells) else cells.to_numpy()
        self._start = end

    def _begin(self, block: Predicted) -> None:
        var = self._frame("var", pd.DataFrame(), len(block.targets))
        var["_index"][:] = list(block.targets)
        self._frame("obs", block.rows, self._n_rows)
        for name in ("X",) if block.half_widths is None else ("X", "layers/low", "layers/high"):
            matrix = self._file.create_dataset(name, (self._n_rows, len(block.targets)), dtype=np.float32)
            _label(matrix, "array", "0.2.0")

    def _frame(self, name: str, like: pd.DataFrame, length: int) -> Any:
        h5py = _h5py(Path(name))
        frame = self._file.create_group(name)
        _label(frame, "dataframe", "0.2.0")
        frame.attrs["_index"] = "_index"
        frame.attrs["column-order"] = np.array(list(like.columns), dtype=h5py.string_dtype())
        text = {"_index": True} | {column: _is_text(like[column]) for column in like.columns}
        for column, is_text in text.items():
            cells = frame.create_dataset(column, (length,), dtype=h5py.string_dtype() if is_text else np.float32)
            _label(cells, "string-array" if is_text else "array", "0.2.0")
        return frame

    def close(self) -> None:
        self._file.close()


_WRITERS: dict[str, Callable[[Path, int], TableWriter]] = {".csv": _Csv, ".parquet": _Parquet, ".h5ad": _H5ad}


def _label(part: Any, kind: str, version: str) -> None:
    part.attrs["encoding-type"], part.attrs["encoding-version"] = kind, version


def _h5py(path: Path) -> Any:
    try:
        import h5py
    except ImportError:
        raise MissingDependencyError(f"writing {path.name} needs h5py: pip install 'perturbation-kit[h5ad]'") from None
    return h5py
