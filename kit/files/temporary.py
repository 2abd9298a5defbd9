"""The names of what is being written: ``.<name>.<process number>.tmp<suffix>``, beside the file that it becomes."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

_TEMPORARY = re.compile(r"\.(.+)\.(\d+)\.tmp(\.[^.]+)?")


def temporary_name(path: Path) -> Path:
    """Return the name under which this process writes a file; the suffix stays, by which libraries go."""
    return path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")


def final_name(path: Path) -> Path:
    """Return a path with the names that its temporary parts are to get."""
    return Path(*(_TEMPORARY.sub(r"\1\3", part) for part in path.parts))


def is_temporary(path: Path) -> bool:
    """Whether a path is, or lies in, what is still being written."""
    return any(map(_TEMPORARY.fullmatch, path.parts))


def stale(candidates: Iterable[Path]) -> list[Path]:
    """Return those of the given files and directories that killed processes left half-written, sorted.

    What a living process writes is not among them: a worker may outlive the process that was killed. (Asking whether a
    process lives is safe on POSIX systems only; elsewhere there are none, which does no harm.)
    """
    if os.name != "posix":
        return []
    named = {path: _TEMPORARY.fullmatch(path.name) for path in candidates}
    return sorted(path for path, found in named.items() if found is not None and not _lives(int(found[2])))


def remove_stale(candidates: Iterable[Path]) -> None:
    """Remove those of the given files and directories that are `stale`."""
    for path in stale(candidates):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
