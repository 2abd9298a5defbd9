"""The blend of a stage, fitted where it learns on predictions of rows that its models have not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kit.arrays import Floats
from kit.blends.base import BLENDS, Blend
from kit.config.build import build_plugin
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.training.fitting import VALIDATION, take
from kit.training.joining import Coordinates, Fits, Levels, joined_models
from kit.training.parts import Part
from kit.training.pipeline import group_labels
from kit.training.plan import Plan
from kit.training.seeds import task_seed
from kit.training.stages import Stage


def fit_blend(
    recipe: RecipeConfig,
    competition: Competition,
    plan: Plan,
    stage: Stage,
    part: Part,
    run: Path,
    without: str | None = None,
) -> Blend:
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
        without: A model that is left out.
    """
    seed = task_seed(recipe.seed, stage.name, "blend", 0, part.name)
    blend = build_plugin(BLENDS, stage.blend, {"random_state": seed})
    parts = plan.blend_parts.get((stage.name, part.directory))
    if parts is None:
        return blend
    found: list[dict[str, Floats]] = []
    targets, weights, labels = [], [], []
    for one in parts:
        rows, Y = take(competition, one.validation)
        groups = group_labels(rows, recipe.columns.group)
        fits = fits_of(plan, stage, one, run, VALIDATION)
        fits = {name: of for name, of in fits.items() if name != without}
        found.append(joined_models(fits, Levels.of(recipe, stage), groups))
        targets.append(Y)
        labels.append(groups)
        weights.append(np.full(len(rows), one.weight / len(rows)))
    predictions = {name: np.vstack([of.pop(name) for of in found]) for name in list(found[0])}
    return blend.fit(
        predictions, np.vstack(targets), sample_weight=np.concatenate(weights), groups=np.concatenate(labels)
    )


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
