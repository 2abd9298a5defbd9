"""Two calls that do the same, measured in turns, so that what else the machine does strikes both alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Seconds:
    """CPU (or wall) seconds of several calls."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.median:.3g}"
        return f"{self.median:.3g} ({min(self.values):.3g}–{max(self.values):.3g})"


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        what: What is measured.
        kit: The kit's seconds.
        other: What it is compared with; empty where there is nothing.
        theirs: The other's seconds.
        aim: What the ratio (or the figure) is to be, in words.
        note: Peak memory, a score, or what else there is to say.
    """

    what: str
    kit: Seconds | None
    other: str = ""
    theirs: Seconds | None = None
    aim: str = ""
    note: str = ""

    @property
    def ratio(self) -> str:
        """The kit's seconds relative to the other's: the median of the ratios of neighbouring calls."""
        if self.kit is None or self.theirs is None:
            return ""
        pairs = zip(self.kit.values, self.theirs.values, strict=True)
        return f"{statistics.median(mine / yours for mine, yours in pairs):.2f}"

    def __str__(self) -> str:
        cells = [self.what, self.kit or "", self.other, self.theirs or "", self.ratio, self.aim, self.note]
        return "| " + " | ".join(map(str, cells)) + " |"


HEAD = "| what | kit, CPU s | beside | CPU s | ratio | aim | |\n|---|---|---|---|---|---|---|"


def in_turns(
    mine: Callable[[], object], theirs: Callable[[], object], repeats: int = 5, clock: Callable[[], float] | None = None
) -> tuple[Seconds, Seconds]:
    """Call two functions in turns and return the seconds of each.

    Args:
        mine: The kit's.
        theirs: The other one.
        repeats: How often each.
        clock: The seconds so far (default: CPU seconds of this process and of its children that ended).
    """
    clock = clock or cpu_seconds
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for call, into in zip((mine, theirs), found, strict=True):
            before = clock()
            call()
            into.append(clock() - before)
    return Seconds(tuple(found[0])), Seconds(tuple(found[1]))


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its children that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + usage.ru_utime + usage.ru_stime


@dataclass(frozen=True)
class Ran:
    """What a command took.

    Attributes:
        cpu: CPU seconds, with those of its workers.
        wall: Wall seconds.
        peak: Peak memory of its largest process, bytes.
        out: What it printed.
    """

    cpu: float
    wall: float
    peak: int
    out: str


def command(*words: str | Path, **environment: str) -> Ran:
    """Run Python with arguments, from the repository's root.

    Raises:
        SystemExit: It failed.
    """
    before = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    out = process.stdout.read()
    # wait4 gives the usage of this child, and of its own children that ended.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(out)
    return Ran(usage.ru_utime + usage.ru_stime, time.perf_counter() - before, usage.ru_maxrss * 1024, out)


def kit(*words: str | Path, **environment: str) -> Ran:
    """Run a command of the kit."""
    return command("-m", "kit.cli.main", *words, **environment)


def commands_in_turns(mine: Sequence[str], theirs: Sequence[str], repeats: int = 5) -> tuple[Seconds, Seconds]:
    """Run two Python commands in turns, and return the CPU seconds of each."""
    runs = [(command(*mine).cpu, command(*theirs).cpu) for _ in range(repeats)]
    return Seconds(tuple(run[0] for run in runs)), Seconds(tuple(run[1] for run in runs))
