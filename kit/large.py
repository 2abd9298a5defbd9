"""Arrays that may be larger than memory: beyond a size they live in a temporary file, mapped into memory.

The system writes what was changed to the disk and gives the memory to others whenever it is short of it, which it
cannot do with memory of the process's own. Nothing else differs: such an array is a NumPy array like any other, so that
small tables and large ones go the same way. What works on whole large arrays does it some rows at a time, or its
temporaries would need the memory that was saved.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from kit.arrays import Floats, Ints, blocks
from kit.cache import cache_directory
from kit.files import teaching_os_errors

LARGE = 2**28
"""Bytes from which an array is kept in a file: 256 MiB."""


def room(shape: Sequence[int], dtype: DTypeLike = np.float32) -> np.ndarray:
    """Return an array to be filled, in memory or, from `LARGE` bytes on, in a temporary file of the cache directory.

    The file has no name (where the system allows that) and is gone with the array, or with the process.

    Args:
        shape: The shape.
        dtype: The type of its numbers.

    Raises:
        RunError: The disk has no room for it.
    """
    if not is_large(shape, dtype):
        return np.empty(tuple(shape), dtype=dtype)
    n_bytes = _size(shape, dtype)
    folder = _scratch()
    remedy = f"set the environment variable KIT_CACHE to a folder on a disk with {n_bytes >> 20} MiB of room and more"
    with teaching_os_errors(folder, remedy):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            # Writing into the map of a file for which there is no room would kill the process.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
            mapped: np.ndarray = np.memmap(file, dtype=dtype, mode="w+", shape=tuple(shape))
    # A plain array that holds on to the map: slices of a memmap are slower to make.
    return np.asarray(mapped)


def take_rows(values: np.ndarray, rows: Ints | slice) -> np.ndarray:
    """Return some rows of a matrix, copied; in a file if they are many.

    Args:
        values: (n_rows, n_columns).
        rows: (n,) positions of rows, (n_rows,) whether each is taken, or a slice.
    """
    positions = np.arange(len(values))[rows]
    taken = room((len(positions), *values.shape[1:]), values.dtype)
    for block in row_blocks(taken):
        np.take(values, positions[block], axis=0, out=taken[block], mode="clip")
    return taken


def stacked(parts: Iterable[np.ndarray], n_rows: int) -> np.ndarray:
    """Return matrices below each other, one in memory at a time where they are made one at a time.

    Args:
        parts: (n, n_columns) matrices of the same columns and type; at least one.
        n_rows: How many rows they have together.
    """
    whole: np.ndarray | None = None
    start = 0
    for part in parts:
        if whole is None:
            whole = room((n_rows, *part.shape[1:]), part.dtype)
        whole[start : start + len(part)] = part
        start += len(part)
    assert whole is not None, "no matrices to put below each other"
    assert start == n_rows, f"{start} rows were given for {n_rows}"
    return whole


def side_by_side(parts: Sequence[Floats]) -> Floats:
    """Return (n_rows, n_columns) matrices beside each other."""
    whole: Floats = room((len(parts[0]), sum(part.shape[1] for part in parts)), np.result_type(*parts))
    start = 0
    for part in parts:
        for rows in row_blocks(part):
            whole[rows, start : start + part.shape[1]] = part[rows]
        start += part.shape[1]
    return whole


def row_blocks(values: np.ndarray, elements: int | None = None) -> Iterable[slice]:
    """Yield slices of rows that cover a matrix in order, each a few MiB at most."""
    return blocks(len(values), math.prod(values.shape[1:]), elements)


def is_large(shape: Sequence[int], dtype: DTypeLike = np.float32) -> bool:
    """Whether an array of this shape would be kept in a file."""
    return _size(shape, dtype) >= LARGE


def private_bytes(n_rows: int, n_columns: int) -> int:
    """Return the memory of the process's own that a float32 matrix of `room` takes: none from `LARGE` bytes on."""
    shape = (n_rows, n_columns)
    return 0 if is_large(shape) else _size(shape, np.float32)


def how_large_arrays_live(shape: Sequence[int]) -> str:
    """Return what a user is told of targets that are kept in files."""
    size = _size(shape, np.float32) / 2**30
    return (
        f"the targets are {size:.1f} GiB: what is larger than {LARGE >> 20} MiB is kept in temporary files of "
        f"{_scratch()} and worked on some rows at a time"
    )


def _size(shape: Sequence[int], dtype: DTypeLike) -> int:
    """Return the bytes of an array."""
    return math.prod(shape) * np.dtype(dtype).itemsize


def _scratch() -> Path:
    return cache_directory() / "scratch"
