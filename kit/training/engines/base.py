"""What an engine is, and how the failure of a task is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kit.errors import DiskError, InputError, RunError
from kit.training.fitting.fit_task import Job, Outcome
from kit.training.planning.tasks import Task


def unheard(task: Task) -> None:
    """Tell nobody that a task begins."""


class Engine(Protocol):
    """Interface of what carries out jobs, with everything finished kept at once."""

    @property
    def workers(self) -> int:
        """How many jobs are carried out at once."""

    def run(
        self,
        jobs: Sequence[Job],
        on_finished: Callable[[Outcome], None],
        on_begun: Callable[[Task], None] = unheard,
    ) -> list[Outcome]:
        """Carry out jobs, one thread each.

        Args:
            jobs: What to do; all jobs of one run.
            on_finished: Called in this process after every job.
            on_begun: Called in this process before every job.

        Returns:
            The outcomes, in the order in which the jobs ended.

        Raises:
            RunError: A job failed or a worker died; what was finished before stays.
            InputError: A job found that its input is wrong; the same command finds the same.
        """


def failure_of(outcome: Outcome, n_done: int, n_jobs: int, run: Path) -> InputError | RunError:
    """Return the error that tells of a task's failure.

    Args:
        outcome: What became of the task.
        n_done: How many tasks were finished before.
        n_jobs: How many there were.
        run: The run's directory.
    """
    if outcome.wrong_input:
        error = InputError(f"{outcome.error} (found by task {outcome.task})")
        error.place = outcome.place
        return error
    kind = DiskError if outcome.disk else RunError
    return kind(
        f"task {outcome.task} failed after {n_done} of {n_jobs} tasks: {outcome.error}; "
        f"what is finished stays in {run}, the same command continues"
    )
