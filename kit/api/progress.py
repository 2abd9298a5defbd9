"""Progress in a notebook, a terminal or a log: one line that is written over, or a few that are not."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from statistics import fmean

from kit.digits import format_number
from kit.training.fitting.fit_task import Outcome
from kit.training.observers import Observer, Silent
from kit.training.planning.tasks import Task

_QUIET_SECONDS = 10.0
"""Where lines cannot be written over, one at most this often."""


class Line:
    """Shows how a run goes on one line of standard error."""

    def __init__(self, head: str = "") -> None:
        self._head = f"{head}: " if head else ""
        self._total = self._done = self._shown = 0
        self._spoke = time.monotonic()
        self._scores: dict[str, list[float]] = defaultdict(list)
        self._scored_by = ""
        self._named: set[str] = set()
        # A notebook's output is no terminal, and knows the return to the line's beginning as one does.
        self._over = "ipykernel" in sys.modules or sys.stderr.isatty()

    def note(self, text: str) -> None:
        """Show a remark on a line of its own."""
        self._end()
        print(text, file=sys.stderr, flush=True)

    def started(self, n_tasks: int, n_done: int) -> None:
        """Show how many tasks there are."""
        self._total, self._done = n_tasks, n_done

    def fitting(self, task: Task) -> None:
        """Name the model of a task with its first one."""
        if task.shown_model not in self._named:
            self._named.add(task.shown_model)
            self._show(f"{self._done} of {self._total} fits; fitting {task.shown_model}")

    def finished(self, outcome: Outcome) -> None:
        """Count a fit."""
        self._done += 1
        if (reduced := outcome.metrics.get("reduced")) is not None:
            self._scores[outcome.task.model].append(reduced)
            self._scored_by = outcome.metrics.get("reduced_by", "MRRMSE before clipping")
        ended = self._done == self._total
        if self._over or ended or time.monotonic() - self._spoke > _QUIET_SECONDS:
            scores = ", ".join(f"{name} {format_number(fmean(values))}" for name, values in self._scores.items())
            self._show(f"{self._done} of {self._total} fits; mean fold {self._scored_by}: {scores}")
        if ended:
            self._end()

    def _show(self, text: str) -> None:
        self._spoke = time.monotonic()
        line = self._head + text
        if self._over:
            print("\r" + line.ljust(self._shown), end="", file=sys.stderr, flush=True)
            self._shown = len(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def _end(self) -> None:
        """Leave what stands on the line."""
        if self._shown:
            print(file=sys.stderr, flush=True)
        self._shown = 0


def observer_of(progress: bool | Observer, head: str = "") -> Observer:
    """Return what shows a run's progress: a line, nothing, or what was given."""
    if isinstance(progress, bool):
        return Line(head) if progress else Silent()
    return progress
