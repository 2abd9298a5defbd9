"""Joining predictions: coordinates → targets → repeats → folds → models → post-processing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit.arrays import Floats
from kit.blends.base import BLENDS, Blend
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig, RecipeConfig
from kit.postprocess.base import POSTPROCESSORS, Postprocessor
from kit.training.fitting import METRICS, load_target
from kit.training.plan import Task
from kit.training.store import read_json

_BLOCK = 64
"""Rows that are decoded and joined at a time; the memory is this × targets × fits of all models."""


@dataclass(frozen=True)
class Coordinates:
    """Predicted coordinates of one fit, with the transform that turns them into targets.

    Attributes:
        values: (n_rows, n_components) float32.
        decode: Maps coordinates and group labels to (n_rows, n_targets).
    """

    values: Floats
    decode: Callable[[Floats, np.ndarray], Floats]

    @classmethod
    def of(cls, run: Path, task: Task, file: str) -> Coordinates:
        """Return what a finished task wrote."""
        directory = run / task.path
        target = load_target(run, read_json(directory / METRICS)["target"])
        return cls(np.load(directory / file, allow_pickle=False), target.inverse_transform)


Fits = Sequence[Sequence[Coordinates]]
"""The predictions of one model: for each set of training rows that it was fitted on, those of its repeats."""


@dataclass(frozen=True)
class Joined:
    """Predictions at full width, after post-processing.

    Attributes:
        models: Every model's own, (n_rows, n_targets) float32.
        blend: The blend's.
    """

    models: dict[str, Floats]
    blend: Floats


def join(
    fits: Mapping[str, Fits],
    recipe: RecipeConfig,
    groups: np.ndarray,
    blend: Blend,
    steps: Sequence[Postprocessor],
) -> Joined:
    """Join what the fits of all models predicted for the same rows, in blocks of rows.

    Args:
        fits: The predictions by model.
        recipe: Says how repeats and folds are joined.
        groups: (n_rows,) the rows' group labels.
        blend: The fitted blend.
        steps: The fitted post-processing steps.
    """
    repeats = build_plugin(BLENDS, PluginConfig(kind=recipe.repeats_blend), {})
    folds = build_plugin(BLENDS, PluginConfig(kind=recipe.folds_blend), {})
    models: dict[str, list[Floats]] = {name: [] for name in fits}
    blended: list[Floats] = []
    for start in range(0, len(groups), _BLOCK):
        block = slice(start, start + _BLOCK)
        of_models = {
            name: _join(
                [_join([one.decode(one.values[block], groups[block]) for one in fold], repeats) for fold in of], folds
            )
            for name, of in fits.items()
        }
        blended.append(postprocess(steps, blend.combine(of_models)))
        for name, predictions in of_models.items():
            models[name].append(postprocess(steps, predictions))
    return Joined({name: np.vstack(parts) for name, parts in models.items()}, np.vstack(blended))


def _join(predictions: Sequence[Floats], blend: Blend) -> Floats:
    if len(predictions) == 1:
        return predictions[0]
    return blend.combine({str(index): values for index, values in enumerate(predictions)})


def fit_postprocess(recipe: RecipeConfig, Y: Floats) -> list[Postprocessor]:
    """Fit the recipe's post-processing steps on original training targets."""
    return [build_plugin(POSTPROCESSORS, step, {}).fit(Y) for step in recipe.postprocess]


def postprocess(steps: Sequence[Postprocessor], predictions: Floats) -> Floats:
    """Return predictions after the steps, in order."""
    for step in steps:
        predictions = step.transform(predictions)
    return predictions
