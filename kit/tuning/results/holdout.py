"""The hold-out: a fold on which no trial is scored, pruned or chosen, and on which the best one is scored at the end.

A gain on the other folds that does not show on the hold-out was luck. The held-out rows stay training rows of the other
folds, as in any cross-validation: without them too few rows would be left on small
tables, and `kit train` would not reproduce a trial's score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna import Study
from optuna.trial import FrozenTrial

from kit.errors import InputError, did_you_mean
from kit.files.heartbeat import Heartbeat
from kit.splits.base import Fold
from kit.training.planning.plan import make_plan
from kit.training.scoring.fold_evaluation import evaluate_fold
from kit.training.workspace import Workspace
from kit.tuning.options import LAST_FOLD
from kit.tuning.results.results import finished_trials
from kit.tuning.storage.requeue import WARM
from kit.tuning.trials.objective import SCORE, removed
from kit.tuning.trials.setting import Setting
from kit.tuning.trials.space import to_values

_KEPT = "holdout"
"""The study's user attribute that holds what was computed already, so that a second process need not."""


@dataclass(frozen=True)
class Division:
    """The folds of a recipe as a study divides them.

    Attributes:
        scored: Those that trials are scored on, by position.
        held_out: The position of the one that they are not, or None; its rows are training rows of the others.
        name: Its name, or None.
    """

    scored: dict[int, Fold]
    held_out: int | None = None
    name: str | None = None


def divide(folds: tuple[Fold, ...], holdout: str | None) -> Division:
    """Take the hold-out from the folds.

    Raises:
        InputError: There is no fold of that name, or none would be left.
    """
    everything = dict(enumerate(folds))
    if holdout is None:
        return Division(everything)
    names = [fold.name for fold in folds]
    if holdout == LAST_FOLD and LAST_FOLD not in names:
        position = len(folds) - 1
    elif holdout in names:
        position = names.index(holdout)
    else:
        raise InputError(f"--holdout: there is no fold {holdout!r}{did_you_mean(holdout, [*names, LAST_FOLD])}")
    if len(folds) < 2:
        raise InputError(f"--holdout: {names[0]!r} is the only fold; trials would have none to be scored on")
    scored = {place: fold for place, fold in everything.items() if place != position}
    return Division(scored, position, names[position])


def evaluate_holdout(study: Study, setting: Setting, held_out: int, fold: str, best: FrozenTrial) -> dict[str, Any]:
    """Return the scores on the hold-out of the best trial and of the recipe's present values.

    Args:
        study: The study.
        setting: It as its workers see it.
        held_out: The fold's position.
        fold: Its name.
        best: The best trial.

    Returns:
        ``fold``, and for ``best`` and ``present`` (None without present values) a mapping of ``trial``, ``study`` (the
        score on the folds of the trials), ``holdout`` (that on the hold-out) and ``gap``, by how much the hold-out is
        worse.
    """
    kept: Mapping[str, Any] = study.user_attrs.get(_KEPT, {})
    if kept.get("best", {}).get("trial") == best.number:
        return dict(kept)
    warm = next((trial for trial in finished_trials(study) if trial.user_attrs.get(WARM)), None)
    with Heartbeat(setting.workers) as heartbeat, removed(setting.scratch / heartbeat.name):
        lines = {
            trial.number: _line(setting, held_out, trial, heartbeat) for trial in (best, warm) if trial is not None
        }
    found = {
        "fold": fold,
        "best": lines[best.number],
        "present": None if warm is None else lines[warm.number],
    }
    study.set_user_attr(_KEPT, found)
    return found


def _line(setting: Setting, held_out: int, trial: FrozenTrial, heartbeat: Heartbeat) -> dict[str, Any]:
    config = setting.search.fill(to_values(setting.search.dimensions, trial.params)).config
    scratch = setting.scratch / heartbeat.name / f"holdout={trial.number}"
    workspace = Workspace(config, setting.competition, make_plan(config, setting.competition), scratch)
    score = evaluate_fold(workspace, held_out, setting.shared).score
    seen = trial.user_attrs[SCORE]
    gap = seen - score if setting.greater_is_better else score - seen
    return {"trial": trial.number, "study": seen, "holdout": score, "gap": gap}
