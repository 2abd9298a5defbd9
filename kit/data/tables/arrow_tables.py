"""Parquet and feather tables, read through Arrow in blocks of rows and columns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from kit.arrays import BLOCK_ELEMENTS, Floats
from kit.data.tables.source import Source
from kit.data.tables.table import Table, TextCell
from kit.errors import DataError
from kit.values import tidy_numbers

# Large enough that the cost of a call does not show.
PARQUET_BLOCK = 500
FEATHER_BLOCK = 4000
# Of a tall table neighbouring rows are read together: as many as this, or a row group.
BATCH_ROWS = 8192
# Of each column that is read a page is unpacked, of at most this size as writers make them.
_PAGE_BYTES = 2**20
_PAGES_BYTES = 2**27


class ArrowTable(Table):
    """Base class of parquet and feather tables."""

    schema: pa.Schema

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
        """Read number columns into a matrix, some rows and columns at a time; see `Table.fill`."""
        kinds = {field.name: field.type for field in self.schema}
        numbers = [(at, name) for at, name in enumerate(names) if _is_number(kinds[name])]
        with explain_damage(self.path):
            for rows, part, batch in self.number_batches([name for _, name in numbers]):
                # One row of `stacked` per column: written contiguously, then copied across in one go.
                chosen = numbers[part]
                stacked = np.empty((len(chosen), batch.num_rows), dtype=np.float32)
                for position, (_, name) in enumerate(chosen):
                    _fill_column(batch.column(name), stacked[position])
                columns = [at for at, _ in chosen]
                # As a slice where they are neighbours, which is quicker.
                neighbours = columns == list(range(columns[0], columns[0] + len(columns)))
                out[rows, slice(columns[0], columns[0] + len(columns)) if neighbours else columns] = stacked.T
        others = [(at, name) for at, name in enumerate(names) if not _is_number(kinds[name])]
        for at, _ in others:
            out[:, at] = np.nan
        return [self._first_text(name, kinds[name]) for _, name in others if not pa.types.is_null(kinds[name])]

    @abstractmethod
    def number_batches(self, names: list[str]) -> Iterator[tuple[slice, slice, pa.RecordBatch]]:
        """Yield all cells of columns of numbers once: which rows, which of ``names``, and these; no more than a few MB.

        Neighbouring rows come one after the other, so that a matrix on the disk that they are written into is gone
        through as few times as can be.
        """

    def _first_text(self, name: str, kind: pa.DataType) -> TextCell:
        """Return the first cell with a value of a column that holds no numbers."""
        start = 0
        for cells in self.cell_blocks([name], BATCH_ROWS):
            for at, value in enumerate(cells[name]):
                if value is not None:
                    return TextCell(start + at, name, str(value))
            start += len(cells[name])
        return TextCell(0, name, str(kind))


class ParquetTable(ArrowTable):
    """A parquet file.

    Raises:
        DataError: It is damaged.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source.path)
        with explain_damage(self.path):
            # What is mapped is no memory of this process's: the system takes it back where it needs it.
            self._file = pq.ParquetFile(source.file(), memory_map=source.member is None)
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

    def number_batches(self, names: list[str]) -> Iterator[tuple[slice, slice, pa.RecordBatch]]:
        """Yield columns of numbers by runs of row groups; see `ArrowTable.number_batches`."""
        end = 0
        for groups, n_rows in self._runs():
            start, end = end, end + n_rows
            width = min(PARQUET_BLOCK, max(1, _PAGES_BYTES // min(8 * n_rows, _PAGE_BYTES)))
            for first in range(0, len(names), width):
                part, at = slice(first, first + width), start
                chosen = names[part]
                size = max(1, BLOCK_ELEMENTS // len(chosen))
                for batch in self._file.iter_batches(batch_size=size, row_groups=groups, columns=chosen):
                    yield slice(at, at + batch.num_rows), part, batch
                    at += batch.num_rows

    def _runs(self) -> Iterator[tuple[list[int], int]]:
        """Yield neighbouring row groups of together about `BATCH_ROWS`, and how many rows they have."""
        metadata = self._file.metadata
        run: list[int] = []
        n_rows = 0
        for group in range(metadata.num_row_groups):
            more = metadata.row_group(group).num_rows
            if run and n_rows + more > BATCH_ROWS:
                yield run, n_rows
                run, n_rows = [], 0
            run.append(group)
            n_rows += more
        if run:
            yield run, n_rows


class FeatherTable(ArrowTable):
    """A feather (Arrow IPC) file, version 2.

    Raises:
        DataError: It is damaged.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source.path)
        self._source = source
        with explain_damage(self.path), self._opened() as file:
            self.schema = pa.ipc.open_file(file).schema
        self.columns = list(self.schema.names)
        with explain_damage(self.path), self._opened() as file:
            # One column is enough to count rows: what is compressed is unpacked to be counted.
            options = pa.ipc.IpcReadOptions(included_fields=[0] if self.columns else None)
            reader = pa.ipc.open_file(file, options=options)
            lengths: list[int] = [reader.get_batch(i).num_rows for i in range(reader.num_record_batches)]
        self._n_rows, self._longest = sum(lengths), max(lengths, default=0)

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
            reader = self._reader(file, names)
            for index in range(reader.num_record_batches):
                batch = reader.get_batch(index)
                for start in range(0, batch.num_rows, size):
                    yield batch.slice(start, size)

    def number_batches(self, names: list[str]) -> Iterator[tuple[slice, slice, pa.RecordBatch]]:
        """Yield columns of numbers by the file's own batches; see `ArrowTable.number_batches`.

        A reader reads the same columns of every batch; as the file's whole header is parsed for each reader, they are
        as few as memory allows.
        """
        width = min(FEATHER_BLOCK, max(1, 4 * BLOCK_ELEMENTS // max(1, self._longest)))
        parts = [slice(first, first + width) for first in range(0, len(names), width)]
        with ExitStack() as opened:
            readers = [(part, self._reader(opened.enter_context(self._opened()), names[part])) for part in parts]
            start = 0
            for index in range(readers[0][1].num_record_batches if readers else 0):
                for part, reader in readers:
                    batch = reader.get_batch(index)
                    yield slice(start, start + batch.num_rows), part, batch
                start += batch.num_rows

    def _reader(self, file: Any, names: list[str]) -> pa.RecordBatchFileReader:
        """Return what reads some columns."""
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(name) for name in names])
        return pa.ipc.open_file(file, options=options)

    def _opened(self) -> Any:
        return pa.memory_map(str(self.path)) if self._source.member is None else self._source.open()


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


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _fill_column(column: pa.Array, out: Floats) -> None:
    """Copy a column of numbers into ``out``, NaN where a value is missing."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    with np.errstate(over="ignore"):  # beyond float32's range becomes inf, which the checks report
        out[:] = column.to_numpy(zero_copy_only=False)
