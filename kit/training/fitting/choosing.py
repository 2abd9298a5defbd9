"""Choosing parameters inside a fold, on inner folds of its training rows."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.config.build import build_plugin
from kit.data.columns import group_labels
from kit.files import digest
from kit.gaps import has_gaps
from kit.large import take_rows
from kit.metrics.base import Metric
from kit.metrics.groupwise import score
from kit.metrics.reduced import reduced_mean
from kit.metrics.rowwise import DistanceMetric
from kit.models.base import MODELS
from kit.postprocess.clip import Clip
from kit.splits.base import SPLITTERS, Fold
from kit.targets.base import TargetTransform
from kit.training.fitting.pipeline import Tables, feature_matrix, fit_matrix, fit_target
from kit.training.fitting.training_matrix import TrainingMatrix, build_model
from kit.training.planning.recipe_model import RecipeModel

Values = dict[str, Any]
"""Chosen values by their path within a model's entry (``params.penalty``)."""


def choose_values(
    spec: RecipeModel,
    rows: pd.DataFrame,
    Y: Floats,
    seed: int,
    tables: Tables,
    metric: Metric,
    weights: Doubles | None = None,
) -> Values:
    """Choose what the model's entry leaves open, by inner folds of the given training rows alone.

    The recipe's metric decides. Explicit candidates (``choose:``) are compared by it at full width and clipped, as in
    every table. A path that a model walks by itself (boosting rounds, epochs) is compared in the coordinates of an
    orthonormal target transform, exactly but unclipped, where the metric is one of squared distances (mrrmse) and no
    target is missing, else at full width too.

    Args:
        spec: The model.
        rows: (n_rows, …) the fold's training rows.
        Y: (n_rows, n_targets) their targets.
        seed: The fit's seed.
        tables: The competition's rows without targets, which some splitters imitate and some blocks read.
        metric: The recipe's metric.
        weights: (n_rows,) what each row counts in fits and, where the recipe says so, in the metric.

    Returns:
        The chosen values by path; empty when the entry leaves nothing open.
    """
    if not spec.has_choices:
        return {}
    splitter = build_plugin(SPLITTERS, spec.inner, {"random_state": seed} | dict(tables))
    folds = splitter.folds(rows, Y)
    path = MODELS.get(spec.entry.kind).path_parameter
    candidates = list(_candidates(spec))
    tried: list[list[tuple[float, Any]]] = [[] for _ in candidates]
    for fold in folds:
        inner = _InnerFold(rows, Y, fold, seed, tables, weights)
        for candidate, of_candidate in zip(candidates, tried, strict=True):
            of_candidate.append(_try(spec.with_values(candidate), inner, metric))
    totals: list[tuple[float, Values]] = []
    for candidate, of_candidate in zip(candidates, tried, strict=True):
        total = float(np.average([loss for loss, _ in of_candidate], weights=[fold.weight for fold in folds]))
        chosen = {key: value for key, value in candidate.items() if key != f"params.{path}"}
        along = [value for _, value in of_candidate]
        if along[0] is not None:
            chosen[f"params.{path}"] = median_or_mode(along)
        totals.append((total, chosen))
    return min(totals, key=lambda item: item[0])[1]


def join_values(of_folds: Sequence[Values]) -> Values:
    """Return the values for a fit on all rows: the median of what the folds chose, or the most frequent choice."""
    if not of_folds:
        return {}
    return {path: median_or_mode([values[path] for values in of_folds]) for path in of_folds[0]}


