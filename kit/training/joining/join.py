"""Joining predictions: coordinates → targets → repeats → folds → models → post-processing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.blends.base import BLENDS, Blend
from kit.blends.by_variance import combined
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig, RecipeConfig
from kit.files import read_array
from kit.large import stacked
from kit.postprocess.base import POSTPROCESSORS, Postprocessor
from kit.postprocess.rows import RowsPostprocessor, Step, row_by_row
from kit.training.fitting.target_store import TargetTransformCache
from kit.training.planning.stages import VARIANCE, Stage
from kit.training.planning.tasks import Task

_BLOCK, _FEW = 64, 16
"""Rows that are decoded and joined at a time, at most and at least: every product reads the whole basis again."""

_ROWS = 512
"""Rows of predictions at full width that are held at a time, of all that are joined together."""


@dataclass(frozen=True)
class Coordinates:
    """Predicted coordinates of one fit, with the transform that turns them into targets.

    Attributes:
        values: (n_rows, n_components) float32.
        decode: Maps coordinates and group labels to (n_rows, n_targets).
        variance: (n_rows,) expected squared error of each row, in squared units of the targets; None where the fit
            forecasts none, or in coordinates: what a truncated basis loses of a hidden row is not known.
    """

    values: Floats
    decode: Callable[[Floats, np.ndarray], Floats]
    variance: Doubles | None = None

    @classmethod
    def of(cls, run: Path, task: Task, file: str, targets: TargetTransformCache) -> Coordinates:
        """Read what a finished task predicted.

        Args:
            run: The run's directory.
            task: The task.
            file: The file of the predictions, which names the set of rows.
            targets: The run's target transforms.

        Raises:
            StateError: The file is damaged.
        """
        directory = run / task.path
        target, forecast = targets.of(directory), directory / f"{VARIANCE}-{file}"
        variance = read_array(forecast) if target.is_identity and forecast.is_file() else None
        return cls(read_array(directory / file), target.inverse_transform, variance)

    def decoded(self, block: slice, groups: np.ndarray) -> Floats:
        """Return the (n_block, n_targets) predicted targets of some rows; ``groups`` are the labels of all."""
        return self.decode(self.values[block], groups[block])


Fits = Sequence[Sequence[Coordinates]]
"""The predictions of one model: for each set of training rows that it was fitted on, those of its repeats."""


@dataclass(frozen=True)
class Aggregators:
    """The blends of repeats and of folds, which are applied before the blend of the models.

    Attributes:
        repeats: Of a model's repeats.
        folds: Of the folds' models, where these predict the test rows.
    """

    repeats: Blend
    folds: Blend

    @classmethod
    def of(cls, recipe: RecipeConfig, stage: Stage) -> Aggregators:
        """Return those that the recipe names for a stage."""
        kinds = (stage.repeats_blend, recipe.folds_blend)
        return cls(*(build_plugin(BLENDS, PluginConfig(kind=kind), {}) for kind in kinds))


def join_blend(
    fits: Mapping[str, Fits],
    aggregators: Aggregators,
    groups: np.ndarray,
    blend: Blend,
    steps: Sequence[Step],
) -> Floats:
    """Join what the fits of all models predicted for the same rows; the models' own are held for a few rows at a time.

    Args:
        fits: The predictions by model.
        aggregators: What joins repeats and folds.
        groups: (n_rows,) the rows' group labels.
        blend: The fitted blend.
        steps: The fitted post-processing steps, for these rows.

    Returns:
        (n_rows, n_targets) float32 predictions of the blend, after post-processing.
    """
    variances = joined_variances(fits)
    early, late = _before_and_after(steps)

    def blended(block: slice) -> Floats:
        of_models = {name: _join_model(of_model, aggregators, groups, block) for name, of_model in fits.items()}
        return postprocess(early, combined(blend, of_models, groups[block], variances, block))

    n_held = len(fits) + max(map(_n_joined, fits.values()))
    return postprocess(late, stacked(map(blended, _blocks(groups, n_held)), len(groups)))


def blend_models(
    models: Mapping[str, Floats],
    variances: Mapping[str, Doubles],
    groups: np.ndarray,
    blend: Blend,
    steps: Sequence[Step],
) -> Floats:
    """Do the same with the predictions of `joined_models`.

    Args:
        models: (n_rows, n_targets) by model.
        variances: What `joined_variances` returns.
        groups: As in `join_blend`.
        blend: As in `join_blend`.
        steps: As in `join_blend`.
    """
    early, late = _before_and_after(steps)

    def blended(block: slice) -> Floats:
        of_models = {name: predictions[block] for name, predictions in models.items()}
        return postprocess(early, combined(blend, of_models, groups[block], variances, block))

    return postprocess(late, stacked(map(blended, _blocks(groups, len(models))), len(groups)))


def joined_models(fits: Mapping[str, Fits], aggregators: Aggregators, groups: np.ndarray) -> dict[str, Floats]:
    """Join the repeats and folds of every model: what a blend is fitted on.

    Args:
        fits: The predictions by model.
        aggregators: What joins repeats and folds.
        groups: (n_rows,) the rows' group labels.

    Returns:
        (n_rows, n_targets) float32 by model, before blend and post-processing.
    """

    def joined(of_model: Fits) -> Floats:
        blocks = _blocks(groups, _n_joined(of_model))
        return stacked((_join_model(of_model, aggregators, groups, block) for block in blocks), len(groups))

    return {name: joined(of_model) for name, of_model in fits.items()}


def joined_variances(fits: Mapping[str, Fits]) -> dict[str, Doubles]:
    """Return the (n_rows,) mean expected squared errors of those models that forecast theirs."""
    found: dict[str, Doubles] = {}
    for name, of_model in fits.items():
        variances = [fit.variance for of_fold in of_model for fit in of_fold if fit.variance is not None]
        if variances:
            found[name] = np.mean(variances, axis=0)
    return found


def _n_joined(of_model: Fits) -> int:
    """Return how many predictions of a model are held together: those of a fold's repeats, and of the folds."""
    return len(of_model) + max(map(len, of_model))


