"""The layer between a command and its files: it counts what is done below a folder, and makes one operation fail.

What Python and NumPy open, rename, link, make and sync is seen; what compiled libraries do by themselves is not. For
these there is `limit_sizes`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WRITE, RENAME, FOLDER, SYNC, READ, REMOVE = "write", "rename", "folder", "sync", "read", "remove"
KILL = "kill"

_CHANGING = {
    "os.rename": RENAME,
    "os.link": RENAME,
    "os.mkdir": FOLDER,
    "os.remove": REMOVE,
    "os.rmdir": REMOVE,
    "os.truncate": WRITE,
}
_DEPTH = 3
"""Functions of the kit, from the inside, that make a place."""


@dataclass(frozen=True)
class Operation:
    """Something that a command did with a file.

    Attributes:
        kind: `WRITE` and so on.
        place: The functions of the kit that did it, the innermost first.
    """

    kind: str
    place: str


@dataclass(frozen=True)
class Fault:
    """What happens instead of an operation.

    Attributes:
        number: Which operation, from 0.
        error: An error's name (ENOSPC, EIO), or `KILL`.
    """

    number: int
    error: str


def watch(below: Path, note: Callable[[Operation], None], fault: Fault | None) -> None:
    """Tell of every operation below a folder from now on, and let the fault happen; there is no way back."""
    folder = str(below)
    number = -1
    busy = False

    def operation(kind: str, path: Any, begins: bytes | None = None) -> None:
        nonlocal number, busy
        if busy or isinstance(path, int):
            return
        path = os.path.abspath(os.fsdecode(path))
        if not path.startswith(folder):
            return
        number += 1
        busy = True
        try:
            note(Operation(kind, _place()))
            # What cannot be removed stays; the order may be another one than in the sound run.
            if fault is not None and fault.number == number and (kind != REMOVE or fault.error == KILL):
                _happen(fault, path, begins)
        finally:
            busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if path is not None and not (isinstance(path, int) or flags & os.O_DIRECTORY):
                # A disk that is full lets a file begin; one that is appended to begins empty.
                if flags & (os.O_WRONLY | os.O_RDWR):
                    operation(WRITE, path, begins=b"" if flags & os.O_APPEND else b"half")
                else:
                    operation(READ, path)
        elif event in _CHANGING:
            operation(_CHANGING[event], arguments[0])

    synced = os.fsync

    def fsync(descriptor: int) -> None:
        operation(SYNC, os.readlink(f"/proc/self/fd/{descriptor}"))
        synced(descriptor)

    os.fsync = fsync
    sys.addaudithook(hook)


def _happen(fault: Fault, path: str, begins: bytes | None) -> None:
    if fault.error == KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    if begins is not None and not os.path.exists(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, begins)
        os.close(descriptor)
    number = getattr(errno, fault.error)
    raise OSError(number, os.strerror(number), path)


def _place() -> str:
    names = []
    for frame, _ in traceback.walk_stack(sys._getframe(2)):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("kit."):
            names.append(f"{module}.{frame.f_code.co_name}")
            if len(names) == _DEPTH:
                break
    return " < ".join(names)


def limit_sizes(most: int) -> None:
    """Let no file of this process grow beyond so many bytes, whoever writes it: a full disk to compiled libraries."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
