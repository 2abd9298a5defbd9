"""The results of a study: its best trial, tables of all trials, the importance of each value."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from kit.training.notices import by_kind, counted
from kit.tuning.options import over_folds
from kit.tuning.storage.requeue import CUTS, ERROR, WARM, WORKER
from kit.tuning.trials.objective import CPU, FOLDS, REDUCED, SCORE, WARNINGS
from kit.tuning.trials.setting import Setting
from kit.tuning.trials.space import to_values

_LEAST_FOR_IMPORTANCE = 4
"""Finished trials below which nothing is said of what a value matters."""


@dataclass(frozen=True)
class TuneResult:
    """A study that has its trials.

    Attributes:
        directory: Its directory.
        output: The recipe with the best values.
        trials: One line a trial (see `trials_table`).
        best: What ``best.json`` holds: study, trial, values, score, the folds' scores, hold-out.
        importance: What share of the differences each value makes, the largest first; empty where too little is known.
        pareto: With the objective ``pareto`` the trials that no other one beats in score and CPU seconds
            of the fits (what trials share counts in the first that needs it), else None.
        warnings: What tables, trials and hold-out warned of, each kind once.
    """

    directory: Path
    output: Path
    trials: pd.DataFrame
    best: Mapping[str, Any]
    importance: Mapping[str, float]
    pareto: pd.DataFrame | None
    warnings: tuple[str, ...] = ()


def trial_warnings(study: Study) -> tuple[str, ...]:
    """Return the warnings of trials, each kind once with the number of its trials."""
    trials = study.get_trials(deepcopy=False)
    found = by_kind(trial.user_attrs.get(WARNINGS, []) for trial in trials)
    return tuple(counted(texts, len(trials), "trials") for texts in found)


def finished_trials(study: Study) -> list[FrozenTrial]:
    """Return the trials that went through all folds."""
    return [trial for trial in study.get_trials(states=(TrialState.COMPLETE,)) if SCORE in trial.user_attrs]


def chosen_by(trial: FrozenTrial, setting: Setting) -> float:
    """Return the number by which the best trial is chosen: the objective, on the folds' full-width scores."""
    scores = [trial.user_attrs[FOLDS][fold.name] for fold in setting.folds.values()]
    return over_folds(scores, setting.weights, setting.objective, setting.greater_is_better)


def best_trial(study: Study, setting: Setting) -> FrozenTrial | None:
    """Return the finished trial with the best full-width score (for ``ucb`` its bound), the first one of equals."""
    trials = finished_trials(study)
    if not trials:
        return None
    sign = -1.0 if setting.greater_is_better else 1.0
    return min(trials, key=lambda trial: (sign * chosen_by(trial, setting), trial.number))


def trials_table(study: Study, setting: Setting) -> pd.DataFrame:
    """Return one line a trial.

    The columns are ``trial``, ``state``, ``score`` (full width), ``reduced`` (the objective's value), ``cpu_s``,
    ``wall_s``, ``host``, ``pid``, ``present_values``, ``error``, then a column ``fold <name>`` for each fold (of a
    pruned trial those that it has seen) and one for each value of the search space, under its name.
    """
    lines = []
    for trial in study.get_trials(deepcopy=False):
        attributes = trial.user_attrs
        worker = attributes.get(WORKER, {})
        finished = trial.state == TrialState.COMPLETE
        folds = attributes.get(FOLDS, {})
        line: dict[str, Any] = {
            "trial": trial.number,
            "state": trial.state.name.lower(),
            "score": attributes.get(SCORE, math.nan),
            "reduced": trial.values[0] if finished and trial.values else math.nan,
            "cpu_s": attributes.get(CPU, math.nan),
            "wall_s": trial.duration.total_seconds() if trial.duration is not None else math.nan,
            "host": worker.get("host", ""),
            "pid": worker.get("pid", ""),
            "present_values": bool(attributes.get(WARM, False)),
            "error": _why(trial),
        }
        line |= {f"fold {fold.name}": folds.get(fold.name, math.nan) for fold in setting.folds.values()}
        complete = len(trial.params) == len(setting.search.dimensions)
        lines.append(line | (to_values(setting.search.dimensions, trial.params) if complete else {}))
    return pd.DataFrame(lines)


def _why(trial: FrozenTrial) -> str:
    if ERROR in trial.user_attrs:
        return str(trial.user_attrs[ERROR])
    if trial.state != TrialState.FAIL:
        return ""
    return f"its worker ended ({trial.user_attrs.get(CUTS, 0)} of the same values before)"


def importances(study: Study, setting: Setting) -> dict[str, float]:
    """Return the importance of each searched value (its share of the variance of scores, by Optuna's PED-ANOVA)."""
    trials = finished_trials(study)
    if len(trials) < _LEAST_FOR_IMPORTANCE or np.ptp([trial.user_attrs[SCORE] for trial in trials]) == 0:
        return {}
    # With a target of one's own, PED-ANOVA asks what makes it low, whatever the study's direction.
    sign = -1.0 if setting.greater_is_better else 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dict(
                optuna.importance.get_param_importances(study, target=lambda trial: sign * trial.user_attrs[SCORE])
            )
        except (RuntimeError, ValueError):  # nothing varies
            return {}


def pareto_table(trials: pd.DataFrame, greater_is_better: bool) -> pd.DataFrame:
    """Return the Pareto front of finished trials (score and CPU seconds), the best score first."""
    finished = trials[trials["state"] == "complete"].copy()
    order = finished.assign(_key=-finished["score"] if greater_is_better else finished["score"])
    order = order.sort_values(["_key", "cpu_s", "trial"])
    # From the best score on, a trial is worth its score only if it is cheaper than all before it.
    cheaper = order["cpu_s"] < order["cpu_s"].cummin().shift(fill_value=math.inf)
    return order[cheaper].drop(columns=["state", "error", "_key"]).reset_index(drop=True)


def best_summary(study: Study, setting: Setting, trial: FrozenTrial) -> dict[str, Any]:
    """Return a summary of the best trial as plain values, before there is one of the hold-out."""
    warm = [one for one in finished_trials(study) if one.user_attrs.get(WARM)]
    return {
        "study": setting.name,
        "storage": str(setting.place),
        "objective": setting.objective,
        "metric": setting.metric_name,
        "trial": trial.number,
        "values": to_values(setting.search.dimensions, trial.params),
        "score": trial.user_attrs[SCORE],
        "chosen_by": chosen_by(trial, setting),
        "fold_scores": trial.user_attrs[FOLDS],
        "fold_reduced": trial.user_attrs[REDUCED],
        "cpu_s": trial.user_attrs[CPU],
        "present_values": {"trial": warm[0].number, "score": warm[0].user_attrs[SCORE]} if warm else None,
        "holdout": None,
    }
