"""The blend of a stage, fitted where it learns on predictions of rows that its models have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.base import clone

from kit.arrays import Floats
from kit.blends.base import BLENDS, Blend
from kit.blends.per_group import fits_on_gram
from kit.blends.row_gram import RowGram
from kit.config.build import build_plugin
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.training.fitting import take
from kit.training.joining import Coordinates, Fits, Levels, joined_models
from kit.training.parts import Part
from kit.training.pipeline import group_labels
from kit.training.plan import Plan
from kit.training.row_sets import VALIDATION
from kit.training.seeds import task_seed
from kit.training.stages import Stage


@dataclass(frozen=True)
class StageBlend:
    """The blend of a stage's models.

    Attributes:
        blend: The blend, fitted where it learns.
        refit: Returns it fitted on some of the models, from the same rows; None where it learns nothing.
    """

    blend: Blend
    refit: Callable[[Sequence[str]], Blend] | None = None


def fit_blend(
    recipe: RecipeConfig, competition: Competition, plan: Plan, stage: Stage, part: Part, run: Path
) -> StageBlend:
    """Return the blend of a stage's models for a part.

    A blend that learns is fitted on what models fitted on inner parts of the part's training rows predict for the rows
    hidden from them: not on the part's own hidden rows, so that these score it honestly. For all training rows the
    inner parts are the recipe's folds.

    Args:
        recipe: The recipe.
        competition: The tables.
        plan: The plan.
        stage: The stage.
        part: The part.
        run: The run's directory, in which the tasks of the inner parts are finished.
    """
    seed = task_seed(recipe.seed, stage.name, "blend", 0, part.name)
    blend = build_plugin(BLENDS, stage.blend, {"random_state": seed})
    parts = plan.blend_parts.get((stage.name, part.directory))
    if parts is None:
        return StageBlend(blend)
    seen = [_hidden_rows(recipe, competition, plan, stage, one, run) for one in parts]
    known = {
        "sample_weight": np.concatenate([np.full(len(one.Y), one.weight / len(one.Y)) for one in seen]),
        "groups": np.concatenate([one.groups for one in seen]),
    }
    if fits_on_gram(blend):
        # Small sums in place of wide arrays: fitting without each of the models in turn costs nothing then.
        gram = RowGram.join([RowGram.of(one.predictions, one.Y) for one in seen])
        refit = partial(_fit_on_gram, blend, gram, known)
    else:
        predictions = {name: np.vstack([one.predictions[name] for one in seen]) for name in stage.models}
        refit = partial(_fit_on_arrays, blend, predictions, np.vstack([one.Y for one in seen]), known)
    return StageBlend(refit(list(stage.models)), refit)


@dataclass(frozen=True)
class _HiddenRows:
    """What models predict for rows hidden from them."""

    predictions: dict[str, Floats]
    Y: Floats
    groups: np.ndarray
    weight: float


def _hidden_rows(
    recipe: RecipeConfig, competition: Competition, plan: Plan, stage: Stage, part: Part, run: Path
) -> _HiddenRows:
    rows, Y = take(competition, part.validation)
    groups = group_labels(rows, recipe.columns.group)
    fits = fits_of(plan, stage, part, run, VALIDATION)
    return _HiddenRows(joined_models(fits, Levels.of(recipe, stage), groups), Y, groups, part.weight)


def _fit_on_gram(blend: Blend, gram: RowGram, known: Mapping[str, np.ndarray], names: Sequence[str]) -> Blend:
    fitted = clone(blend)
    return fitted.fit_gram(gram.select(names), known["sample_weight"], known["groups"])


def _fit_on_arrays(
    blend: Blend, predictions: Mapping[str, Floats], Y: Floats, known: Mapping[str, np.ndarray], names: Sequence[str]
) -> Blend:
    fitted: Blend = clone(blend)
    return fitted.fit({name: predictions[name] for name in names}, Y, known["sample_weight"], known["groups"])


def fits_of(plan: Plan, stage: Stage, part: Part, run: Path, file: str) -> Mapping[str, Fits]:
    """Return what every model of a stage, fitted on a part, predicted for the rows of a file."""
    return {
        name: [[Coordinates.of(run, task, file) for task in plan.tasks_of(stage.name, part, name)]]
        for name in stage.models
    }


def fits_of_folds(plan: Plan, stage: Stage, parts: Sequence[Part], run: Path, file: str) -> Mapping[str, Fits]:
    """Return the same with the fits of several parts, which predicted the same rows."""
    every = [fits_of(plan, stage, part, run, file) for part in parts]
    return {name: [fold for fits in every for fold in fits[name]] for name in stage.models}
