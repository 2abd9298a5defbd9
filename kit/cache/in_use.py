"""Which entries of the cache running processes work with, so that none is removed under them.

Most entries are read whole, or linked into a run's folder, and needed no longer. A table is not: its file is mapped,
and opened again by its name in workers that start later. So a process that has opened one holds a shared lock on a file
of it; whoever wants to remove it asks for that lock alone. The operating system lets a lock go whatever ends the
process. (Where there are no such locks, as on Windows, a file that is mapped cannot be removed in any case.)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_held: dict[tuple[int, int], int] = {}
"""Open files on which this process holds a lock, by device and number of the file."""


def note_use(path: Path) -> None:
    """Note that a file or folder of the cache is used now; a cache that cannot be written is no fault."""
    with suppress(OSError):
        os.utime(path)


def hold(path: Path) -> None:
    """Have a file of the cache stay until this process ends, if it exists and the system has locks of files."""
    if sys.platform == "win32":
        return
    import fcntl

    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        which = os.fstat(descriptor)
        if (which.st_dev, which.st_ino) in _held:
            os.close(descriptor)
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        except OSError:
            os.close(descriptor)
            raise
        _held[which.st_dev, which.st_ino] = descriptor


@contextmanager
def nobody_holds(path: Path) -> Iterator[bool]:
    """Say whether no process, this one included, holds a file; while the block runs none begins to.

    Where the system cannot say (a network file system without locks), it counts as held.
    """
    if sys.platform == "win32":
        yield True
        return
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        yield not path.exists()
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
