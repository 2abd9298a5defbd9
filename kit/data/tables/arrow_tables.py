"""Parquet and feather tables, read through Arrow in blocks of columns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from kit.arrays import Floats
from kit.data.tables.source import Source
from kit.data.tables.table import Table, TextCell
from kit.errors import DataError
from kit.values import tidy_numbers

# Large enough that the cost of a call does not show, small enough to bound the memory of tall tables.
PARQUET_BLOCK = 500
# A feather file's whole header is parsed again for every block.
FEATHER_BLOCK = 4000


class ArrowTable(Table):
    """Base class of parquet and feather tables."""

    schema: pa.Schema
    block: int

    @abstractmethod
    def read(self, names: list[str]) -> pa.Table:
        """Read some columns whole."""

    def cells(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Read a few columns as they are stored; see `Table.cells`."""
        with explain_damage(self.path):
            table = self.read(list(names))
            return {name: _python_values(table.column(name)) for name in names}

    @abstractmethod
    def batches(self, names: list[str], size: int) -> Iterator[pa.RecordBatch]:
        """Read some columns, at most so many rows at a time."""

    def cell_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, list[Any]]]:
        """Read a few columns as they are stored, some rows at a time; see `Table.cell_blocks`."""
        with explain_damage(self.path):
            for batch in self.batches(list(names), size):
                yield {name: _python_values(batch.column(name)) for name in names}

    def stored_numbers(self, names: Sequence[str]) -> list[str]:
        """Return the columns of integers and floating-point numbers; see `Table.stored_numbers`."""
        kinds = {field.name: field.type for field in self.schema}
        return [name for name in names if pa.types.is_floating(kinds[name]) or pa.types.is_integer(kinds[name])]

    def number_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, np.ndarray]]:
        """Read columns of numbers, some rows at a time; see `Table.number_blocks`."""
        with explain_damage(self.path):
            for batch in self.batches(list(names), size):
                yield {name: tidy_numbers(batch.column(name).to_numpy(zero_copy_only=False)) for name in names}

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix; see `Table.fill`."""
        texts: list[TextCell] = []
        for start in range(0, len(names), self.block):
            chosen = list(names[start : start + self.block])
            with explain_damage(self.path):
                table = self.read(chosen)
            # One row of `stacked` per column: written contiguously, then copied across in one go.
            stacked = np.empty((len(chosen), table.num_rows), dtype=np.float32)
            for position, name in enumerate(chosen):
                cell = _fill_column(table.column(name), name, stacked[position])
                if cell is not None:
                    texts.append(cell)
            out[:, start : start + len(chosen)] = stacked.T
        return texts


class ParquetTable(ArrowTable):
    """A parquet file.

    Raises:
        DataError: It is damaged.
    """

    block = PARQUET_BLOCK

    def __init__(self, source: Source) -> None:
        super().__init__(source.path)
        with explain_damage(self.path):
            self._file = pq.ParquetFile(source.file())
            self.schema = self._file.schema_arrow
        self.columns = list(self.schema.names)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self._file.metadata.num_rows)

    def read(self, names: list[str]) -> pa.Table:
        """Read some columns whole.

        Arrow takes a dot for a path into a nested column, so that asking for ``HLA`` also brings ``HLA.1``; the
        columns that were not asked for are dropped by the caller, which looks columns up by their whole name.
        """
        return self._file.read(columns=names)

    def batches(self, names: list[str], size: int) -> Iterator[pa.RecordBatch]:
        """Read some columns, at most so many rows at a time."""
        yield from self._file.iter_batches(batch_size=size, columns=names)


class FeatherTable(ArrowTable):
    """A feather (Arrow IPC) file, version 2.

    Raises:
        DataError: It is damaged.
    """

    block = FEATHER_BLOCK

    def __init__(self, source: Source) -> None:
        super().__init__(source.path)
        self._source = source
        with explain_damage(self.path), self._opened() as file:
            reader = pa.ipc.open_file(file)
            self.schema = reader.schema
            self._n_rows: int = sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches))
        self.columns = list(self.schema.names)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self._n_rows

    def read(self, names: list[str]) -> pa.Table:
        """Read some columns whole."""
        return feather.read_table(self._source.file(), columns=names, memory_map=self._source.member is None)

    def batches(self, names: list[str], size: int) -> Iterator[pa.RecordBatch]:
        """Read some columns, at most so many rows at a time; the file's own batches bound what is read at once."""
        with self._opened() as file:
            options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(name) for name in names])
            reader = pa.ipc.open_file(file, options=options)
            for index in range(reader.num_record_batches):
                batch = reader.get_batch(index)
                for start in range(0, batch.num_rows, size):
                    yield batch.slice(start, size)

    def _opened(self) -> Any:
        return pa.OSFile(str(self.path)) if self._source.member is None else self._source.open()


@contextmanager
def explain_damage(path: Path) -> Iterator[None]:
    """Turn Arrow's errors about a file into a `DataError` that says what to do."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} is damaged or incomplete ({reason}); copy or download it again") from None


def _python_values(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):  # Python's floats would show digits it does not have
        narrow = np.float16 if pa.types.is_float16(kind) else np.float32
        return [None if value is None else narrow(value) for value in column.to_pylist()]
    values: list[Any] = column.to_pylist()
    return values


def _fill_column(column: pa.ChunkedArray, name: str, out: Floats) -> TextCell | None:
    """Copy a column of numbers into ``out``; return its first cell when it holds something else."""
    kind = column.type
    if pa.types.is_null(kind):
        out[:] = np.nan
        return None
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        out[:] = np.nan
        values = column.to_pylist()
        row = next((i for i, value in enumerate(values) if value is not None), 0)
        return TextCell(row, name, str(values[row]) if values else str(kind))
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    with np.errstate(over="ignore"):  # beyond float32's range becomes inf, which the checks report
        out[:] = column.to_numpy()
    return None
