"""Two calls that do the same, measured in turns, so that what else the machine does strikes both alike."""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

_EVERY = 0.02
"""Seconds between two looks at a command's memory."""


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
        most: The ratio that is aimed at, or less.
        aims: Other aims in words, and whether each is reached.
        note: Peak memory, a score, or what else there is to say.
    """

    what: str
    kit: Seconds | None
    other: str = ""
    theirs: Seconds | None = None
    most: float | None = None
    aims: Mapping[str, bool] = field(default_factory=dict)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The kit's seconds relative to the other's: the median of the ratios of neighbouring calls."""
        if self.kit is None or self.theirs is None:
            return None
        pairs = zip(self.kit.values, self.theirs.values, strict=True)
        return statistics.median(mine / yours for mine, yours in pairs)

    def __str__(self) -> str:
        ratio, aims = self.ratio, dict(self.aims)
        if ratio is not None and self.most is not None:
            aims = {f"≤ {self.most:g}": ratio <= self.most} | aims
        missed = [f"misses its aim {aim}" for aim, reached in aims.items() if not reached]
        note = "; ".join(filter(None, [self.note, *missed]))
        shown = "" if ratio is None else f"{ratio:.2f}"
        cells = [self.what, self.kit or "", self.other, self.theirs or "", shown, "; ".join(aims), note]
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
    ran, status = run(sys.executable, *words, **environment)
    if status:
        raise SystemExit(ran.out)
    return ran


def run(*words: str | Path, limit: int | None = None, **environment: str) -> tuple[Ran, int]:
    """Run a program from the repository's root; return what it took, and its exit status.

    Memory is looked at while the program runs: what the system counts for a child that has ended holds the memory of
    the process that started it (Linux), and a task of the kit counts its own peak from its beginning on.

    Args:
        words: The program and its arguments.
        limit: The CPU seconds after which a process of it is killed (status -9).
        environment: Variables besides those of this process.
    """
    before, peak = time.perf_counter(), 0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            list(map(str, words)),
            cwd=ROOT,
            env=os.environ | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        if limit is not None:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (limit, limit))
        while True:
            # wait4 gives the usage of this child, and of its own children that ended.
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, *map(_peak, _with_children(process.pid)))
            time.sleep(_EVERY)
        out.seek(0)
        said = out.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    ran = Ran(usage.ru_utime + usage.ru_stime, time.perf_counter() - before, peak, said)
    return ran, process.returncode


def _peak(pid: int) -> int:
    """Return the most bytes that a process had resident so far; 0 once it has ended."""
    with suppress(OSError):
        found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        return 1024 * int(found[1]) if found else 0
    return 0


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _with_children(int(child))


def kit(*words: str | Path, **environment: str) -> Ran:
    """Run a command of the kit."""
    return command("-m", "kit.cli.main", *words, **environment)


def commands_in_turns(mine: Sequence[str], theirs: Sequence[str], repeats: int = 5) -> tuple[Seconds, Seconds]:
    """Run two Python commands in turns, and return the CPU seconds of each."""
    runs = [(command(*mine).cpu, command(*theirs).cpu) for _ in range(repeats)]
    return Seconds(tuple(run[0] for run in runs)), Seconds(tuple(run[1] for run in runs))