def median_or_mode(values: Sequence[Any]) -> Any:
    """Return the median of numbers (the lower one of two, so that it is one of them), else the most frequent value."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return statistics.median_low(values)
    most, _ = Counter(repr(value) for value in values).most_common(1)[0]
    return next(value for value in values if repr(value) == most)


def _candidates(spec: RecipeModel) -> Iterator[Values]:
    """Yield every combination of the entry's candidates; a model's own path stays one list, walked in one fit."""
    path = MODELS.get(spec.entry.kind).path_parameter
    axes = [
        [(key, list(values))] if key == f"params.{path}" else [(key, value) for value in values]
        for key, values in spec.entry.choose.items()
    ]
    for combination in itertools.product(*axes):
        yield dict(combination)


class _InnerFold:
    """The rows of an inner fold, and what candidates have in common: the target transform and the feature blocks.

    Args:
        rows: (n_rows, …) the fold's training rows.
        Y: (n_rows, n_targets) their targets.
        inner: Which of them train and validate.
        seed: The fit's seed.
        tables: The competition's rows without targets.
        weights: (n_rows,) what each row counts.
    """

    def __init__(
        self, rows: pd.DataFrame, Y: Floats, inner: Fold, seed: int, tables: Tables, weights: Doubles | None
    ) -> None:
        self.seed, self._tables = seed, tables
        self.rows, self.Y = rows.iloc[inner.train].reset_index(drop=True), take_rows(Y, inner.train)
        self.rows_val = rows.iloc[inner.validation].reset_index(drop=True)
        self.Y_val = take_rows(Y, inner.validation)
        self._weights = None if weights is None else weights[inner.train]
        self.weights_val = None if weights is None else weights[inner.validation]
        self._fitted: dict[str, tuple[TargetTransform, TrainingMatrix, Floats]] = {}

    def fitted(self, spec: RecipeModel) -> tuple[TargetTransform, TrainingMatrix, Floats]:
        """Return the target transform, the input of the model's fit, and the features of the validated rows.

        Args:
            spec: A candidate. Candidates differ in parameters of the model and of the target transform alone, so that
                those with equal parameters of the transform share the rest.
        """
        key = digest(spec.target.model_dump())
        if key not in self._fitted:
            target = fit_target(spec, self.rows, self.Y)
            features, matrix = fit_matrix(
                spec, self.rows, self.Y, target, self.seed, self._tables, weights=self._weights
            )
            self._fitted[key] = (target, matrix, feature_matrix(features, self.rows_val))
        return self._fitted[key]


def _try(spec: RecipeModel, inner: _InnerFold, metric: Metric) -> tuple[float, Any]:
    """Return a candidate's loss on one inner fold, and the value it chose along its own path (None without one)."""
    target, matrix, X_val = inner.fitted(spec)
    weights_val = inner.weights_val if spec.weighted else None
    model = build_model(spec.entry, inner.seed, matrix.blocks, matrix.starts)
    extra = matrix.fit_params(model)
    walks_rounds = model.chooses and not isinstance(getattr(model, str(model.path_parameter)), list)
    groups = group_labels(inner.rows_val, spec.group)
    by_identity = target.linear and not has_gaps(inner.Y_val) and weights_val is None
    if walks_rounds and by_identity and isinstance(metric, DistanceMetric):
        loss = _Least(_reduced(metric, target, inner.Y_val, groups))
    else:
        loss = _Least(_full_width(metric, target, inner.Y, inner.Y_val, groups, weights_val))
    if model.chooses:
        value = model.choose(matrix.X, matrix.Z, X_val, loss, **extra)
        return loss.least, value
    return loss(model.fit(matrix.X, matrix.Z, **extra).predict(X_val)), None


class _Least:
    """A loss that remembers the least value it returned: that of the best point on a model's path."""

    def __init__(self, loss: Callable[[Floats], float]) -> None:
        self._loss = loss
        self.least = float("inf")

    def __call__(self, Z_hat: Floats) -> float:
        value = self._loss(Z_hat)
        self.least = min(self.least, value)
        return value


def _reduced(
    metric: DistanceMetric, target: TargetTransform, Y_val: Floats, groups: np.ndarray
) -> Callable[[Floats], float]:
    Z_val, residual = target.transform(Y_val, groups), target.residual(Y_val, groups)
    return lambda Z_hat: metric.as_loss(reduced_mean(Z_val, residual, Z_hat, Y_val.shape[1], metric))


def _full_width(
    metric: Metric,
    target: TargetTransform,
    Y_train: Floats,
    Y_val: Floats,
    groups: np.ndarray,
    weights: Doubles | None,
) -> Callable[[Floats], float]:
    clip = Clip().fit(Y_train) if metric.compares_values else None

    def loss(Z_hat: Floats) -> float:
        # A network or booster that diverges is worse than any other; metrics take finite numbers.
        if not np.isfinite(Z_hat).all():
            return float("inf")
        predictions = target.inverse_transform(Z_hat, groups)
        if clip is not None:
            predictions = clip.transform(predictions)
        return metric.as_loss(score(metric, Y_val, predictions, groups, weights))

    return loss


def freeze_choice(spec: RecipeModel, values: Mapping[str, Any]) -> RecipeModel:
    """Return the model with chosen values in place and nothing left to choose.

    Args:
        spec: The model.
        values: The chosen values by path, as `choose_values` returns them.
    """
    path = f"params.{MODELS.get(spec.entry.kind).path_parameter}"
    frozen = spec.with_values({key: value for key, value in values.items() if key != path}).without_choices()
    if path in values:
        fixed = build_model(frozen.entry, 0).freeze_choice(values[path])
        frozen = frozen.with_values({f"params.{name}": value for name, value in fixed.items()})
    return frozen
