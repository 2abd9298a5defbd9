"""Rows of numbers as CSV text, some rows at a time, and the comparison of such text with what should be in it.

All numbers of some rows go through Arrow as one array: Arrow's own writer and reader take time and memory for each
column, and a submission has thousands. `benchmarks.bench.files` measures both beside pandas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from kit.arrays import Floats, blocks

_NUMBERS = 2**18
"""Numbers that are formatted or parsed at a time, 3 MB of text."""


def quoted(texts: Sequence[str]) -> list[bytes]:
    """Return ids or labels as cells: integers as they are where all are written as Python does, else in quotes."""
    try:
        if all(str(int(text)) == text for text in texts):
            return [text.encode() for text in texts]
    except ValueError:
        pass
    return [b'"' + text.replace('"', '""').encode() + b'"' for text in texts]


def write_rows(file: BinaryIO, ids: Sequence[bytes], place: int, values: Floats) -> None:
    """Write rows of numbers, each in its shortest text that reads back to the same float32.

    Args:
        file: Where they are appended.
        ids: The cell of each row's id.
        place: Where among the columns the id stands.
        values: float32 (len(ids), n_columns).
    """
    for block in blocks(len(ids), values.shape[1], _NUMBERS):
        before, after = _joined(values[block, :place]), _joined(values[block, place:])
        for cell, first, rest in zip(ids[block], before, after, strict=True):
            file.write(b",".join([*first, cell, *rest]) + b"\n")


def same_rows(file: BinaryIO, ids: Sequence[bytes], place: int, values: Floats) -> bool:
    """Whether the rest of a file holds exactly these rows; see `write_rows`."""
    n_columns = values.shape[1]
    for block in blocks(len(ids), n_columns, _NUMBERS):
        numbers = [_without_id(file, cell, place, n_columns) for cell in ids[block]]
        try:
            back = _parsed(b"\n".join(numbers))
        except pa.ArrowInvalid:
            return False
        if not np.array_equal(back, values[block].ravel()):
            return False
    return file.read(1) == b""


def _joined(values: Floats) -> Iterator[list[pa.Buffer]]:
    """Yield the text of each row with commas between its numbers; an empty list where a row has none."""
    n_rows, width = values.shape
    if not width:
        yield from ([] for _ in range(n_rows))
        return
    cells = pa.array(values.ravel()).cast(pa.string())
    rows = pa.ListArray.from_arrays(np.arange(0, len(cells) + 1, width, dtype=np.int32), cells)
    yield from ([text.as_buffer()] for text in pa.compute.binary_join(rows, ","))


def _without_id(file: BinaryIO, cell: bytes, place: int, n_columns: int) -> bytes:
    """Read a row and return the cells of its numbers; nothing where its id is not the one that is expected."""
    row = b"".join(file.readline() for _ in range(1 + cell.count(b"\n")))  # names may hold newlines
    before = row.split(b",", place)
    rest = before.pop()
    head = cell + (b"\n" if place == n_columns else b",")
    return b",".join([*before, rest.removeprefix(head)]) if rest.startswith(head) and row.endswith(b"\n") else b""


def _parsed(cells: bytes) -> Floats:
    """Return the numbers in cells that commas and newlines separate, float32; empty cells are left out."""
    one_a_line = pa.BufferReader(cells.replace(b",", b"\n"))
    options = pyarrow.csv.ConvertOptions(column_types={"value": pa.float32()}, null_values=[])
    reading = pyarrow.csv.ReadOptions(column_names=["value"], use_threads=False)
    column = pyarrow.csv.read_csv(one_a_line, reading, convert_options=options)["value"]
    return np.asarray(column.to_numpy())
