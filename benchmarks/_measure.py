"""CPU time and peak memory of one call, and the line that says on what machine they were taken."""

from __future__ import annotations

import os
import platform
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Measured(Generic[T]):
    """What a call returned and what it took.

    Attributes:
        result: What the last call returned.
        cpu: The least CPU seconds of all calls, user and system, all threads.
        peak: The most bytes that Python and NumPy held during a call beyond those before it; None if not asked.
    """

    result: T
    cpu: float
    peak: int | None = None


def measure(call: Callable[[], T], repeats: int = 3, memory: bool = False) -> Measured[T]:
    """Call ``repeats`` times for the time and, with ``memory``, once more for the peak (tracing slows a call down)."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = call()
        seconds.append(time.process_time() - start)
    peak = None
    if memory:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        call()
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    return Measured(result, min(seconds), peak)


def machine() -> str:
    """Return processor, cores, versions and date in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    date = datetime.now(UTC).date().isoformat()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}, {date}"
