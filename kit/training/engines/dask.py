"""Carrying out tasks on the workers of a Dask cluster, which see nothing of the run and of the tables."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from kit.errors import InputError, KitWarning, MissingDependencyError, RunError
from kit.noticed import raise_again
from kit.training.engines.base import failure_of, unheard
from kit.training.engines.local import default_jobs
from kit.training.engines.remote import Delivery, Folder, SentTables, carry_out, inputs_of, receive
from kit.training.fitting.fit_task import Job, Outcome
from kit.training.planning.tasks import Task

_CONNECT_SECONDS = 20
"""So long a scheduler is tried, at the beginning and when the connection to it is lost."""

_WORKERS_SECONDS = 60
"""So long the first worker of a scheduler is waited for: clusters start them late."""

_LOST_TIMES = 5
"""So often what was sent to workers is sent again when all that held it are gone."""


class DaskEngine:
    """Carries out jobs on the workers of a Dask cluster; this process alone writes in the run's directory.

    The tables go to every worker once, a task takes along what it reads of earlier stages, and its results come back.
    The tasks of a worker that is lost are given to others. A worker does one task at a time, with one thread.

    Args:
        client: A client of ``distributed``, connected to the cluster.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._address = client.scheduler.address
        self._tables: dict[str, Any] = {}
        self._folders: dict[tuple[Path, str], Any] = {}

    @classmethod
    @contextmanager
    def connected(cls, scheduler: str | None, workers: int | None = None) -> Iterator[Self]:
        """Give the engine of a cluster, whose connection is closed after the block.

        Args:
            scheduler: The scheduler's address, such as ``tcp://10.0.0.1:8786``; None for a cluster of this machine
                alone, which ends with the block.
            workers: How many workers that cluster has (default: the cores of this machine).

        Raises:
            MissingDependencyError: ``distributed`` is not installed.
            InputError: No scheduler answers, or it has no worker and none comes within a minute.
        """
        try:
            from distributed import Client, LocalCluster
        except ImportError as error:
            raise MissingDependencyError(
                f"the engine dask needs distributed ({error}): pip install 'perturbation-kit[dask]'"
            ) from None
        with _quiet(), ExitStack() as stack:
            if scheduler is None:
                cluster = LocalCluster(
                    n_workers=workers or default_jobs(),
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                )
                client = stack.enter_context(Client(stack.enter_context(cluster)))
            else:
                try:
                    client = stack.enter_context(Client(scheduler, timeout=_CONNECT_SECONDS))
                except (OSError, ValueError) as error:
                    raise InputError(
                        f"no Dask scheduler answers at {scheduler} ({' '.join(str(error).split())[:200]}); "
                        "`dask scheduler` prints the address of one"
                    ) from None
                _await_a_worker(client, scheduler)
            yield cls(client)

    @property
    def workers(self) -> int:
        """How many workers the cluster has now; 1 where none has come yet."""
        return max(1, len(self._client.scheduler_info(n_workers=-1).get("workers", ())))  # a closed one knows none

    @property
    def dashboard(self) -> str:
        """The address of the cluster's dashboard."""
        return str(self._client.dashboard_link)

    def run(
        self,
        jobs: Sequence[Job],
        on_finished: Callable[[Outcome], None],
        on_begun: Callable[[Task], None] = unheard,
    ) -> list[Outcome]:
        """Carry out jobs; see `kit.training.engines.base.Engine`.

        Raises:
            RunError: As there; also where a task ended every worker that it was given to, and where the scheduler or
                all workers are gone.
        """
        from distributed import as_completed

        outcomes: list[Outcome] = []
        waiting, lost = list(reversed(jobs)), 0
        known: set[str] = set()
        under_way: dict[Any, Job] = {}
        completed = as_completed()
        try:
            while waiting or under_way:
                # Two a worker, so that none waits for this process; not all at once, since the transforms that have
                # come back need not be sent again.
                while waiting and len(under_way) < 2 * self.workers:
                    job = waiting.pop()
                    on_begun(job.task)
                    future = self._submit(job, frozenset(known))
                    under_way[future] = job
                    completed.add(future)
                if self._client.status in _CLOSED:  # what is sent now, nobody answers
                    raise self._gone()
                future = next(completed)
                job = under_way.pop(future)
                delivery = self._result(future, job, len(outcomes), len(jobs))
                if delivery is None:
                    lost += 1
                    if lost > _LOST_TIMES * len(jobs):
                        raise RunError(f"task {job.task} was lost with its workers again and again; look at their logs")
                    self._tables.clear()
                    self._folders.clear()
                    waiting.append(job)
                    continue
                receive(delivery, job.run)
                outcome = delivery.outcome
                if outcome.error is not None:
                    raise_again(outcome.warnings)
                    raise failure_of(outcome, len(outcomes), len(jobs), job.run)
                known.add(outcome.metrics["target"])
                outcomes.append(outcome)
                on_finished(outcome)
        finally:
            if self._client.status == "running":  # else nobody hears it
                self._client.cancel(list(under_way))
        return outcomes

    def _submit(self, job: Job, known: frozenset[str]) -> Any:
        key = job.competition.fingerprint
        if key not in self._tables:
            self._tables[key] = self._scatter(SentTables.of(job.competition), broadcast=True)
        inputs = []
        for path in inputs_of(job):
            if (job.run, path) not in self._folders:
                self._folders[job.run, path] = self._scatter(Folder.read(job.run, path))
            inputs.append(self._folders[job.run, path])
        stripped = _without_tables(job)
        with self._asking():
            return self._client.submit(_on_worker, self._tables[key], stripped, inputs, known, pure=False)

    def _scatter(self, what: SentTables | Folder, broadcast: bool = False) -> Any:
        with self._asking():
            return self._client.scatter(what, broadcast=broadcast, hash=False)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Tell of what the client raises in the block when the scheduler or all workers are gone."""
        try:
            yield
        except Exception as error:
            if isinstance(error, TimeoutError) and self._client.status == "running":
                raise RunError(
                    f"the Dask scheduler at {self._address} has no workers; what is finished is kept: start one with "
                    f"`dask worker {self._address}`, then the same command goes on"
                ) from error
            if isinstance(error, OSError) or self._client.status != "running":
                raise self._gone() from error
            raise

    def _gone(self) -> RunError:
        return RunError(
            f"the Dask scheduler at {self._address} is gone; what is finished is kept: start a scheduler and workers, "
            "then the same command goes on (with the new address, if it has another)"
        )

    def _result(self, future: Any, job: Job, n_done: int, n_jobs: int) -> Delivery | None:
        """Return what a worker sent back; None where what it needed was lost with the workers that held it."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            delivery: Delivery = future.result()
        except KilledWorker as error:
            raise RunError(
                f"task {job.task} failed after {n_done} of {n_jobs} tasks: it ended every worker that it was given to, "
                f"most often for lack of memory ({error}); what is finished stays in {job.run}, the same command "
                "continues"
            ) from error
        except CancelledError:
            return None
        except Exception as error:
            if self._client.status != "running":
                raise self._gone() from error
            raise RunError(
                f"task {job.task} could not be carried out by a worker after {n_done} of {n_jobs} tasks: "
                f"{type(error).__name__}: {error}; the kit, its plug-ins and libraries are to be there as here"
            ) from error
        return delivery


