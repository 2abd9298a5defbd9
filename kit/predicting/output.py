"""Tables of predictions written block by block: CSV, parquet and .h5ad."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
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
    named = {name: pa.array(block.rows[name], pa.string()) for name in block.rows.columns}
    # What is not calibrated has no interval: empty cells, not numbers that are none.
    values = {name: pa.array(column, from_pandas=True) for name, column in block.columns()}
    return pa.table(named | values)


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
            obs[name][self._start : end] = block.rows[name].fillna("").tolist()
        self._start = end

    def _begin(self, block: Predicted) -> None:
        var = self._frame("var", [], len(block.targets))
        var["_index"][:] = list(block.targets)
        self._frame("obs", list(block.rows.columns), self._n_rows)
        for name in ("X",) if block.half_widths is None else ("X", "layers/low", "layers/high"):
            matrix = self._file.create_dataset(name, (self._n_rows, len(block.targets)), dtype=np.float32)
            _label(matrix, "array", "0.2.0")

    def _frame(self, name: str, columns: Sequence[str], length: int) -> Any:
        h5py = _h5py(Path(name))
        frame = self._file.create_group(name)
        _label(frame, "dataframe", "0.2.0")
        frame.attrs["_index"] = "_index"
        frame.attrs["column-order"] = np.array(list(columns), dtype=h5py.string_dtype())
        for column in ("_index", *columns):
            _label(frame.create_dataset(column, (length,), dtype=h5py.string_dtype()), "string-array", "0.2.0")
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
