"""Progress of a run: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING

from kit.cli.output import is_terminal, note, printable
from kit.digits import format_number

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from kit.training.fitting.fit_task import Outcome
    from kit.training.planning.tasks import Task

_QUIET_SECONDS = 10.0
"""Without a terminal, a line at most this often, so that a log of thousands of fits stays readable."""


class Display:
    """A bar on a terminal, if one was begun, and lines above it."""

    _bar: Bar | None = None
    _task: TaskID | None = None

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        if self._bar is not None:
            self._bar.console.print(printable(text), highlight=False, markup=False, soft_wrap=True)
        else:
            note(text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class Progress(Display):
    """Shows tasks done, the folds' MRRMSE so far (unclipped, whatever the metric) and the time left."""

    def __init__(self) -> None:
        self._total = self._before = self._done = 0
        self._began = self._spoke = time.monotonic()
        self._scores: dict[str, list[float]] = defaultdict(list)
        self._scored_by = ""
        self._named: set[str] = set()
        self._fitting = ""

    def started(self, n_tasks: int, n_done: int) -> None:
        """Show how many tasks there are."""
        self._total, self._before = n_tasks, n_done
        self._began = self._spoke = time.monotonic()
        if n_done == n_tasks:
            return
        if is_terminal(sys.stderr):
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar
            from rich.table import Column

            # Of many models' scores as many are shown as there is room; the bar and the counts stay whole.
            room = Column(ratio=1, no_wrap=True, overflow="ellipsis")
            scores = TextColumn("{task.description}", markup=False, table_column=room)
            columns = (BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn(), scores)
            bar = Bar(*columns, console=Console(stderr=True), transient=True, expand=True)
            self._task = bar.add_task("fitting", total=n_tasks, completed=n_done)
            bar.start()
            self._bar = bar
        else:
            note(f"{n_tasks - n_done} of {n_tasks} tasks to fit")

    def fitting(self, task: Task) -> None:
        """Name the model of a task with its first one: also a fit of minutes says at once what it is."""
        name = task.shown_model
        if name in self._named:
            return
        self._named.add(name)
        if self._bar is not None and self._task is not None:
            self._fitting = f"fitting {name} "
            self._bar.update(self._task, description=self._fitting + self._shown_scores())
        else:
            note(f"fitting {name}")

    def finished(self, outcome: Outcome) -> None:
        """Count a finished task."""
        self._done += 1
        if (reduced := outcome.metrics.get("reduced")) is not None:
            self._scores[outcome.task.model].append(reduced)
            self._scored_by = outcome.metrics.get("reduced_by", "MRRMSE before clipping")
        all_done = self._before + self._done
        scores = self._shown_scores()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=all_done, description=self._fitting + scores)
        elif all_done == self._total or time.monotonic() - self._spoke > _QUIET_SECONDS:
            self._spoke = time.monotonic()
            left = (self._spoke - self._began) / self._done * (self._total - all_done)
            parts = [f"{all_done} of {self._total} tasks done"]
            parts += [f"about {left:.0f} s left"] if all_done < self._total else []
            parts += [f"mean fold {self._scored_by}: {scores}"] if scores else []
            note("; ".join(parts))
        if all_done == self._total:
            self.close()

    def _shown_scores(self) -> str:
        return ", ".join(f"{name} {format_number(fmean(values))}" for name, values in self._scores.items())