_CLOSED = ("closing", "closed")
"""What a client is whose scheduler did not come back."""


def _await_a_worker(client: Any, scheduler: str) -> None:
    """Wait for the first worker of a scheduler, and say so.

    Raises:
        InputError: None comes.
    """
    if client.scheduler_info(n_workers=-1)["workers"]:
        return
    remedy = f"`dask worker {scheduler}` starts one"
    seconds = _WORKERS_SECONDS
    warnings.warn(f"0 Dask workers at {scheduler}: waiting {seconds} s; {remedy}", KitWarning, stacklevel=2)
    try:
        client.wait_for_workers(1, timeout=seconds)
    except OSError:  # the time is over, or the scheduler gone
        raise InputError(f"no Dask worker came to {scheduler} within {seconds} s; {remedy}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the lines of Dask's own log off the terminal while the block runs: errors are told as the kit's."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _without_tables(job: Job) -> dict[str, Any]:
    """Return the fields of a job but the competition, which travels by itself."""
    return {name: value for name, value in vars(job).items() if name != "competition"}


def _on_worker(tables: SentTables, fields: dict[str, Any], inputs: list[Folder], known: frozenset[str]) -> Delivery:
    from distributed import get_worker

    worker = get_worker()
    job = Job(competition=tables.competition, **fields)
    return carry_out(tables, job, inputs, known, Path(worker.local_directory), worker.address)
