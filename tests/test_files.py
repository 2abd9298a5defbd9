from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from kit.errors import RunError, StateError
from kit.files import (
    DONE,
    array_digest,
    changed_file,
    digest,
    directories,
    file_sha256,
    finished_key,
    intact_key,
    link_intact,
    link_or_copy,
    make_folder,
    new_directory,
    new_file,
    new_plain_directory,
    read_array,
    read_json,
    reserve_room,
    teaching_os_errors,
    write_array,
    write_json,
)
from kit.files.temporary import this_machine


def full_disk(*args: object, **kwargs: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_digests_tell_contents_apart_and_not_their_order() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": (1, 2), "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest([1, 2]) != digest([2, 1])
    assert digest({"a": np.int64(1), "p": Path("x"), "v": np.arange(2)}) == digest({"a": 1, "p": "x", "v": [0, 1]})
    with pytest.raises(TypeError, match="set is not plain"):
        digest({"a": {1}})


def test_array_digests_cover_type_shape_and_values() -> None:
    values = np.arange(6, dtype=np.float32)
    others = [values.astype(np.float64), values.reshape(2, 3), values.reshape(3, 2), values + 1, values[::-1]]
    assert len({array_digest(array) for array in [values, *others]}) == 6
    assert array_digest(values.reshape(2, 3)) == array_digest(np.asfortranarray(values.reshape(2, 3)))


def test_a_directory_appears_whole_and_done(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "task"
    with new_directory(path, "key") as directory:
        (directory / "a.txt").write_text("a")
        assert not path.exists()
        assert not (directory / DONE).exists()
    assert names(path) == [DONE, "a.txt"]
    assert finished_key(path) == "key"
    assert names(path.parent) == ["task"]


def test_a_plain_directory_appears_whole_with_nothing_beside_what_it_was_filled_with(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "made"
    with new_plain_directory(path) as directory:
        (directory / "a.txt").write_text("a")
        assert not path.exists()
    assert names(path) == ["a.txt"]
    assert names(path.parent) == ["made"]


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    def fill_directory() -> None:
        with new_directory(tmp_path / "task", "key") as directory:
            (directory / "a.txt").write_text("a")
            raise KeyError

    def fill_plain_directory() -> None:
        with new_plain_directory(tmp_path / "plain") as directory:
            (directory / "a.txt").write_text("a")
            raise KeyError

    def fill_file() -> None:
        with new_file(tmp_path / "file.txt") as temporary:
            temporary.write_text("half")
            raise KeyError

    for fill in (fill_directory, fill_plain_directory, fill_file):
        with pytest.raises(KeyError):
            fill()
    assert names(tmp_path) == []


def test_a_directory_of_the_same_key_stays_and_another_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "task"
    for content, key in (("first", "one"), ("second", "one")):
        with new_directory(path, key) as directory:
            (directory / "a.txt").write_text(content)
    assert (path / "a.txt").read_text() == "first"
    with new_directory(path, "two") as directory:
        (directory / "b.txt").write_text("third")
    assert names(path) == [DONE, "b.txt"]
    assert names(tmp_path) == ["task"]


def test_an_unfinished_directory_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "task"
    path.mkdir()
    (path / "half.txt").write_text("half")
    assert finished_key(path) is None
    with new_directory(path, "key"):
        pass
    assert names(path) == [DONE]


def test_a_directory_that_another_process_published_meanwhile_is_not_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "target"
    asked, renamed = finished_key, Path.rename

    def publish() -> None:
        if not path.exists():
            path.mkdir()
            (path / "theirs.txt").write_text("theirs")
            (path / DONE).write_text("key\n")

    def finished_key_and_then(where: Path) -> str | None:
        answer = asked(where)
        publish()
        return answer

    def just_before_rename(self: Path, target: Path) -> Path:
        publish()
        return renamed(self, target)

    monkeypatch.setattr(directories, "finished_key", finished_key_and_then)
    monkeypatch.setattr(Path, "rename", just_before_rename)
    with new_directory(path, "key") as directory:
        (directory / "mine.txt").write_text("mine")
    assert names(path) == [DONE, "theirs.txt"]
    assert names(tmp_path) == ["target"]


def test_what_a_killed_process_of_the_same_number_left_is_overwritten(tmp_path: Path) -> None:
    # In a container every run may have the same process number.
    stale = tmp_path / f".task.{this_machine()}-{os.getpid()}.tmp"
    stale.mkdir()
    (stale / "stale.txt").write_text("stale")
    with new_directory(tmp_path / "task", "key"):
        pass
    assert names(tmp_path / "task") == [DONE]
    source = tmp_path / "source.csv"
    source.write_text("whole")
    link_or_copy(str(source), str(tmp_path / f".submission.{this_machine()}-{os.getpid()}.tmp.csv"))
    with new_file(tmp_path / "submission.csv") as temporary:
        link_or_copy(str(source), str(temporary))
    assert names(tmp_path) == ["source.csv", "submission.csv", "task"]
    assert source.read_text() == (tmp_path / "submission.csv").read_text() == "whole"


def test_a_full_disk_is_a_run_error_and_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_array(tmp_path / "a.npy", np.zeros(3))
    with new_directory(tmp_path / "task", "one"):
        pass
    monkeypatch.setattr(np, "save", full_disk)
    with pytest.raises(RunError, match="somewhere: No space left on device; free some space") as caught:
        write_array(tmp_path / "a.npy", np.ones(3))
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(RunError, match="free some space"), new_directory(tmp_path / "task", "two") as directory:
        write_array(directory / "a.npy", np.ones(3))
    assert names(tmp_path) == ["a.npy", "task"]
    assert finished_key(tmp_path / "task") == "one"
    assert not np.load(tmp_path / "a.npy").any()


def test_a_disk_that_numpy_finds_full_without_a_number_is_full(tmp_path: Path) -> None:
    # ndarray.tofile, which np.save calls, raises so; /dev/full is a disk without room.
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    full = pytest.raises(RunError, match=r"cannot write .*; free some space")
    with full, teaching_os_errors(tmp_path), open("/dev/full", "wb") as file:
        np.zeros(10**5).tofile(file)


@pytest.mark.parametrize("depth", ["below", "below/deep"])
def test_a_place_that_cannot_be_written_is_a_run_error(tmp_path: Path, depth: str) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    where = tmp_path / "file" / depth
    with pytest.raises(RunError, match=r"cannot write .*file.* give another directory with --out"):
        write_json(where, {})
    with (
        pytest.raises(RunError, match="move away what is there, or give another directory"),
        new_directory(where, "key"),
    ):
        pass
    assert finished_key(where) is None
    assert (tmp_path / "file").read_text() == "a file, no folder"


def test_json_comes_back_and_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    content = {"score": 0.1 + 0.2, "values": {"params.penalty": 3.0}, "n": 2, "none": None}
    write_json(path, content)
    assert read_json(path) == content
    path.write_text(path.read_text()[:10])
    with pytest.raises(StateError, match="is damaged"):
        read_json(path)
    with pytest.raises(StateError, match="is missing"):
        read_json(tmp_path / "other.json")


def test_linked_trees_share_their_files_and_not_their_mark(tmp_path: Path) -> None:
    with new_directory(tmp_path / "one", "key") as directory:
        (directory / "inner").mkdir()
        (directory / "inner" / "a.txt").write_text("a")
    assert link_intact(tmp_path / "one", tmp_path / "two", "key")
    files = [tmp_path / name / "inner" / "a.txt" for name in ("one", "two")]
    assert files[0].stat().st_ino == files[1].stat().st_ino
    assert finished_key(tmp_path / "two") == "key"
    (tmp_path / "two" / DONE).write_text("other")
    assert finished_key(tmp_path / "one") == "key"


def test_trees_are_copied_where_links_are_not_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_directory(tmp_path / "one", "key") as directory:
        (directory / "a.txt").write_text("a")
    monkeypatch.setattr(os, "link", full_disk)
    assert link_intact(tmp_path / "one", tmp_path / "two", "key")
    assert names(tmp_path / "two") == [DONE, "a.txt"]
    assert finished_key(tmp_path / "two") == "key"


@pytest.mark.parametrize("damage", ["another key", "changed", "removed", "unfinished"])
def test_what_is_not_as_it_was_written_is_not_linked(tmp_path: Path, damage: str) -> None:
    with new_directory(tmp_path / "one", "key") as directory:
        (directory / "a.txt").write_text("a")
    if damage == "changed":
        (tmp_path / "one" / "a.txt").write_text("b")
    elif damage == "removed":
        (tmp_path / "one" / "a.txt").unlink()
    elif damage == "unfinished":
        (tmp_path / "one" / DONE).unlink()
    assert not link_intact(tmp_path / "one", tmp_path / "two", "other" if damage == "another key" else "key")
    assert names(tmp_path) == ["one"]


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    assert file_sha256(tmp_path / "a") == hashlib.sha256(b"content").hexdigest()


def test_everything_is_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    opened, synced, rename = os.open, os.fsync, os.rename
    names_of: dict[int, str] = {}

    def open_and_note(path: Path, flags: int, *rest: int) -> int:
        descriptor = opened(path, flags, *rest)
        names_of[descriptor] = Path(path).name
        return descriptor

    def sync_and_note(descriptor: int) -> None:
        events.append(f"sync {names_of[descriptor]}")
        synced(descriptor)

    def rename_and_note(source: Path, target: Path) -> None:
        events.append(f"rename {Path(source).name}")
        rename(source, target)

    monkeypatch.setattr(os, "open", open_and_note)
    monkeypatch.setattr(os, "fsync", sync_and_note)
    monkeypatch.setattr(os, "rename", rename_and_note)
    monkeypatch.setattr(os, "replace", rename_and_note)
    write_json(tmp_path / "a.json", {})
    temporary = f".a.{this_machine()}-{os.getpid()}.tmp.json"
    assert events == [f"sync {temporary}", f"rename {temporary}", f"sync {tmp_path.name}"]
    events.clear()
    with new_directory(tmp_path / "task", "key") as directory:
        (directory / "inner").mkdir()
        write_json(directory / "inner" / "b.json", {})
    temporary = f".task.{this_machine()}-{os.getpid()}.tmp"
    *before, renamed, parent = events[1:]  # the first renames b.json, which is not synced twice
    assert sorted(before) == sorted(["sync b.json", f"sync {DONE}", "sync inner", f"sync {temporary}"])
    assert (renamed, parent) == (f"rename {temporary}", f"sync {tmp_path.name}")


def test_folders_that_are_made_are_synced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("kit.files.sync.sync_folder", synced.append)
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]


def test_a_disk_that_does_not_sync_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "a.json", {"first": 1})

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RunError, match=r"a\.json: Input/output error"):
        write_json(tmp_path / "a.json", {"second": 2})
    with pytest.raises(RunError, match="task: Input/output error"), new_directory(tmp_path / "task", "key"):
        pass
    assert names(tmp_path) == ["a.json"]
    assert read_json(tmp_path / "a.json") == {"first": 1}


