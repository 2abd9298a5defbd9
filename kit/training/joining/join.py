"""Joining predictions: coordinates → targets → repeats → folds → models → post-processing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit.arrays import Doubles, Floats
from kit.blends.base import BLENDS, Blend
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig, RecipeConfig
from kit.files import read_array
from kit.postprocess.base import POSTPROCESSORS, Postprocessor
from kit.training.fitting.target_store import TargetTransformCache
from kit.training.planning.stages import Stage
from kit.training.planning.tasks import Task

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
    def of(cls, run: Path, task: Task, file: str, targets: TargetTransformCache) -> Coordinates:
        """Return what a finished task wrote."""
        directory = run / task.path
        return cls(read_array(directory / file), targets.of(directory).inverse_transform)


Fits = Sequence[Sequence[Coordinates]]
"""The predictions of one model: for each set of training rows that it was fitted on, those of its repeats."""


@dataclass(frozen=True)
class Aggregators:
    """What makes one prediction of several, below the blend of the models.

    Attributes:
        repeats: Of a model's repeats.
        folds: Of the folds' models, where these predict the test rows.
    """

    repeats: Blend
    folds: Blend

    @classmethod
    def of(cls, recipe: RecipeConfig, stage: Stage) -> Aggregators:
        """Return what the recipe says for a stage."""
        kinds = (stage.repeats_blend, recipe.folds_blend)
        return cls(*(build_plugin(BLENDS, PluginConfig(kind=kind), {}) for kind in kinds))


@dataclass(frozen=True)
class Joined:
    """Predictions at full width.

    Attributes:
        models: Every model's own, (n_rows, n_targets) float32, before post-processing.
        blend: The blend's, after post-processing.
    """

    models: dict[str, Floats]
    blend: Floats


def join(
    fits: Mapping[str, Fits],
    levels: Aggregators,
    groups: np.ndarray,
    blend: Blend,
    steps: Sequence[Postprocessor],
) -> Joined:
    """Join what the fits of all models predicted for the same rows, in blocks of rows.

    Args:
        fits: The predictions by model.
        levels: How repeats and folds are joined.
        groups: (n_rows,) the rows' group labels.
        blend: The fitted blend.
        steps: The fitted post-processing steps.
    """
    models = joined_models(fits, levels, groups)
    blended = np.empty_like(next(iter(models.values())))
    for block in _blocks(groups):
        of_models = {name: predictions[block] for name, predictions in models.items()}
        blended[block] = postprocess(steps, blend.combine(of_models, groups[block]))
    return Joined(models, blended)


def join_blend(
    fits: Mapping[str, Fits],
    levels: Aggregators,
    groups: np.ndarray,
    blend: Blend,
    steps: Sequence[Postprocessor],
) -> Floats:
    """Return the blend alone, (n_rows, n_targets): every model's own predictions are held for a few rows at a time.

    Args:
        fits: As in `join`.
        levels: As in `join`.
        groups: As in `join`.
        blend: As in `join`.
        steps: As in `join`.
    """
    found = []
    for block in _blocks(groups):
        of_models = {name: _of_model(of, levels, groups, block) for name, of in fits.items()}
        found.append(postprocess(steps, blend.combine(of_models, groups[block])))
    return np.vstack(found)


def joined_models(fits: Mapping[str, Fits], levels: Aggregators, groups: np.ndarray) -> dict[str, Floats]:
    """Return every model's predictions alone, (n_rows, n_targets) float32: what a blend is fitted on."""
    return {
        name: np.vstack([_of_model(of, levels, groups, block) for block in _blocks(groups)])
        for name, of in fits.items()
    }


def _blocks(groups: np.ndarray) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, len(groups), _BLOCK)]


def disagreement(fits: Mapping[str, Fits], groups: np.ndarray) -> Doubles:
    """Return how far the fits of all models are apart on each row.

    Args:
        fits: The predictions by model.
        groups: (n_rows,) the rows' group labels.

    Returns:
        (n_rows,) the root of the mean over the targets of the variance over all fits, in the targets' unit.
    """
    found = []
    every = [one for of in fits.values() for fold in of for one in fold]
    for block in _blocks(groups):
        mean: Doubles = np.zeros(1)
        squares: Doubles = np.zeros(1)
        # Welford's update: the difference of two large sums would lose a small variance.
        for index, one in enumerate(every, start=1):
            values = one.decode(one.values[block], groups[block]).astype(np.float64)
            step = values - mean
            mean = mean + step / index
            squares = squares + step * (values - mean)
        found.append(np.sqrt(np.mean(squares / len(every), axis=1)))
    return np.concatenate(found)


def _of_model(of: Fits, levels: Aggregators, groups: np.ndarray, block: slice) -> Floats:
    folds = [_join([one.decode(one.values[block], groups[block]) for one in fold], levels.repeats) for fold in of]
    return _join(folds, levels.folds)


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