def _blocks(rows: np.ndarray, n_held: int = 1) -> list[slice]:
    """Return slices over rows, of which so many predictions are held at a time."""
    size = max(_FEW, min(_BLOCK, _ROWS // n_held))
    return [slice(start, start + size) for start in range(0, len(rows), size)]


def disagreement(fits: Mapping[str, Fits], groups: np.ndarray) -> Doubles:
    """Return how far the fits of all models are apart on each row.

    Args:
        fits: The predictions by model.
        groups: (n_rows,) the rows' group labels.

    Returns:
        (n_rows,) the root of the mean over the targets of the variance over all fits, in the targets' unit.
    """
    deviations = []
    fits_of_all = [fit for of_model in fits.values() for of_fold in of_model for fit in of_fold]
    for block in _blocks(groups):
        mean: Doubles = np.zeros(1)
        squares: Doubles = np.zeros(1)
        # Welford's update: the difference of two large sums would lose a small variance.
        for index, fit in enumerate(fits_of_all, start=1):
            values = fit.decoded(block, groups).astype(np.float64)
            step = values - mean
            mean = mean + step / index
            squares = squares + step * (values - mean)
        deviations.append(np.sqrt(np.mean(squares / len(fits_of_all), axis=1)))
    return np.concatenate(deviations)


def postprocessed(steps: Sequence[Step], predictions: Floats) -> Floats:
    """Return predictions after post-processing steps, which go some rows at a time as far as they may."""
    early, late = _before_and_after(steps)
    parts = (postprocess(early, predictions[block]) for block in _blocks(predictions))
    return postprocess(late, stacked(parts, len(predictions)))


def _join_model(of_model: Fits, aggregators: Aggregators, groups: np.ndarray, block: slice) -> Floats:
    """Return the (n_block, n_targets) predictions of one model for some rows, repeats and folds joined."""
    of_folds = [_join([fit.decoded(block, groups) for fit in of_fold], aggregators.repeats) for of_fold in of_model]
    return _join(of_folds, aggregators.folds)


def _join(predictions: Sequence[Floats], blend: Blend) -> Floats:
    if len(predictions) == 1:
        return predictions[0]
    return blend.combine({str(index): values for index, values in enumerate(predictions)})


def fit_postprocess(entries: Sequence[PluginConfig], Y: Floats, rows: pd.DataFrame) -> list[Postprocessor]:
    """Return post-processing steps, fitted on the (n_rows, n_targets) measured targets of (n_rows, …) training rows."""
    steps = [build_plugin(POSTPROCESSORS, entry, {}) for entry in entries]
    return [step.fit(Y, rows) if isinstance(step, RowsPostprocessor) else step.fit(Y) for step in steps]


def _before_and_after(steps: Sequence[Step]) -> tuple[Sequence[Step], Sequence[Step]]:
    """Return the steps that go some rows at a time, and those from the first on that needs all rows together."""
    n_early = next((place for place, step in enumerate(steps) if not row_by_row([step])), len(steps))
    return steps[:n_early], steps[n_early:]


def postprocess(steps: Sequence[Step], predictions: Floats) -> Floats:
    """Return (n_rows, n_targets) predictions after fitted post-processing steps, in their order."""
    for step in steps:
        predictions = step.transform(predictions)
    return predictions
