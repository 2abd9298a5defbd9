"""Several workers at once, each a process of its own that was started fresh."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnProcess
from types import FrameType

from optuna import Study

from kit.errors import KitError, RunError
from kit.training.engines.orphans import end_with
from kit.tuning.trials.setting import Setting
from kit.tuning.trials.worker import n_done, work

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 30.0
"""How long a worker that was told to stop may take to write that its trial is to be done again."""


def work_in_processes(
    setting: Setting, jobs: int, study: Study, look: Callable[[Study], None], note: Callable[[str], None]
) -> None:
    """Have several processes carry out the trials of a study.

    They are started fresh (never forked: a fork would copy the thread pools of BLAS and OpenMP in whatever state they
    are), with one thread each. A worker that is killed takes nothing with it: the others do its trial again.

    Args:
        setting: The study.
        jobs: The number of processes.
        study: The study, to look at.
        look: Called again and again while they work.
        note: Is told when a worker dies.

    Raises:
        RunError: Trials fail one after another, or every worker died.
        StateError: The storage failed.
    """
    context = multiprocessing.get_context("spawn")
    started: dict[SpawnProcess, Connection] = {}
    errors: list[tuple[type[KitError], str]] = []
    died = 0
    try:
        for _ in range(jobs):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_in_process, args=(setting, theirs, os.getpid()))
            process.start()
            theirs.close()
            started[process] = ours
        living = set(started)
        while living:
            wait_for([process.sentinel for process in living], timeout=_LOOK_SECONDS)
            look(study)
            for process in [one for one in living if one.exitcode is not None]:
                living.discard(process)
                with suppress(EOFError, OSError):
                    if started[process].poll():
                        errors.append(started[process].recv())
                if process.exitcode and not errors:
                    died += 1
                    left = "the others do its trial again" if living else "none is left"
                    note(f"worker {process.pid} died (exit code {process.exitcode}); {left}")
    finally:
        _stop(list(started))
    if errors:
        kind, text = errors[0]
        raise kind(text)
    if died == jobs and n_done(study) < setting.trials:
        raise RunError(
            "every worker died, most often for lack of memory; run the same command again to continue, with fewer "
            "workers (--jobs 1)"
        )


def _stop(processes: list[SpawnProcess]) -> None:
    for process in processes:
        if process.is_alive():
            process.terminate()
    for process in processes:
        process.join(_PATIENCE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _in_process(setting: Setting, errors: Connection, parent: int) -> None:
    """Work as a process of its own; what goes wrong is sent to the parent."""
    end_with(parent)
    for number in _STOPPING:
        signal.signal(number, _interrupt)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        work(setting)
    except KeyboardInterrupt:
        return
    except KitError as error:
        errors.send((type(error), str(error)))


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once: Ctrl-C reaches the workers too, and the parent's own signal must not break off their last entries.
    for one in _STOPPING:
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt
