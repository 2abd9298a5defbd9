"""What of a folder counts as the cache's."""

from __future__ import annotations

from pathlib import Path

from kit.cache import KINDS, find_entries
from tests.cache.entries_of import KEYS, put


def test_every_kind_is_found_with_its_size_and_last_use(tmp_path: Path) -> None:
    paths = {kind: put(tmp_path, kind, 10 + place, 1000.0 + place, "e" * 32) for place, kind in enumerate(KINDS)}
    found = {entry.kind: entry for entry in find_entries(tmp_path)}
    assert list(found) == list(KINDS)
    for place, kind in enumerate(KINDS):
        assert (found[kind].n_bytes, found[kind].last_used) == (10 + place, 1000.0 + place)
        assert list(found[kind].paths) == paths[kind]


def test_files_of_others_are_none_of_it(tmp_path: Path) -> None:
    put(tmp_path, "tables")
    key = KEYS["tables"]
    (tmp_path / "notes.txt").touch()
    (tmp_path / "tables" / "mine.npy").touch()
    (tmp_path / "tables" / f".{key}.0123abcd-1.tmp.npy").touch()
    (tmp_path / "tables" / f"{'a' * 32}.npy").symlink_to(tmp_path / "notes.txt")
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / f"{key}.npy").touch()
    (tmp_path / "embeddings" / "mine").mkdir(parents=True)
    (tmp_path / "embeddings" / "mine" / f"{key}.npz").touch()
    [entry] = find_entries(tmp_path)
    assert [path.name for path in entry.paths] == [f"{key}.json", f"{key}.npy"]


def test_where_there_is_no_cache_there_is_nothing_in_it(tmp_path: Path) -> None:
    assert find_entries(tmp_path / "absent") == []
