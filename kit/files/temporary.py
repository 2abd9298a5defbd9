"""The names of what is being written: ``.<name>.<machine>-<process>.tmp<suffix>``, beside what it becomes."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_TEMPORARY = re.compile(r"\.(?P<stem>.+)\.(?P<machine>[0-9a-f]{8})-(?P<process>\d+)\.tmp(?P<suffix>\.[^.]+)?")


def temporary_name(path: Path) -> Path:
    """Return the name under which this process writes a file; the suffix stays, by which libraries go."""
    return path.with_name(f".{path.stem}.{this_machine()}-{os.getpid()}.tmp{path.suffix}")


@cache
def this_machine() -> str:
    """Return eight hexadecimal digits that stand for this machine, or container, whose processes have own numbers."""
    try:
        numbered_in = os.readlink("/proc/self/ns/pid")
    except OSError:
        numbered_in = ""
    return hashlib.sha256(f"{platform.node()} {numbered_in}".encode()).hexdigest()[:8]


def final_name(path: Path) -> Path:
    """Return a path with the names that its temporary parts are to get."""
    return Path(*(_TEMPORARY.sub(r"\g<stem>\g<suffix>", part) for part in path.parts))


def is_temporary(path: Path) -> bool:
    """Whether a path is, or lies in, what is still being written."""
    return any(map(_TEMPORARY.fullmatch, path.parts))


def stale(candidates: Iterable[Path]) -> list[Path]:
    """Return those of the given files and directories that killed processes left half-written, sorted.

    What a living process writes is not among them: a worker may outlive the process that was killed. Nor is what a
    process of another machine writes in a shared folder, of which nobody can say here whether it lives. (Asking that is
    safe on POSIX systems only; elsewhere there are none, which does no harm.)
    """
    named = {path: _TEMPORARY.fullmatch(path.name) for path in candidates}
    return sorted(path for path, found in named.items() if found and is_dead(found["machine"], int(found["process"])))


def remove_stale(candidates: Iterable[Path]) -> None:
    """Remove those of the given files and directories that are `stale`."""
    for path in stale(candidates):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_dead(machine: str, process: int) -> bool:
    """Whether a process is of this machine (`this_machine`) and has ended; False where nobody can say."""
    if machine != this_machine() or os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    return False
