"""How long work goes: one live display on a terminal, few and short lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from kit.cli.freed_memory import give_back_freed_memory
from kit.cli.output import is_quiet, is_terminal, note, printable
from kit.digits import format_number

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from kit.training.fitting.fit_task import Outcome
    from kit.training.planning.tasks import Task

LONGEST = 120
"""The characters of a line where there is no terminal, at most."""

_QUIET_SECONDS = 10.0
"""Where there is no terminal, a line at most this often …"""
_QUIET_SHARE = 0.05
"""… and not before this share of the time so far has gone by, so that the log of a long run stays readable."""

_MEMORY_SECONDS = 1.0
"""Memory is asked for at most this often."""


class Display:
    """A live display on a terminal, if one was begun, and lines above it; elsewhere lines now and then.

    Args:
        unit: What is counted, such as fits.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._live: Live | None = None
        self._total = self._before = self._done = 0
        self._began = self._asked = time.monotonic()
        self._spoke: float | None = None
        self._memory: int | None = None

    def note(self, text: str) -> None:
        """Print a line above the display."""
        if self._live is not None:
            self._live.console.print(printable(text), highlight=False, markup=False, soft_wrap=True)
        else:
            note(text)

    def close(self) -> None:
        """Take the display away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def begin(self, total: int, done: int) -> None:
        """Show at once how much there is to do; nothing where all is done."""
        self._total, self._before, self._done = total, done, 0
        self._began, self._spoke = time.monotonic(), None
        if done < total and is_terminal(sys.stderr) and not is_quiet():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                get_renderable=self._rendered, console=Console(stderr=True), transient=True, refresh_per_second=4
            )
            self._live.start()

    def show(self, last: bool = False) -> None:
        """Say how it goes, where that is due; the live display does so by itself."""
        if self._live is not None or is_quiet():
            return
        now = time.monotonic()
        pause = max(_QUIET_SECONDS, _QUIET_SHARE * (now - self._began))
        if last or self._spoke is None or now - self._spoke >= pause:
            self._spoke = now
            note(shortened("; ".join([self.counted(), *self.state(), *filter(None, [self.scores()])])))

    def counted(self) -> str:
        """Return how much is done."""
        return f"{self._before + self._done} of {self._total} {self._unit}"

    def state(self) -> list[str]:
        """Return what is under way, the time left and the memory, as far as they are known."""
        left = self.seconds_left() if self._before + self._done < self._total else None
        memory = self._resident()
        shown = [f"about {in_words(left)} left"] if left is not None else []
        return shown + ([f"{memory / 2**30:.1f} GiB"] if memory is not None else [])

    def scores(self) -> str:
        """Return the scores so far, or nothing."""
        return ""

    def seconds_left(self) -> float | None:
        """Return the seconds that are left, if that can be said: what is done took as long as what is left will."""
        left = self._total - self._before - self._done
        return (time.monotonic() - self._began) / self._done * left if self._done else None

    def _resident(self) -> int | None:
        from kit.training.fitting.resources import resident_memory

        now = time.monotonic()
        if self._memory is None or now - self._asked >= _MEMORY_SECONDS:
            self._asked, self._memory = now, resident_memory()
        return self._memory

    def _rendered(self) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        head = Table.grid(padding=(0, 1))
        head.add_column(width=20)
        head.add_column(no_wrap=True, overflow="ellipsis")
        bar = ProgressBar(total=self._total, completed=self._before + self._done, width=20)
        head.add_row(bar, Text(printable("; ".join([self.counted(), *self.state()]))))
        scores = self.scores()
        return Group(head, Text(printable(scores), no_wrap=True, overflow="ellipsis")) if scores else head


class Progress(Display):
    """Shows tasks done, what is fitted, time left, memory, and the folds' scores so far.

    Args:
        workers: How many processes fit at once.
    """

    def __init__(self, workers: int = 1) -> None:
        super().__init__("fits")
        self._workers = workers
        self._foreseen: dict[str, tuple[str, float]] = {}
        self._running: dict[str, float] = {}
        self._took: dict[str, list[tuple[float, float]]] = {}
        self._scores: dict[str, list[float]] = {}
        self._scored_by = ""
        self._fitting = ""

    def started(self, n_tasks: int, n_done: int) -> None:
        """Show how many tasks there are."""
        self.begin(n_tasks, n_done)

    def foreseen(self, costs: Sequence[tuple[Task, float]]) -> None:
        """Take the CPU seconds that the tasks are foreseen to need."""
        self._foreseen = {task.key: (task.shown_model, seconds) for task, seconds in costs}

    def fitting(self, task: Task) -> None:
        """Name a task that begins."""
        self._running[task.key] = time.monotonic()
        self._fitting = f"fitting {task}"
        self.show()

    def finished(self, outcome: Outcome) -> None:
        """Count a finished task, and give back what it freed in this process: the next fit's peak is its own."""
        give_back_freed_memory()
        self._done += 1
        key, model = outcome.task.key, outcome.task.shown_model
        began = self._running.pop(key, None)
        _, seconds = self._foreseen.pop(key, (model, 0.0))
        if began is not None:
            # A worker's own clock does not count what it took to start it.
            took = outcome.metrics.get("wall_s", time.monotonic() - began)
            self._took.setdefault(model, []).append((seconds, took))
        if (reduced := outcome.metrics.get("reduced")) is not None:
            self._scored_by = outcome.metrics.get("reduced_by", "MRRMSE before clipping")
            scores = self._scores.pop(model, [])  # the last one first
            self._scores = {model: [*scores, reduced], **self._scores}
        last = self._before + self._done == self._total
        if last:
            self._fitting = "joining and scoring"
        self.show(last)

    def state(self) -> list[str]:
        """Return the time left, the memory and what is fitted, as far as they are known."""
        return [*super().state(), *filter(None, [self._fitting])]

    def scores(self) -> str:
        """Return the mean score of each model over its folds so far, those of the last fit first."""
        means = ", ".join(f"{name} {format_number(fmean(values))}" for name, values in self._scores.items())
        return f"{self._scored_by} so far: {means}" if means else ""

    def seconds_left(self) -> float | None:
        """Return the seconds that are left: what was foreseen of each task, by how much models took more than that.

        A model of which no task has ended yet is taken to need as much more as the others did, as far as these weigh
        against what is left: a fit of milliseconds that took a second says nothing of one of minutes.
        """
        if not self._foreseen:
            return super().seconds_left()
        remaining = sum(seconds for _, seconds in self._foreseen.values())
        overall = _factor([(remaining, remaining), *(pair for took in self._took.values() for pair in took)])
        factors = {model: _factor(took, overall) for model, took in self._took.items()}
        now, left = time.monotonic(), 0.0
        for key, (model, seconds) in self._foreseen.items():
            gone = now - self._running[key] if key in self._running else 0.0
            left += max(seconds * factors.get(model, overall) - gone, 0.0)
        return left / max(min(self._workers, len(self._foreseen)), 1)


def _factor(pairs: Sequence[tuple[float, float]], otherwise: float = 1.0) -> float:
    """Return how much longer tasks took than was foreseen, of pairs of seconds: foreseen, taken."""
    foreseen = sum(pair[0] for pair in pairs)
    return sum(pair[1] for pair in pairs) / foreseen if foreseen > 0 else otherwise


def shortened(line: str) -> str:
    """Return a line that is not longer than `LONGEST`."""
    flat = " ".join(line.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1].rstrip()}…"


def in_words(seconds: float) -> str:
    """Return a time of so many seconds as a person says it.

    Example:
        >>> in_words(8.6), in_words(200), in_words(9000)
        ('9 s', '3 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
