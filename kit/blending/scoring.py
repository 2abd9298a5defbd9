"""The score of a blend of finished runs.

Learnt weights are nested: those of a fold were fitted on the other folds' out-of-fold rows, rows that the fold
validates too left out, so that no row is scored by weights that saw its own targets directly. What remains: the models
of the other folds were trained on this fold's rows, and their predictions, from which the weights are learnt, know of
them in that way (a recipe's own `blend`, which is learnt from inner folds of each fold's training rows, does not have
this); and runs that were picked for a blend by their scores on the same folds look better than they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.blending.out_of_fold import OutOfFold
from kit.blends import Blend
from kit.config.schema import PluginConfig
from kit.data import Competition
from kit.errors import InputError
from kit.metrics.base import Metric, metric_name
from kit.metrics.scores import Scorer, Scores
from kit.postprocess.rows import for_rows
from kit.training.joining.join import fit_postprocess, postprocess
from kit.training.scoring.contributions import Contributions
from kit.training.scoring.evaluation import BLEND, CEILING, FLOOR, MODEL, cluster_labels
from kit.training.scoring.summarize import main_member

_NOISE = "no noise"
"""The only ceiling that does not depend on a run."""


@dataclass(frozen=True, eq=False)
class BlendScores:
    """The cross-validated scores of a blend.

    Attributes:
        scores: The scores of floors, members and blend.
        oof: (n_entries, n_targets) float32 out-of-fold predictions of the blend, after post-processing.
        contributions: What each member contributes.
        of_folds: What each fold's fitted blend reports, by the fold's name; empty for blends that learn nothing.
    """

    scores: Scores
    oof: Floats
    contributions: Contributions
    of_folds: dict[str, dict[str, Any]]


def no_score(out_of_fold: OutOfFold, blend: Blend) -> str | None:
    """Return why a blend of runs cannot be scored, or None when it can."""
    if blend.learns and any(not len(fold.others) for fold in out_of_fold.folds):
        return (
            f"weights of {blend.kind!r} for a fold are learnt from other folds' rows, and there are none besides those "
            "that it validates itself"
        )
    return None


def score_blend(
    out_of_fold: OutOfFold, blend: Blend, steps: Sequence[PluginConfig], competition: Competition, metric: Metric
) -> BlendScores:
    """Score a blend fold by fold, one fold's predictions in memory at a time.

    Args:
        out_of_fold: The members' out-of-fold predictions.
        blend: The blend; clones of it are fitted.
        steps: The post-processing steps, which are fitted on each fold's training rows.
        competition: The tables.
        metric: The competition's metric.

    Raises:
        InputError: The runs were scored by another metric.
    """
    contributions = Contributions(metric)
    oof: Floats = np.empty((len(out_of_fold.rows), competition.n_targets), dtype=np.float32)
    clusters = cluster_labels(competition)
    scorer = Scorer(metric, clusters[out_of_fold.rows])
    lines, of_folds = [], {}
    for fold in out_of_fold.folds:
        predictions, Y = out_of_fold.predictions(fold.entries), out_of_fold.targets(fold.entries)
        groups = out_of_fold.groups[fold.entries]
        fitted = out_of_fold.fit(blend, fold.others)
        rows = competition.rows
        of_train = fit_postprocess(steps, np.array(competition.Y[fold.train]), rows.iloc[fold.train])
        fitted_steps = for_rows(of_train, rows.iloc[fold.rows])
        oof[fold.entries] = postprocess(fitted_steps, fitted.combine(predictions, groups))

        def refit(names: Sequence[str], others: np.ndarray = fold.others) -> Blend:
            return out_of_fold.fit(blend, others, names)

        contributions.add(
            fold.name, fold.weight, predictions, Y, fitted, refit if blend.learns else None, fitted_steps, groups
        )
        if blend.learns:
            of_folds[fold.name] = fitted.report()
        known = {"fold": fold.name, "row": fold.rows, "group": groups, "weight": fold.weight / len(fold.rows)}
        frame = pd.DataFrame({"member": BLEND, "kind": BLEND} | known)
        lines.append(scorer.score(frame, clusters[fold.rows], Y, oof[fold.entries]))
    return BlendScores(Scores.join([*_known_scores(out_of_fold, metric), *lines]), oof, contributions, of_folds)


def _known_scores(out_of_fold: OutOfFold, metric: Metric) -> list[Scores]:
    """Return the scores that the runs hold: floors and noise of the first, and each run's own score as a member."""
    for run in out_of_fold.runs.values():
        if metric_name(run.scores.metric) != metric_name(metric):
            raise InputError(
                f"{run.path} was scored by {metric_name(run.scores.metric)}, the blend is to be by "
                f"{metric_name(metric)}; give runs of one metric, or a competition file of theirs (--competition)"
            )
    first = next(iter(out_of_fold.runs.values())).scores
    members = [main_member(run.scores).called(name, MODEL) for name, run in out_of_fold.runs.items()]
    return [first.where(kind=FLOOR), first.where(kind=CEILING, member=_NOISE), *members]
