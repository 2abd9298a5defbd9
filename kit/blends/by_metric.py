"""Base class of blends whose weights are learnt by any metric."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.blends.checks import checked, row_labels, row_weights, weighted_sum
from kit.blends.learnt import LearntBlend
from kit.blends.row_gram import RowGram
from kit.errors import InputError
from kit.metrics.base import Metric, metric_name
from kit.metrics.groupwise import score
from kit.metrics.rowwise import MRRMSE, DistanceMetric


class Candidates(ABC):
    """The members of a blend, and how far any weighted sum of them is from a perfect score.

    Attributes:
        names: (n_members,) the members' names, sorted.
        metric: The metric.
        row_weights: (n_rows,) the weights of the rows, with the sum 1.
    """

    names: tuple[str, ...]
    metric: Metric
    row_weights: Doubles

    @abstractmethod
    def select(self, members: Sequence[int]) -> Self:
        """Return some of the members, by their places."""

    @abstractmethod
    def score(self, weights: Doubles) -> float:
        """Return the metric of the blend with these weights (n_members,)."""

    def loss(self, weights: Doubles) -> float:
        """Return how far the blend with these weights (n_members,) is from a perfect score, at least 0."""
        return abs(self.score(weights) - self.metric.best)

    def member_losses(self) -> Doubles:
        """Return (n_members,) how far each member alone is from a perfect score, at least 0."""
        return np.array([self.loss(alone) for alone in np.eye(len(self.names))])


class GramCandidates(Candidates):
    """Members whose blends are scored from inner products of their errors, by a metric of squared distances."""

    metric: DistanceMetric

    def __init__(self, metric: DistanceMetric, row_weights: Doubles, gram: RowGram) -> None:
        self.names, self.metric, self.row_weights, self.gram = gram.names, metric, row_weights, gram

    def select(self, members: Sequence[int]) -> Self:
        """Return some of the members, by their places."""
        gram = self.gram.select([self.names[place] for place in members])
        return type(self)(self.metric, self.row_weights, gram)

    def of_squares(self, squares: Doubles) -> Doubles:
        """Return the scores of squared distances: (n_rows, …) to (…,)."""
        scores: Doubles = self.row_weights @ self.metric.of_squares(squares, self.gram.summed_over(squares.ndim))
        return scores

    def score(self, weights: Doubles) -> float:
        """Return the metric of the blend with these weights (n_members,)."""
        return float(self.of_squares(self.gram.row_squares(weights)))

    def member_losses(self) -> Doubles:
        """Return (n_members,) how far each member alone is from a perfect score, at least 0."""
        return np.abs(self.of_squares(self.gram.member_squares()) - self.metric.best)


class WideCandidates(Candidates):
    """Members whose blends are scored at full width, by any metric.

    Args:
        metric: The metric.
        row_weights: (n_rows,) the weights of the rows, with the sum 1.
        predictions: (n_rows, n_targets) by the members' names, sorted.
        Y: (n_rows, n_targets) the targets.
        folds: (n_rows,) the folds' labels: the score is the mean of the folds' scores by their weights, as in every
            table.
        groups: (n_rows,) the rows' groups, which a `kit.metrics.GroupMetric` needs.
    """

    def __init__(
        self,
        metric: Metric,
        row_weights: Doubles,
        predictions: Mapping[str, Floats],
        Y: Floats,
        folds: np.ndarray,
        groups: np.ndarray | None = None,
    ) -> None:
        self.names, self.metric, self.row_weights = tuple(predictions), metric, row_weights
        self._predictions, self._Y, self._folds, self._groups = predictions, Y, folds, groups

    def select(self, members: Sequence[int]) -> Self:
        """Return some of the members, by their places."""
        drawn = {self.names[place]: self._predictions[self.names[place]] for place in members}
        return type(self)(self.metric, self.row_weights, drawn, self._Y, self._folds, self._groups)

    def score(self, weights: Doubles) -> float:
        """Return the metric of the blend with these weights (n_members,)."""
        total = weighted_sum(self._predictions, dict(zip(self.names, weights.tolist(), strict=True)))
        blend, mean = total.astype(np.float32), 0.0
        for fold in np.unique(self._folds):
            rows = (self._folds == fold) & (self.row_weights > 0)
            if rows.any():
                weights = self.row_weights[rows]
                groups = None if self._groups is None else self._groups[rows]
                mean += weights.sum() * score(self.metric, self._Y[rows], blend[rows], groups, weights)
        return float(mean)


class MetricBlend(LearntBlend):
    """Base of weighted sums whose weights are learnt by the recipe's metric, whichever that is.

    For a metric of squared distances (mrrmse) any weights are tried on a few inner products a row; for another one
    every trial is computed at full width, and the out-of-fold predictions of all members are held in memory.

    Attributes:
        metric: The metric; None is mrrmse. Every subclass has it as a parameter that the kit supplies.
    """

    metric: Metric | None

    @property
    def objective(self) -> str:
        """The name of the metric."""
        return metric_name(self._metric)

    @property
    def on_gram(self) -> bool:
        """Whether the metric is one of squared distances."""
        return isinstance(self._metric, DistanceMetric)

    @property
    def _metric(self) -> Metric:
        return MRRMSE() if self.metric is None else self.metric

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        folds: ArrayLike | None = None,
    ) -> Self:
        """Learn the weights from out-of-fold predictions (n_rows, n_targets) and their targets.

        Args:
            predictions: As in `Blend.fit`.
            Y: As in `Blend.fit`.
            sample_weight: As in `Blend.fit`.
            groups: As in `Blend.fit`.
            folds: (n_rows,) labels of the rows that were validated together (default: all were). A metric that is no
                mean over rows is computed for each fold.

        Raises:
            InputError: There is nothing to blend, no target, or the shapes disagree.
            ParameterError: A parameter is out of range.
        """
        if self.on_gram:
            return super().fit(predictions, Y, sample_weight, groups)
        self.check_parameters()
        matrices = checked(predictions)
        if Y is None:
            raise InputError("Y: a blend that learns needs the targets of its out-of-fold predictions")
        n_rows, n_targets = next(iter(matrices.values())).shape
        truth = as_matrix(Y, "Y", n_rows, n_targets, allow_nan=True)
        of_groups = None if groups is None else row_labels(groups, len(truth))
        weights = row_weights(sample_weight, len(truth))
        labels = np.zeros(len(truth)) if folds is None else row_labels(folds, len(truth))
        candidates = WideCandidates(self._metric, weights, matrices, truth, labels, of_groups)
        self.names_: np.ndarray = np.asarray(candidates.names, dtype=str)
        self.weights_: Doubles = self._choose(candidates)
        self.score_: float = candidates.score(self.weights_)
        return self

    def report(self) -> dict[str, Any]:
        """Return the learnt weights, and the metric of the blend on what they were learnt from."""
        return super().report() | {"fitted_metric": self.objective}

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        return self._choose(self._on_gram(gram, row_weights))

    def _score(self, gram: RowGram, row_weights: Doubles) -> float:
        return self._on_gram(gram, row_weights).score(self.weights_)

    def _on_gram(self, gram: RowGram, row_weights: Doubles) -> GramCandidates:
        metric = self._metric
        if not isinstance(metric, DistanceMetric):
            raise InputError(f"{self.kind} by {self.objective} cannot be fitted on inner products; call fit")
        return GramCandidates(metric, row_weights, gram)

    @abstractmethod
    def _choose(self, candidates: Candidates) -> Doubles:
        """Return the (n_members,) weights, in the order of the candidates' names."""
