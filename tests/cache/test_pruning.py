"""What goes when the cache is too large, and what stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from kit.cache import (
    KINDS,
    Entry,
    find_entries,
    hold,
    keep,
    keep_within_limit,
    read_kept,
    removable,
    remove,
    size_limit,
)
from kit.cache import pruning as pruning_module
from kit.errors import DiskError, InputError, KitWarning
from tests.cache.entries_of import KEYS, put


def kinds(cache: Path) -> list[str]:
    return [entry.kind for entry in find_entries(cache)]


def test_what_was_used_longest_ago_goes_first_and_no_more_than_needed() -> None:
    entries = [Entry("blocks", (Path(str(age)),), 10, -age) for age in (2.0, 4.0, 1.0, 3.0)]
    for limit, ages in ((40, []), (39, [4.0]), (30, [4.0]), (15, [4.0, 3.0, 2.0]), (0, [4.0, 3.0, 2.0, 1.0])):
        assert [-entry.last_used for entry in removable(entries, KINDS, limit)] == ages


def test_kinds_and_days_say_what_may_go(tmp_path: Path) -> None:
    now, day = time.time(), 86_400
    for place, kind in enumerate(KEYS):
        put(tmp_path, kind, 10, now - place * day)
    entries = find_entries(tmp_path)
    assert [entry.kind for entry in removable(entries, ["blocks", "tables"])] == ["blocks", "tables"]
    assert [entry.kind for entry in removable(entries, KINDS, unused_days=2.5)] == ["blocks", "targets"]
    assert [entry.kind for entry in removable(entries, ["targets", "tables"], limit=40)] == ["targets"]


def test_after_a_write_the_cache_is_within_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, kind in enumerate(KEYS):
        put(tmp_path, kind, 1000, 1000.0 + place)
    (tmp_path / "notes.txt").write_bytes(b"x" * 10_000)
    monkeypatch.setenv("KIT_CACHE_LIMIT", "5 KB")
    keep_within_limit(tmp_path)
    assert kinds(tmp_path) == list(KEYS)  # it is
    kept = tmp_path / "autoencoders" / f"{'a' * 32}.npz"
    keep(tmp_path, kept, "lost", values=np.zeros(100))
    assert sum(entry.n_bytes for entry in find_entries(tmp_path)) <= 5000
    assert kinds(tmp_path) == ["autoencoders", "autoencoders", "targets", "blocks"]
    assert read_kept(kept) is not None
    assert (tmp_path / "notes.txt").is_file()


def test_reading_is_a_use(tmp_path: Path) -> None:
    path = tmp_path / "autoencoders" / f"{'a' * 32}.npz"
    keep(tmp_path, path, "lost", values=np.zeros(3))
    os.utime(path, (1000.0, 1000.0))
    assert read_kept(path) is not None
    assert find_entries(tmp_path)[0].last_used > time.time() - 60


def test_what_was_used_just_now_stays_though_the_limit_is_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "blocks", 1000, time.time())
    put(tmp_path, "targets", 1000)
    monkeypatch.setenv("KIT_CACHE_LIMIT", "10")
    keep_within_limit(tmp_path)
    assert kinds(tmp_path) == ["blocks"]


@pytest.mark.skipif(os.name != "posix", reason="locks of files that end with the process are POSIX's")
def test_what_a_process_holds_stays_and_others_go_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, array = put(tmp_path, "tables", 1000, 1.0)
    put(tmp_path, "blocks", 1000, 2.0)
    put(tmp_path, "targets", 1000, 3.0)
    hold(array)
    monkeypatch.setenv("KIT_CACHE_LIMIT", "2500")
    keep_within_limit(tmp_path)
    assert kinds(tmp_path) == ["tables", "targets"]


def test_what_cannot_be_removed_stays_and_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "autoencoders", 1000, 1.0)
    put(tmp_path, "blocks", 1000, 2.0)

    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".npz":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    monkeypatch.setenv("KIT_CACHE_LIMIT", "1")
    keep_within_limit(tmp_path)
    assert kinds(tmp_path) == ["autoencoders"]
    [entry] = find_entries(tmp_path)
    with pytest.raises(DiskError, match="Permission denied"):
        remove(entry)


def test_an_entry_that_another_process_removed_is_gone(tmp_path: Path) -> None:
    put(tmp_path, "tables")
    put(tmp_path, "blocks")
    for entry in find_entries(tmp_path):
        assert remove(entry)
        assert remove(entry)


def test_by_default_a_cache_takes_no_more_than_a_tenth_of_its_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KIT_CACHE_LIMIT", raising=False)
    for total, limit in ((10**9, 10**8), (10**13, 20 * 10**9)):
        monkeypatch.setattr(
            pruning_module.shutil, "disk_usage", lambda path, total=total: type("Usage", (), {"total": total})
        )
        assert size_limit(tmp_path / "not" / "there") == limit


def test_a_limit_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CACHE_LIMIT", "plenty")
    with pytest.raises(InputError, match="KIT_CACHE_LIMIT: 'plenty' is no size"):
        size_limit(tmp_path)


def test_a_cache_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.warns(KitWarning, match=r"it is lost: .*KIT_CACHE"):
        keep(tmp_path, tmp_path / "file" / "x.npz", "it is lost", values=np.zeros(1))
