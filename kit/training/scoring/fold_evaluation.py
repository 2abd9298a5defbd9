"""One fold of a recipe, fitted and scored in this process: what a study asks of a trial again and again.

What many trials have in common (fitted target transforms, feature blocks) is kept in a shared directory under content
keys; what belongs to one trial (its models, its predictions) goes into a scratch directory that the caller removes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from kit.arrays import Doubles, Floats
from kit.blends.base import Blend
from kit.config.checks.references.stages import LAST_STAGE
from kit.files import teaching_os_errors
from kit.gaps import has_gaps
from kit.metrics.base import Metric, RowMetric
from kit.metrics.groupwise import score as score_groups
from kit.metrics.reduced import reduced_per_row
from kit.metrics.rowwise import DistanceMetric
from kit.noticed import raise_again
from kit.postprocess.rows import for_rows
from kit.training.engines.local import LocalEngine
from kit.training.execute import execute
from kit.training.fitting.fit_task import Outcome
from kit.training.fitting.target_store import load_target
from kit.training.joining.join import Aggregators, Fits, fit_postprocess, join_blend
from kit.training.joining.stage_blend import fit_blend, fits_of
from kit.training.planning.row_sets import VALIDATION
from kit.training.workspace import Workspace

_SHARED = ("targets", "features")
"""The folders of a run that hold what does not belong to one task."""


@dataclass(frozen=True)
class FoldEvaluation:
    """The scores of a recipe on one fold.

    Attributes:
        reduced: The recipe's metric, unclipped and before post-processing: for metrics of squared distances (mrrmse) by
            the identity where one orthonormal target transform is shared by all models, the blend is an average and
            no target is missing, else at full width.
        score: The metric at full width, after blend and post-processing: the number of every table.
        rows: One line a validated row: ``row`` (its position in the training table), ``reduced`` and ``score``; None
            where the metric is no mean over rows, or rows count by their weights.
        cpu_s: The CPU seconds of the fits, without what was taken from the shared directory.
    """

    reduced: float
    score: float
    rows: pd.DataFrame | None
    cpu_s: float


def evaluate_fold(workspace: Workspace, fold: int, shared: Path) -> FoldEvaluation:
    """Fit every task of a fold, stage by stage, and score the joined prediction of its validation rows.

    The fits and their joining are those of `kit.training.train.train`, so that a run of the same recipe has the same
    score. What the fits warned of is warned of again here.

    Args:
        workspace: The recipe, the tables, the plan, and a directory for the tasks' own files, of this call alone; the
            caller removes it.
        fold: The fold's position.
        shared: A directory for target transforms and feature blocks, common to all calls on one competition, from
            several processes at once too.

    Raises:
        RunError: A fit failed; the message holds its cause.
        InputError: The recipe does not fit the tables, or predictions are not finite.
    """
    _share(workspace.path, shared)
    recipe, plan = workspace.recipe, workspace.plan
    split, stage = plan.folds[fold], plan.last
    outcomes: list[Outcome] = []
    # One thread, as in a run: the sums of products must not hang on the number of cores.
    with threadpool_limits(1):
        execute(workspace.inside(split), LocalEngine(1), outcomes.append)
        own = [outcome for outcome in outcomes if outcome.task.stage == LAST_STAGE and outcome.task.split is split]
        keys = {outcome.metrics["target"] for outcome in own}
        rows, Y = workspace.select_rows(split.validation)
        groups = workspace.group_labels(rows)
        blend = fit_blend(workspace, stage, split).blend
        aggregators = Aggregators.of(recipe, stage)
        fits = fits_of(workspace, stage, [split], VALIDATION)
        metric = plan.metric
        train_rows, Y_train = workspace.select_rows(split.train)
        steps = for_rows(fit_postprocess(recipe.postprocess, Y_train, train_rows), rows)
        weights = workspace.scoring_weights(split) if recipe.weighted else None
        score, clipped = _scored(metric, Y, groups, weights, join_blend(fits, aggregators, groups, blend, steps))
        averaged = _averages(blend, fits) and _averages(aggregators.repeats, ("first", "second"))
        plain: Doubles | None
        target = load_target(workspace.path, keys.pop()) if len(keys) == 1 else None
        by_identity = target is not None and target.linear and not has_gaps(Y) and weights is None
        if target is not None and by_identity and isinstance(metric, DistanceMetric) and averaged:
            Z_hat = _blended_coordinates(fits, aggregators.repeats, blend)
            residual = target.residual(Y, groups)
            plain = reduced_per_row(target.transform(Y, groups), residual, Z_hat, Y.shape[1], metric)
            reduced = float(plain.mean())
        else:
            reduced, plain = _scored(metric, Y, groups, weights, join_blend(fits, aggregators, groups, blend, ()))
    table = None
    if plain is not None:
        table = pd.DataFrame({"row": split.validation, "reduced": plain, "score": clipped})
    cpu_s = sum(float(outcome.metrics["cpu_s"]) for outcome in outcomes)
    for outcome in outcomes:
        raise_again(outcome.warnings)
    return FoldEvaluation(reduced, score, table, cpu_s)


def _scored(
    metric: Metric, Y: Floats, groups: np.ndarray, weights: Doubles | None, predictions: Floats
) -> tuple[float, Doubles | None]:
    """Return the score, and the value of every row where the metric is their plain mean."""
    if not isinstance(metric, RowMetric) or weights is not None:
        return score_groups(metric, Y, predictions, groups, weights), None
    values = metric.row_values(Y, predictions)
    return float(values.mean()), values


def _share(scratch: Path, shared: Path) -> None:
    """Have the shared folders appear inside the scratch directory, where a task looks for them."""
    with teaching_os_errors(scratch):
        scratch.mkdir(parents=True, exist_ok=True)
        for name in _SHARED:
            (shared / name).mkdir(parents=True, exist_ok=True)
            link = scratch / name
            if link.exists():
                continue
            try:
                link.symlink_to((shared / name).resolve(), target_is_directory=True)
            except OSError:
                # Where links are not allowed (Windows without the right) nothing is shared, and all else is the same.
                link.mkdir()


def _averages(blend: Blend, names: Iterable[str]) -> bool:
    """Whether a blend takes a weighted mean, which may as well be taken of coordinates.

    Weights that do not sum to 1 would scale a transform's mean too, and learnt ones are another matter.
    """
    weights = None if blend.learns else blend.weights_of(names)
    return weights is not None and math.isclose(sum(weights.values()), 1.0)


def _blended_coordinates(fits: Mapping[str, Fits], repeats: Blend, blend: Blend) -> Floats:
    of_models: dict[str, Floats] = {}
    for name, [of_fold] in fits.items():
        values = {str(index): fit.values for index, fit in enumerate(of_fold)}
        of_models[name] = repeats.combine(values) if len(values) > 1 else np.asarray(of_fold[0].values)
    return blend.combine(of_models)
