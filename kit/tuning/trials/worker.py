"""A worker: runs one trial after another until the study has the wanted number of trials."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import optuna
from filelock import FileLock
from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from kit.errors import DiskError, KitError, RunError
from kit.files import teaching_os_errors
from kit.files.heartbeat import Heartbeat, host_of, is_dead
from kit.tuning.storage.database import STORAGE_ERRORS, DatabaseLock
from kit.tuning.storage.requeue import ERROR, give_up_dead, requeue_trial
from kit.tuning.storage.storage import teaching_storage_errors
from kit.tuning.trials.objective import TrialObjective, removed, seconds_left
from kit.tuning.trials.setting import Setting

_IDLE_SECONDS = 1.0
"""How often a worker looks again when the others do all the trials that are left: one of them may die."""

FIRST_FAILURES, FAILURES = 3, 10
"""Failed trials in a row after which a worker gives up: so many when none has succeeded since it began, so many later.
Some values of a space may be impossible together; that all are is a fault of recipe or machine."""

DONE_STATES = (TrialState.COMPLETE, TrialState.PRUNED)
"""The states of trials that count."""


def n_done(study: Study) -> int:
    """Return the number of trials that count, finished or pruned."""
    return len(study.get_trials(deepcopy=False, states=DONE_STATES))


def taking_lock(setting: Setting) -> FileLock | DatabaseLock:
    """Return the lock that a worker holds while it takes a trial.

    In a database other than PostgreSQL it keeps out the workers of the same directory only; the study may then end with
    as many trials too many as there are other directories.

    Raises:
        RunError: The directory cannot be written.
    """
    url = setting.place.url
    if url is None or url.get_backend_name() != "postgresql":
        return directory_lock(setting)
    return DatabaseLock(url, f"kit tune: {setting.name}")


def directory_lock(setting: Setting) -> FileLock:
    """Return the lock for the files of a study's directory.

    Raises:
        RunError: The directory cannot be written.
    """
    with teaching_os_errors(setting.workers):
        setting.workers.mkdir(parents=True, exist_ok=True)
    return FileLock(setting.workers / "take.lock")


def work(setting: Setting, after_trial: Callable[[Study], None] | None = None) -> None:
    """Carry out trials until there are enough, or the time is over.

    Args:
        setting: The study.
        after_trial: Called after every trial of this worker.

    Raises:
        RunError: Trials fail one after another; the message holds the last one's error.
        StateError: The storage failed.
    """
    began = datetime.now()
    with (
        quiet(),
        teaching_storage_errors(setting.place),
        Heartbeat(setting.workers) as heartbeat,
        removed(setting.scratch / heartbeat.name),
    ):
        study = setting.study()
        lock = taking_lock(setting)
        while seconds_left(setting) > 0:
            lock.acquire()
            try:
                give_up_dead(study, setting.workers, setting.all_meet)
                remove_scratch(setting)
                running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
                done = n_done(study)
                if done >= setting.trials:
                    return
                free = done + len(running) < setting.trials
                if free:
                    _one_trial(study, setting, heartbeat, lock)
            finally:
                lock.release(force=True)
            if free:
                _check_failures(study, began)
                if after_trial is not None:
                    after_trial(study)
            else:
                time.sleep(_IDLE_SECONDS)


def _one_trial(study: Study, setting: Setting, heartbeat: Heartbeat, lock: FileLock | DatabaseLock) -> None:
    """Take a trial, let the lock go, and carry the trial out."""
    objective = TrialObjective(setting, heartbeat, begun=lambda: lock.release(force=True))
    try:
        study.optimize(objective, n_trials=1, catch=(KitError,))
    except KeyboardInterrupt:
        # Whoever comes next does it again; this worker was told to stop.
        _requeue(study, objective.number)
        raise
    except STORAGE_ERRORS:
        # Should the database be there again, the trial is marked as failed; its values are not to blame.
        _requeue(study, objective.number)
        raise
    except Exception as error:
        # Optuna hides what its storage raised as a trial ended behind an assertion of its own.
        if isinstance(error, AssertionError) and isinstance(error.__context__, KitError):
            raise error.__context__ from error
        if objective.error is not None and objective.error is not error:
            # Its trial was given up as well, so that nothing but this says what went wrong.
            raise objective.error from error
        # While this machine slept, another one gave the trial up and has it done again.
        if not _given_up(study, objective.number):
            raise
    if isinstance(objective.error, DiskError):
        _requeue(study, objective.number)
        raise objective.error


def _requeue(study: Study, number: int | None) -> None:
    """Have a trial of this worker done again if it did not fail by itself.

    By its number: it may be this worker's name that could not be written.
    """
    if number is None:
        return
    trial = study.get_trials(deepcopy=False)[number]
    if trial.state == TrialState.FAIL and ERROR not in trial.user_attrs:
        requeue_trial(study, trial, died=False)


def _given_up(study: Study, number: int | None) -> bool:
    return number is not None and study.get_trials(deepcopy=False)[number].state == TrialState.FAIL


def _check_failures(study: Study, began: datetime) -> None:
    ended = [
        trial
        for trial in study.get_trials(deepcopy=False)
        if trial.state.is_finished() and trial.datetime_complete is not None and trial.datetime_complete >= began
    ]
    ended.sort(key=lambda trial: trial.datetime_complete or began)
    some = any(trial.state in DONE_STATES for trial in ended)
    last = ended[-(FAILURES if some else FIRST_FAILURES) :]
    failed = [trial for trial in last if trial.state == TrialState.FAIL and ERROR in trial.user_attrs]
    if len(failed) == (FAILURES if some else FIRST_FAILURES):
        trial = failed[-1]
        which = f"{len(failed)} trials in a row" if some else f"the first {len(failed)} trials all"
        raise RunError(
            f"{which} failed; trial {trial.number} ({_values(trial)}): {trial.user_attrs[ERROR]}; mend the recipe or "
            "its search space, and begin a new study with --study NAME if they changed"
        )


def _values(trial: FrozenTrial) -> str:
    return ", ".join(f"{name}={value}" for name, value in trial.params.items())


def remove_scratch(setting: Setting) -> None:
    """Remove what workers of this host that are dead left in the scratch directory."""
    for folder in _folders(setting.scratch):
        if is_dead(setting.workers, {"name": folder.name, "host": host_of(folder.name)}, shared=True):
            shutil.rmtree(folder, ignore_errors=True)


def _folders(parent: Path) -> list[Path]:
    with suppress(OSError):
        return [path for path in parent.iterdir() if path.is_dir()]
    return []


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna's log lines and its notes on experimental features from the terminal; ours say what matters."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="optuna")
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
