from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kit.arrays import Floats
from kit.data import cache_directory, read_competition
from kit.data.cache import cached_matrix
from kit.data.tables.table import Table
from kit.errors import DataError, RunError
from kit.files.temporary import this_machine
from tests.data.small import GENES, sample_table, small_config, train_table, write_tables


class Builder:
    """Fills an array with a number and counts how often it is asked to."""

    def __init__(self, value: float = 1.0) -> None:
        self.value = value
        self.calls = 0

    def __call__(self, out: Floats) -> None:
        self.calls += 1
        out[:] = self.value


def entries(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.npy"))


def test_built_once_then_found(tmp_path: Path) -> None:
    build = Builder(3)
    for _ in range(2):
        matrix = cached_matrix("aa", ["x", "y"], 4, build, tmp_path)
        np.testing.assert_array_equal(matrix, np.full((4, 2), 3, np.float32))
    assert build.calls == 1


@pytest.mark.parametrize(
    "other",
    [("bb", ["x", "y"], None), ("aa", ["y", "x"], None), ("aa", ["x", "yz"], None), ("aa", ["x", "y"], "layer")],
)
def test_other_content_names_or_layer_are_another_entry(other: tuple, tmp_path: Path) -> None:
    cached_matrix("aa", ["x", "y"], 4, Builder(1), tmp_path)
    source, names, layer = other
    matrix = cached_matrix(source, names, 4, Builder(2), tmp_path, layer)
    assert matrix[0, 0] == 2
    assert cached_matrix("aa", ["x", "y"], 4, Builder(3), tmp_path)[0, 0] == 1


def test_names_that_join_to_the_same_text_are_kept_apart(tmp_path: Path) -> None:
    cached_matrix("aa", ["x,y", "z"], 4, Builder(1), tmp_path)
    assert cached_matrix("aa", ["x", "y,z"], 4, Builder(2), tmp_path)[0, 0] == 2


@pytest.mark.parametrize("damage", ["truncated", "flipped", "emptied", "note gone", "note damaged", "note of a list"])
def test_a_damaged_entry_is_built_again(damage: str, tmp_path: Path) -> None:
    cached_matrix("aa", ["x", "y"], 4, Builder(1), tmp_path)
    [array] = entries(tmp_path)
    note = array.with_suffix(".json")
    content = array.read_bytes()
    if damage == "truncated":
        array.write_bytes(content[:-4])
    elif damage == "flipped":
        array.write_bytes(content[:-1] + b"\x41")
    elif damage == "emptied":
        array.write_bytes(b"")
    elif damage == "note gone":
        note.unlink()
    else:
        note.write_text("{" if damage == "note damaged" else "[]")
    again = Builder(1)
    matrix = cached_matrix("aa", ["x", "y"], 4, again, tmp_path)
    assert again.calls == 1
    np.testing.assert_array_equal(matrix, np.ones((4, 2), np.float32))


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(out: Floats) -> None:
        out[:] = 1
        raise DataError("row 3 is wrong")

    with pytest.raises(DataError, match="row 3 is wrong"):
        cached_matrix("aa", ["x"], 4, fail, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_directory_that_cannot_be_written_teaches(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"cannot write .*file.*KIT_CACHE"):
        cached_matrix("aa", ["x"], 4, Builder(), tmp_path / "file")


@pytest.mark.parametrize("call", ["posix_fallocate", "save", "replace", "fsync"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr({"replace": Path, "save": np}.get(call, os), call, full)
    if call == "posix_fallocate":  # for tables that are filled in place
        monkeypatch.setattr("kit.large.LARGE", 0)
    with pytest.raises(RunError, match=r"No space left on device; free some space in .*KIT_CACHE.* 1 MiB of room"):
        cached_matrix("aa", ["x"], 2**18, Builder(), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / f".other.{this_machine()}-{dead.pid}.tmp.npy").touch()
    cached_matrix("aa", ["x"], 4, Builder(), tmp_path)
    assert sorted(path.suffix for path in (tmp_path / "tables").iterdir()) == [".json", ".npy"]


def test_the_directory_is_given_or_from_the_environment_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "from environment"))
    assert cache_directory(tmp_path) == tmp_path
    assert cache_directory() == tmp_path / "from environment"
    monkeypatch.delenv("KIT_CACHE")
    assert cache_directory().name == "kit"


def test_a_warm_cache_spares_reading_the_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tables(tmp_path)
    first = read_competition(small_config(), tmp_path, tmp_path / "cache")

    def refuse(self: Table, *_: object) -> None:
        raise AssertionError("the table was read again")

    monkeypatch.setattr("kit.data.tables.arrow_tables.ArrowTable.fill", refuse)
    np.testing.assert_array_equal(read_competition(small_config(), tmp_path, tmp_path / "cache").Y, first.Y)


def test_a_changed_table_is_noticed(tmp_path: Path) -> None:
    write_tables(tmp_path)
    read_competition(small_config(), tmp_path, tmp_path / "cache")
    stamp = (tmp_path / "train.parquet").stat()
    changed = train_table()
    changed.loc[0, "HLA"] = 99.0
    write_tables(tmp_path, train=changed)
    # Neither time nor size gives the change away: only the content does.
    os.utime(tmp_path / "train.parquet", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert read_competition(small_config(), tmp_path, tmp_path / "cache").Y[0, 1] == 99


def test_another_selection_of_targets_is_another_entry(tmp_path: Path) -> None:
    write_tables(tmp_path)
    read_competition(small_config(), tmp_path, tmp_path / "cache")
    write_tables(tmp_path, sample=sample_table()[["id", *GENES[:2]]])
    config = small_config(columns={"targets": GENES[:2]})
    assert read_competition(config, tmp_path, tmp_path / "cache").Y.shape == (8, 2)
    assert len(entries(tmp_path / "cache")) == 2
