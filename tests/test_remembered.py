from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from kit.files import remembered, remembered_sha256


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose content was read."""
    names: list[str] = []

    def counted(path: Path) -> str:
        names.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(remembered, "file_sha256", counted)
    return names


@pytest.fixture
def settled(tmp_path: Path, hashed: list[str]) -> Path:
    """A file that was written some time ago and whose hash is remembered."""
    path = tmp_path / "table"
    path.write_bytes(b"content")
    time.sleep(1.5 * remembered._TICK / 1e9)
    remembered_sha256(path, tmp_path / "digests")
    hashed.clear()
    return path


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_an_unchanged_file_is_read_once(settled: Path, hashed: list[str]) -> None:
    assert remembered_sha256(settled, settled.parent / "digests") == sha256_of(b"content")
    assert remembered_sha256(settled.parent / "." / settled.name, settled.parent / "digests") == sha256_of(b"content")
    assert not hashed


def test_a_changed_byte_is_noticed_though_its_time_was_set_back(settled: Path) -> None:
    before = settled.stat()
    with settled.open("r+b") as file:
        file.write(b"k")
    os.utime(settled, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert settled.stat().st_mtime_ns == before.st_mtime_ns
    assert settled.stat().st_size == before.st_size
    assert remembered_sha256(settled, settled.parent / "digests") == sha256_of(b"kontent")


def test_a_file_renamed_over_it_is_noticed(settled: Path) -> None:
    before, other = settled.stat(), settled.with_name("other")
    other.write_bytes(b"CONTENT")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(settled)
    assert remembered_sha256(settled, settled.parent / "digests") == sha256_of(b"CONTENT")


def test_what_is_written_in_the_instant_of_the_hash_is_noticed(
    tmp_path: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table"
    path.write_bytes(b"content")
    # A clock that stands still gives both writes the same times.
    frozen = path.stat()
    monkeypatch.setattr(remembered, "_status", lambda path: frozen)
    assert remembered_sha256(path, tmp_path / "digests") == sha256_of(b"content")
    path.write_bytes(b"CONTENT")
    assert remembered_sha256(path, tmp_path / "digests") == sha256_of(b"CONTENT")


def test_what_is_written_while_it_is_hashed_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table"
    path.write_bytes(b"content")
    time.sleep(1.5 * remembered._TICK / 1e9)

    def interrupted(path: Path) -> str:
        found = sha256_of(path.read_bytes())
        path.write_bytes(b"CONTENT")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(remembered, "file_sha256", interrupted)
        remembered_sha256(path, tmp_path / "digests")
    assert remembered_sha256(path, tmp_path / "digests") == sha256_of(b"CONTENT")


def test_another_device_has_a_clock_of_its_own(
    settled: Path, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = settled.stat()
    elsewhere, day = settled.parent / "elsewhere", remembered._OTHER_CLOCK
    for age, times in [(day - 1, 2), (day + 1, 1)]:
        hashed.clear()
        now = remembered._Instant(changed.st_ctime_ns + age, changed.st_dev + 1)
        monkeypatch.setattr(remembered, "_now", lambda folder, now=now: now)
        for _ in range(2):
            assert remembered_sha256(settled, elsewhere) == sha256_of(b"content")
        assert len(hashed) == times


def test_nothing_is_remembered_where_the_system_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"st_ino": 7, "st_ctime_ns": 10**18 + 1}
    for change in [{}, {"st_ino": 0}, {"st_ctime_ns": 10**18}]:
        assert remembered._tells_changes(SimpleNamespace(**(good | change))) == (not change)  # type: ignore[arg-type]
    monkeypatch.setattr(remembered, "os", SimpleNamespace(name="nt"))
    assert not remembered._tells_changes(SimpleNamespace(**good))  # type: ignore[arg-type]


def test_a_damaged_record_and_a_folder_that_cannot_be_written_do_no_harm(settled: Path, hashed: list[str]) -> None:
    (record,) = (settled.parent / "digests").glob("*.json")
    for damage in ["", "[]", '{"identity": 3}']:
        record.write_text(damage)
        assert remembered_sha256(settled, settled.parent / "digests") == sha256_of(b"content")
    (settled.parent / "file").write_text("")
    assert remembered_sha256(settled, settled.parent / "file" / "digests") == sha256_of(b"content")
    assert hashed == ["table"] * 4
