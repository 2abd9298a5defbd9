"""What is told of a run while it goes on, for progress displays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from kit.training.fitting.fit_task import Outcome
from kit.training.planning.tasks import Task


class Observer(Protocol):
    """Interface of progress displays, such as the progress bar of the command line."""

    def note(self, text: str) -> None:
        """Show a remark or a warning."""

    def started(self, n_tasks: int, n_done: int) -> None:
        """Show that fitting begins.

        Args:
            n_tasks: The number of all tasks.
            n_done: How many of them were finished before.
        """

    def fitting(self, task: Task) -> None:
        """Show that a worker begins a task."""

    def finished(self, outcome: Outcome) -> None:
        """Show that a task has been carried out."""


@runtime_checkable
class ForeseesCosts(Protocol):
    """Interface of observers that say how much time is left."""

    def foreseen(self, costs: Sequence[tuple[Task, float]]) -> None:
        """Take the CPU seconds that each task still to be fitted is foreseen to need, roughly.

        Called after `Observer.started`; empty where nobody can say.
        """


class Silent:
    """An observer that shows nothing."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def started(self, n_tasks: int, n_done: int) -> None:
        """Ignore it."""

    def fitting(self, task: Task) -> None:
        """Ignore it."""

    def finished(self, outcome: Outcome) -> None:
        """Ignore it."""
