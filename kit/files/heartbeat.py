"""Heartbeats of processes that share a folder: each holds a lock file, which the operating system lets go when it dies.

Unlike a process number, a lock cannot be taken for that of another process, and it is let go whatever ends the worker.
Locks of another host may not be seen over a network file system, so a worker also touches its file now and then; one
of another host that has not done so for long counts as dead.
"""

from __future__ import annotations

import os
import platform
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from kit.files.os_errors import teaching_os_errors

TOUCH_SECONDS = 30.0
SILENT_SECONDS = 600.0
"""After this long without a touch, a worker of another host counts as dead: 20 touches, more than any pause of a busy
machine or file server; a trial is given up too late rather than done twice."""


class Heartbeat:
    """Shows that a worker lives while the block runs: it holds a lock file and touches it.

    Args:
        directory: Where the workers have their files.

    Attributes:
        name: The worker's name, which no other worker ever has.
    """

    def __init__(self, directory: Path) -> None:
        self.name = f"{platform.node()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._path = _file(directory, self.name)
        self._lock = FileLock(self._path)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._touch, daemon=True)

    def described(self) -> dict[str, Any]:
        """Return what the worker is known by in what it has begun: ``name``, ``host``, ``pid``, ``folder``."""
        folder = _identity(self._path.parent)
        return {"name": self.name, "host": platform.node(), "pid": os.getpid(), "folder": folder}

    def __enter__(self) -> Self:
        with teaching_os_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._lock.release()
        with suppress(OSError):
            self._path.unlink()

    def _touch(self) -> None:
        while not self._stop.wait(TOUCH_SECONDS):
            with suppress(OSError):
                os.utime(self._path)


def is_dead(directory: Path, worker: dict[str, Any], shared: bool) -> bool:
    """Whether a worker has ended; where that is not known it counts as living.

    Args:
        directory: Where the workers have their files.
        worker: What was recorded of it, see `Heartbeat.described`.
        shared: Whether every worker has its file in that directory; otherwise those of this host have whose ``folder``
            it is.
    """
    path = _file(directory, worker["name"])
    here = worker["host"] == platform.node()
    if not path.exists():
        return shared or (here and worker.get("folder", "") == _identity(directory))
    if not here:
        return _silent(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return False
    lock.release()
    with suppress(OSError):
        path.unlink()
    return True


def living(directory: Path) -> list[str]:
    """Return the names of the workers that live, of those that have their files in a directory."""
    names = sorted(path.stem for path in directory.glob("*.lock"))
    return [name for name in names if not is_dead(directory, {"name": name, "host": host_of(name)}, shared=True)]


def host_of(name: str) -> str:
    """Return the host in a worker's name, see `Heartbeat`."""
    return name.rsplit("-", 2)[0]


def _silent(path: Path) -> bool:
    """Whether a file was not touched for long, by the clock of the file system that it lies on."""
    probe = path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}.clock")
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime > SILENT_SECONDS
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.unlink()


def _identity(directory: Path) -> str | None:
    """Return what tells a directory from those of the same path that other containers of this host see."""
    try:
        stat = directory.stat()
    except OSError:
        return None
    return f"{stat.st_dev}-{stat.st_ino}"


def _file(directory: Path, name: str) -> Path:
    return directory / f"{name}.lock"
