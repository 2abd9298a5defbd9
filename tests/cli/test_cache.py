"""Showing and emptying the cache: what goes, what stays, and what is no cache."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest

from kit.cache import KINDS, find_entries, hold
from tests.cache.entries_of import KEYS, put
from tests.cli.conftest import Kit, is_wrong_input
from tests.cli.test_clean import answering

DAY = 86_400.0


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """An entry of each large kind, of 1,000 bytes, used so many days ago: tables 0, embeddings 1, … blocks 4."""
    for days, kind in enumerate(KEYS):
        put(tmp_path / "cache", kind, 1000, time.time() - days * DAY - 1)
    return tmp_path / "cache"


def kinds(cache: Path) -> list[str]:
    return [entry.kind for entry in find_entries(cache)]


def test_it_shows_how_much_there_is_of_each_kind(kit: Kit, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CACHE_LIMIT", "1 GB")
    put(cache, "blocks", 500, 0.0, "a" * 32)
    result = kit("cache", "show", "--cache", cache)
    assert result.code == 0
    assert result.out.endswith(f"{cache}: 6 entries, 5.5 KB of 1.0 GB at most\n")
    [line] = [line for line in result.out.splitlines() if line.split()[0] == "blocks"]
    assert line.split()[:3] == ["blocks", "2", "1.5"]
    assert KINDS["blocks"] in line
    document = json.loads(kit("cache", "show", "--cache", cache, "--json").out)
    assert (document["bytes"], document["limit"]) == (5500, 10**9)
    sizes = {line["kind"]: line["bytes"] for line in document["kinds"]}
    assert sizes == dict.fromkeys(KEYS, 1000) | {"blocks": 1500, "digests": 0}


def test_what_a_process_works_with_is_shown_and_stays(kit: Kit, cache: Path) -> None:
    [array] = (cache / "tables").glob("*.npy")
    hold(array)
    document = json.loads(kit("cache", "show", "--cache", cache, "--json").out)
    held = {line["kind"]: line["in_use"] for line in document["kinds"]}
    assert held == dict.fromkeys(KINDS, 0) | {"tables": int(os.name == "posix")}
    assert kit("cache", "clear", "--yes", "--cache", cache).out == "removed 4 entries, 4.0 KB\n"
    assert kinds(cache) == ["tables"]


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--down-to", "3 KB"], ["tables", "embeddings", "autoencoders"]),
        (["--older-than", "2.5"], ["tables", "embeddings", "autoencoders"]),
        (["--older-than", "2.5", "--down-to", "4KB"], ["tables", "embeddings", "autoencoders", "targets"]),
        (["--kind", "tables", "--older-than", "0"], ["embeddings", "autoencoders", "targets", "blocks"]),
        (["--down-to", "0", "--kind", "targets", "--kind", "blocks"], ["tables", "embeddings", "autoencoders"]),
        ([], list(KEYS)),
    ],
)
def test_what_was_used_longest_ago_goes(kit: Kit, cache: Path, options: list[str], left: list[str]) -> None:
    n_gone = len(KEYS) - len(left)
    size = f"{n_gone}.0 KB" if n_gone else "0 B"
    counted = "1 entry" if n_gone == 1 else f"{n_gone} entries"
    foreseen = kit("cache", "prune", *options, "--cache", cache, "--dry-run")
    assert foreseen.out.splitlines()[-1] == f"{counted} may go, {size}"
    assert kinds(cache) == list(KEYS)
    assert kit("cache", "prune", *options, "--cache", cache).out == f"removed {counted}, {size}\n"
    assert kinds(cache) == left


def test_without_options_it_keeps_the_limit(kit: Kit, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CACHE_LIMIT", "2 KB")
    kit("cache", "prune", "--cache", cache)
    assert kinds(cache) == ["tables", "embeddings"]


def test_clearing_asks(kit: Kit, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = kit("cache", "clear", "--cache", cache)
    assert "5 entries may go, 5.0 KB" in result.out
    assert "--yes removes it" in result.err
    answering("n\n", monkeypatch)
    assert "nothing was removed" in kit("cache", "clear", "--cache", cache).out
    assert kinds(cache) == list(KEYS)
    answering("y\n", monkeypatch)
    assert kit("cache", "clear", "--kind", "blocks", "--cache", cache).out.endswith("removed 1 entry, 1.0 KB\n")
    assert kinds(cache) == list(KEYS)[:-1]


def test_other_files_stay(kit: Kit, cache: Path) -> None:
    (cache / "blocks" / "notes.txt").write_text("mine")
    (cache / "mine.npy").write_text("mine")
    kit("cache", "clear", "--yes", "--cache", cache)
    assert {path.name for path in cache.rglob("*") if path.is_file()} == {"notes.txt", "mine.npy"}


def test_what_cannot_be_removed_is_told_and_the_rest_goes(
    kit: Kit, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.parent.name == "blocks":
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    result = kit("cache", "clear", "--yes", "--cache", cache)
    assert result.code == 1
    assert "Permission denied" in result.err
    assert result.out == "removed 4 entries, 4.0 KB\n"
    assert kinds(cache) == ["blocks"]


def test_the_variable_says_where_and_an_empty_cache_is_none_of_a_fault(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "absent"))
    result = kit("cache", "show")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{tmp_path / 'absent'}: 0 entries, 0 B of ")
    assert kit("cache", "clear").out == "removed 0 entries, 0 B\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["prune", "--kind", "block"], r"--kind block: there is no such kind \(did you mean 'blocks'\?\)"),
        (
            ["clear", "--yes", "--kind", "zzz"],
            r"no such kind \(known: autoencoders, blocks, digests, ",
        ),
        (["prune", "--down-to", "five"], "--down-to: 'five' is no size"),
        (["prune", "--older-than", "-1"], "older-than.*-1"),
        (["prune", "--older-than", "old"], "'--older-than': .*'old'"),
        (["show", "--cache", "absent"], "absent does not exist; give its folder with --cache, or set KIT_CACHE"),
        (["clear", "--yes", "--cache", "file"], "file is a file, expected the folder of a cache"),
        (
            ["clear", "--yes", "--cache", "photographs"],
            "photographs is no cache of the kit: it has none of the folders",
        ),
    ],
)
def test_wrong_input(kit: Kit, cache: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.chdir(cache.parent)
    monkeypatch.setenv("KIT_CACHE", str(cache))
    (cache.parent / "file").touch()
    (cache.parent / "photographs").mkdir()
    (cache.parent / "photographs" / "one.png").touch()
    result = kit("cache", *arguments)
    assert is_wrong_input(result)
    assert re.search(told, result.err)
    assert kinds(cache) == list(KEYS)
    assert (cache.parent / "photographs" / "one.png").is_file()


def test_a_limit_that_is_none_ends_a_run_before_its_first_fit(
    kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE_LIMIT", "plenty")
    result = kit("train", tiny / "linear.yaml", "--out", tmp_path / "out")
    assert is_wrong_input(result)
    assert "KIT_CACHE_LIMIT: 'plenty' is no size" in result.err
    assert not (tmp_path / "out").exists()
