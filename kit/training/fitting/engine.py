"""Carrying out many tasks on a few workers, with everything finished kept at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, runtime_checkable

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from kit.errors import DiskError, InputError, RunError
from kit.noticed import raise_again
from kit.training.fitting.fit_task import Job, Outcome, run_job
from kit.training.fitting.orphans import end_with
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


def default_jobs() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(
    jobs: Sequence[Job],
    workers: int,
    on_finished: Callable[[Outcome], None],
    on_begun: Callable[[Task], None] = lambda task: None,
) -> list[Outcome]:
    """Carry out jobs, one thread each.

    Args:
        jobs: What to do.
        workers: How many processes work at once; with one, this process does it itself.
        on_finished: Called in this process after every job.
        on_begun: Called in this process before every job.

    Returns:
        The outcomes, in the order in which the jobs ended.

    Raises:
        RunError: A job failed or a worker died; what was finished before stays.
        InputError: A job found that its input is wrong; the same command finds the same.
    """
    outcomes: list[Outcome] = []
    waiting: Iterator[Job]
    n_workers = min(workers, len(jobs))
    if n_workers <= 1:
        waiting = iter(())
        results = (_told(run_job, job, on_begun) for job in jobs)
    else:
        # loky starts fresh processes: a fork would copy the thread pools of BLAS and OpenMP in whatever state they are.
        parallel = Parallel(n_jobs=n_workers, backend="loky", return_as="generator_unordered", batch_size=1)
        results = parallel(delayed(_in_worker)(run_job, job, os.getpid()) for job in jobs)
        # They are taken in order: with every job that ends, the next one begins.
        for job in jobs[:n_workers]:
            on_begun(job.task)
        waiting = iter(jobs[n_workers:])
    try:
        for outcome in results:
            if outcome.error is not None:
                raise_again(outcome.warnings)
                raise _failure(outcome, len(outcomes), len(jobs), jobs[0].run)
            outcomes.append(outcome)
            on_finished(outcome)
            for job in islice(waiting, 1):
                on_begun(job.task)
    except TerminatedWorkerError as error:
        raise RunError(
            f"a worker process died after {len(outcomes)} of {len(jobs)} tasks, most often for lack of memory; "
            "run the same command again to continue, with fewer workers (--jobs 1)"
        ) from error
    return outcomes


def _told(run: Callable[[Job], Outcome], job: Job, on_begun: Callable[[Task], None]) -> Outcome:
    on_begun(job.task)
    return run(job)


def _in_worker(run: Callable[[Job], Outcome], job: Job, parent: int) -> Outcome:
    end_with(parent)
    return run(job)


def _failure(outcome: Outcome, n_done: int, n_jobs: int, run: Path) -> InputError | RunError:
    if outcome.wrong_input:
        error = InputError(f"{outcome.error} (found by task {outcome.task})")
        error.place = outcome.place
        return error
    kind = DiskError if outcome.disk else RunError
    return kind(
        f"task {outcome.task} failed after {n_done} of {n_jobs} tasks: {outcome.error}; "
        f"what is finished stays in {run}, the same command continues"
    )