@pytest.mark.parametrize("with_fallocate", [True, False])
def test_room_is_reserved_without_touching_the_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_fallocate: bool
) -> None:
    if not with_fallocate:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.write(b"head")
        file.truncate(3 * 2**20 + 5)
    reserve_room(path)
    assert path.read_bytes() == b"head" + bytes(3 * 2**20 + 1)
    assert path.stat().st_blocks * 512 >= 3 * 2**20


def test_messages_name_the_file_and_not_its_temporary_one(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught, new_directory(tmp_path / "task", "key") as directory:
        np.save(directory / "absent" / "a.npy", np.zeros(1))
    assert str(caught.value).startswith(f"cannot write {tmp_path / 'task' / 'absent' / 'a.npy'}: No such file")


def finished(path: Path) -> Path:
    with new_directory(path, "key") as directory:
        (directory / "inner").mkdir()
        (directory / "a.txt").write_text("a")
        (directory / "inner" / "b.npy").write_bytes(b"\x93NUMPY")
    return path


def test_what_is_untouched_is_intact(tmp_path: Path) -> None:
    path = finished(tmp_path / "task")
    assert finished_key(path) == intact_key(path) == "key"
    assert changed_file(path) is None


@pytest.mark.parametrize("name", ["a.txt", "inner/b.npy"])
@pytest.mark.parametrize("harm", ["change", "cut", "remove", "folder"])
def test_what_was_changed_is_noticed(tmp_path: Path, name: str, harm: str) -> None:
    path = finished(tmp_path / "task")
    file = path / name
    content = file.read_bytes()
    file.unlink()
    if harm == "folder":
        file.mkdir()
    elif harm != "remove":
        file.write_bytes(content[:-1] if harm == "cut" else content[:-1] + b"!")
    assert finished_key(path) == "key"
    assert intact_key(path) is None
    assert changed_file(path) == file
    # The same content made again takes the place of what was damaged.
    assert intact_key(finished(path)) == "key"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x80", b"\n"])
def test_a_damaged_mark_is_no_mark(tmp_path: Path, content: bytes) -> None:
    path = finished(tmp_path / "task")
    (path / DONE).write_bytes(content)
    assert finished_key(path) is None
    assert intact_key(path) is None


def test_a_directory_of_an_older_version_has_no_digests(tmp_path: Path) -> None:
    path = finished(tmp_path / "task")
    (path / DONE).write_text("key\n")
    (path / "a.txt").write_text("b")
    assert intact_key(path) == "key"


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY\x01", b"no array", b"PK\x03\x04"])
def test_a_damaged_array_is_named_with_a_way_out(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "validation.npy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StateError, match=r"validation\.npy is (missing|damaged).*kit train"):
        read_array(path)
