"""Carrying out tasks in processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError

from kit.errors import RunError
from kit.noticed import raise_again
from kit.training.engines.base import failure_of, unheard
from kit.training.engines.orphans import end_with
from kit.training.fitting.fit_task import Job, Outcome, run_job
from kit.training.planning.tasks import Task


def default_jobs() -> int:
    """Return the number of cores that this process may use.

    Those of the machine, or fewer where the process is bound to some of them, a container has a quota of CPU time
    (cgroups, rounded up), or ``LOKY_MAX_CPU_COUNT`` says so.
    """
    return int(cpu_count())


class LocalEngine:
    """Carries out jobs in processes of this machine.

    Args:
        workers: How many processes work at once (default: the cores of this machine); with one, this process does the
            work itself.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or default_jobs()

    def run(
        self,
        jobs: Sequence[Job],
        on_finished: Callable[[Outcome], None],
        on_begun: Callable[[Task], None] = unheard,
    ) -> list[Outcome]:
        """Carry out jobs; see `kit.training.engines.base.Engine`."""
        outcomes: list[Outcome] = []
        waiting: Iterator[Job]
        n_workers = min(self.workers, len(jobs))
        if n_workers <= 1:
            waiting = iter(())
            results = (_told(run_job, job, on_begun) for job in jobs)
        else:
            # loky starts fresh processes: a fork would copy the thread pools of BLAS and OpenMP in whatever state they
            # are.
            # What a task imports later (torch) takes its number of threads from the environment.
            with parallel_config("loky", inner_max_num_threads=1):
                parallel = Parallel(n_jobs=n_workers, return_as="generator_unordered", batch_size=1)
            results = parallel(delayed(_in_worker)(run_job, job, os.getpid()) for job in jobs)
            # They are taken in order: with every job that ends, the next one begins.
            for job in jobs[:n_workers]:
                on_begun(job.task)
            waiting = iter(jobs[n_workers:])
        try:
            for outcome in results:
                if outcome.error is not None:
                    raise_again(outcome.warnings)
                    raise failure_of(outcome, len(outcomes), len(jobs), jobs[0].run)
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
