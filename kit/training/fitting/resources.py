"""Peak memory of a process, and a description of the machine."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_PROCESSES = Path("/proc")
_PROCESS = _PROCESSES / "self"


def peak_memory() -> int | None:
    """Return the most bytes of memory that this process has had resident, or None where that is not known (Windows).

    Since its start or, on Linux, since `reset_peak_memory`.
    """
    # On Linux, getrusage also counts the process that this one was started from, before it became this program.
    with suppress(OSError, ValueError, IndexError):
        for line in (_PROCESS / "status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024  # bytes there, KiB elsewhere


def reset_peak_memory() -> None:
    """Let `peak_memory` count from now on, where the system allows it (Linux), so that a task has a peak of its own.

    Elsewhere nothing happens: a task's peak is then that of the worker so far.
    """
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text("5")


def resident_memory() -> int | None:
    """Return the bytes of memory that this process and those it started have resident now, or None (not on Linux).

    What they share is counted in each of them.
    """
    sizes = [_resident(pid) for pid in _with_children(os.getpid())]
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None


def _resident(pid: int) -> int | None:
    with suppress(OSError, ValueError, IndexError):  # it may have ended meanwhile
        pages = int((_PROCESSES / str(pid) / "statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return None


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError, ValueError):
        for file in (_PROCESSES / str(pid) / "task").glob("*/children"):
            for child in file.read_text(encoding="ascii").split():
                yield from _with_children(int(child))


def machine() -> str:
    """Return processor, cores, operating system and Python's version in one line."""
    model = platform.processor() or platform.machine()
    with suppress(OSError, IndexError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def today() -> str:
    """Return the date, UTC, as year-month-day."""
    return datetime.now(UTC).date().isoformat()
