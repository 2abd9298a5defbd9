"""The blend of a stage, fitted where it learns on predictions of rows that its models have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.base import clone

from kit.arrays import Doubles, Floats
from kit.blends.base import BLENDS, Blend
from kit.blends.per_group import fit_on_folds, fits_on_gram
from kit.blends.row_gram import RowGram
from kit.config.build import build_plugin
from kit.large import stacked
from kit.training.fitting.target_store import TargetTransformCache
from kit.training.joining.join import Aggregators, Coordinates, Fits, joined_models, joined_variances
from kit.training.planning.row_sets import VALIDATION
from kit.training.planning.row_splits import RowSplit
from kit.training.planning.seeds import task_seed
from kit.training.planning.stages import Stage
from kit.training.workspace import Workspace


@dataclass(frozen=True)
class StageBlend:
    """The blend of a stage's models.

    Attributes:
        blend: The blend, fitted where it learns.
        refit: Returns it fitted on some of the models, from the same rows; None where it learns nothing.
    """

    blend: Blend
    refit: Callable[[Sequence[str]], Blend] | None = None


def fit_blend(workspace: Workspace, stage: Stage, split: RowSplit) -> StageBlend:
    """Return the blend of a stage's models for a split.

    A blend that learns is fitted on out-of-fold predictions: those of models fitted on inner splits of the split's
    training rows, for the rows hidden from each. The split's own hidden rows are left out, so that they score the blend
    honestly. For all training rows, the inner splits are the recipe's folds.

    Args:
        workspace: Where the tasks of the inner splits are finished.
        stage: The stage.
        split: The row split.
    """
    recipe = workspace.recipe
    seed = task_seed(recipe.seed, stage.name, "blend", 0, split.name)
    blend = build_plugin(BLENDS, stage.blend, {"random_state": seed, "metric": workspace.plan.metric})
    splits = workspace.plan.blend_splits.get((stage.name, split.directory))
    if splits is None:
        return StageBlend(blend)
    on_gram = fits_on_gram(blend)
    predictions: list[dict[str, Floats]] = []
    grams, targets, weights, labels, variances = [], [], [], [], []
    for inner in splits:
        rows, Y = workspace.select_rows(inner.validation)
        groups = workspace.group_labels(rows)
        fits = fits_of(workspace, stage, [inner], VALIDATION)
        models = joined_models(fits, Aggregators.of(recipe, stage), groups)
        variances.append(joined_variances(fits))
        labels.append(groups)
        weights.append(workspace.scoring_weights(inner))
        if on_gram:
            # The sums of one split after another are small; the arrays of all would be wide.
            grams.append(RowGram.of(models, Y))
        else:
            predictions.append(models)
            targets.append(Y)
    known = {"sample_weight": np.concatenate(weights), "groups": np.concatenate(labels)}
    known["folds"] = np.repeat(np.arange(len(splits)), [len(of_split) for of_split in weights])
    if on_gram:
        refit = partial(_fit_on_gram, blend, RowGram.join(grams), known)
    else:
        n_rows = sum(map(len, targets))
        joined = {name: stacked((of_split.pop(name) for of_split in predictions), n_rows) for name in stage.models}
        forecasts = {name: np.concatenate([of_split[name] for of_split in variances]) for name in variances[0]}
        refit = partial(_fit_on_arrays, blend, joined, stacked(targets, n_rows), known, forecasts)
    return StageBlend(refit(list(stage.models)), refit)


def _fit_on_gram(blend: Blend, gram: RowGram, known: Mapping[str, np.ndarray], names: Sequence[str]) -> Blend:
    fitted: Blend = clone(blend).fit_gram(gram.select(names), known["sample_weight"], known["groups"])
    return fitted


def _fit_on_arrays(
    blend: Blend,
    predictions: Mapping[str, Floats],
    Y: Floats,
    known: Mapping[str, np.ndarray],
    variances: Mapping[str, Doubles],
    names: Sequence[str],
) -> Blend:
    chosen = {name: predictions[name] for name in names}
    return fit_on_folds(clone(blend), chosen, Y, known["sample_weight"], known["groups"], known["folds"], variances)


def fits_of(workspace: Workspace, stage: Stage, splits: Sequence[RowSplit], file: str) -> Mapping[str, Fits]:
    """Return the predictions of every model of a stage for the rows of a file.

    Args:
        workspace: Where the tasks are finished.
        stage: The stage.
        splits: What its models were fitted on: one row split, or several whose models predicted the same rows.
        file: The file of the predictions.
    """
    plan, run = workspace.plan, workspace.path
    targets = TargetTransformCache(run)
    return {
        name: [
            [Coordinates.of(run, task, file, targets) for task in plan.tasks_of(stage.name, split, name)]
            for split in splits
        ]
        for name in stage.models
    }
