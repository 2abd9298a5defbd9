"""SHA-256 of files that are asked for again and again, remembered for as long as a file is the one that was hashed.

A file counts as the same while device, inode, size and the times of the last change of its content (mtime) and of
anything about it (ctime) are: whatever writes to a file moves its ctime, which nobody can set back. Two writes in one
tick of the clock leave the same ctime, so what was written only just before it was hashed is hashed again (as git does
with its index). What writes through a memory-map that it opened before may go unseen.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kit.errors import RunError
from kit.files.digests import file_sha256
from kit.files.sync import make_folder
from kit.files.writing import write_json

_SECOND = 10**9
_TICK = _SECOND // 10
"""Nanoseconds by which a file must be older than its hash: ten ticks of a slow kernel's clock."""

_OTHER_CLOCK = 24 * 3600 * _SECOND
"""The same where the file lies on another device than what is remembered: a file server's clock may be off."""


class _Instant(NamedTuple):
    """A time by the clock of a file system, in nanoseconds, and its device."""

    nanoseconds: int
    device: int


def remembered_sha256(path: Path, folder: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal.

    Args:
        path: The file.
        folder: Where hashes are remembered, one small file for each path; where it cannot be written, nothing is.

    Raises:
        OSError: The file cannot be read.
    """
    status = _status(path)
    if not _tells_changes(status):
        return file_sha256(path)
    record = folder / f"{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(record.read_text(encoding="utf-8"))
        if known["identity"] == _identity(status):
            return str(known["sha256"])
    began = _now(folder)
    found = file_sha256(path)
    if began is not None and _is_settled(status, began) and _identity(_status(path)) == _identity(status):
        with suppress(RunError):
            write_json(record, {"path": str(path.resolve()), "identity": _identity(status), "sha256": found})
    return found


def _status(path: Path) -> os.stat_result:
    # A network file system asks its server for what it opens, not for every stat.
    with path.open("rb") as file:
        return os.fstat(file.fileno())


def _identity(status: os.stat_result) -> list[int]:
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _tells_changes(status: os.stat_result) -> bool:
    """Whether a file's ctime moves with every change: not on Windows, nor where only whole seconds are kept."""
    return os.name == "posix" and status.st_ino != 0 and status.st_ctime_ns % _SECOND != 0


def _is_settled(status: os.stat_result, began: _Instant) -> bool:
    """Whether a change of the file since would have given it another ctime."""
    margin = _TICK if status.st_dev == began.device else _OTHER_CLOCK
    return began.nanoseconds - status.st_ctime_ns > margin


def _now(folder: Path) -> _Instant | None:
    """Return the time by the clock that gives the files of a folder their times; None where none can be written."""
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder) as probe:
            status = os.fstat(probe.fileno())
    except OSError:
        return None
    return _Instant(status.st_mtime_ns, status.st_dev)
