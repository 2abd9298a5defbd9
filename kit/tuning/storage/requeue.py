"""Trials that were cut off: they are marked as failed, and their values wait for another worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from optuna import Study
from optuna.storages import fail_stale_trials
from optuna.trial import FrozenTrial, TrialState

from kit.errors import KitError
from kit.files.heartbeat import is_dead

WORKER, CUTS, ERROR, WARM = "worker", "cuts", "error", "present_values"
"""User attributes of a trial: its worker, how many trials of the same values died before, what went wrong, whether it
has the recipe's present values."""

MOST_CUTS = 3
"""So many times a trial's worker may die before its values are given up: they may be what kills it (memory)."""

_BEGINNING = timedelta(minutes=2)
"""A trial that has had no worker's name for so long lost it between its first two entries."""


def requeue_trial(study: Study, trial: FrozenTrial, died: bool = True) -> None:
    """Have the values of a failed trial tried again by whoever comes next.

    Args:
        study: The study.
        trial: The failed trial.
        died: Whether its worker died, which is forgiven a few times only; a worker that was told to stop is not to
            blame.
    """
    cuts = trial.user_attrs.get(CUTS, 0) + died
    # One that was cut off as its values were written has some of them; all that it was to try again are fixed.
    params = trial.system_attrs.get("fixed_params", {}) | trial.params
    if params and cuts < MOST_CUTS:
        kept = {WARM: True} if trial.user_attrs.get(WARM) else {}
        study.enqueue_trial(params, user_attrs={CUTS: cuts} | kept)


def give_up_dead(study: Study, directory: Path, shared: bool) -> list[FrozenTrial]:
    """Mark the trials of dead workers as failed and have their values tried again; return those found dead here.

    In a database those of other directories are given up, too, when they were silent for long. Only one worker of a
    study may do this at a time.

    Args:
        study: The study.
        directory: Where the workers have their files.
        shared: See `kit.files.heartbeat.is_dead`.
    """
    fail_stale_trials(study)
    dead = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        worker = trial.user_attrs.get(WORKER)
        if not (_lost(trial) if worker is None else is_dead(directory, worker, shared)):
            continue
        try:
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
        except KitError:
            raise
        except ValueError:
            continue  # another host was first
        requeue_trial(study, trial)
        dead.append(trial)
    return dead


def _lost(trial: FrozenTrial) -> bool:
    start = trial.datetime_start
    if start is None:
        return False
    now = datetime.now(UTC) if start.tzinfo is not None else datetime.now()
    return now - start > _BEGINNING
