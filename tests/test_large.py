"""Arrays that live in files, and the work on them some rows at a time."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from kit import arrays, large
from kit.errors import DiskError
from kit.large import is_large, room, side_by_side, stacked, take_rows


@pytest.fixture
def in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Every array of `room` is kept in a file, and everything goes a few rows at a time."""
    monkeypatch.setattr(large, "LARGE", 1)
    monkeypatch.setattr(arrays, "BLOCK_ELEMENTS", 8)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path))
    return tmp_path / "scratch"


def mapped(values: np.ndarray) -> bool:
    """Whether an array lies in a file."""
    base: object = values
    while base is not None:
        if isinstance(base, np.memmap):
            return True
        base = getattr(base, "base", None)
    return False


def test_small_arrays_are_in_memory_and_large_ones_in_files(in_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", 4 * 6)
    assert not is_large((5, 1))
    assert not mapped(room((5, 1)))
    assert is_large((3, 2))
    assert mapped(room((3, 2)))
    assert not mapped(room((0, 2)))


def test_a_file_has_no_name_and_its_array_can_be_written(in_files: Path) -> None:
    values = room((3, 2), np.float64)
    values[:] = [[1, 2], [3, 4], [5, 6]]
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values.sum(axis=0), [9, 12])
    del values
    gc.collect()
    assert list(in_files.iterdir()) == []


def test_a_full_disk_is_said_before_anything_is_written(in_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(large.os, "posix_fallocate", full, raising=False)
    with pytest.raises(DiskError, match="KIT_CACHE to a folder on a disk with 4 MiB of room"):
        room((1024, 1024))


@pytest.mark.parametrize(
    "rows", [np.array([4, 0, 4, 2]), slice(1, 4), np.array([True, False, True, False, True]), np.array([], dtype=int)]
)
def test_rows_are_taken_as_indexing_takes_them(in_files: Path, rows: np.ndarray | slice) -> None:
    values = np.arange(15, dtype=np.float32).reshape(5, 3)
    taken = take_rows(values, rows)
    np.testing.assert_array_equal(taken, values[rows])
    assert not np.shares_memory(taken, values)


def test_negative_positions_count_from_the_end() -> None:
    values = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(take_rows(values, np.array([-1, 0])), values[[-1, 0]])


def test_matrices_are_put_below_and_beside_each_other(in_files: Path) -> None:
    parts = [np.full((n, 3), n, dtype=np.float32) for n in (1, 4, 2)]
    below = stacked(iter(parts), 7)
    assert mapped(below)
    np.testing.assert_array_equal(below, np.vstack(parts))
    beside = side_by_side([parts[1], parts[1][:, :2] + 1])
    np.testing.assert_array_equal(beside, np.hstack([parts[1], parts[1][:, :2] + 1]))
