"""Metrics that are computed for every target over all rows, and are no mean over rows."""

from __future__ import annotations

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.metrics.base import METRICS
from kit.metrics.blocks import BLOCK_SIZE
from kit.metrics.weighted import WeightedMetric

_NOISE = 1e-12
"""A variance below this share of the mean square is what rounding leaves of a constant."""


@METRICS.register("target_pearson")
class TargetPearson(WeightedMetric):
    """Mean over targets (genes) of the Pearson correlation across rows; a constant target counts 0.

    It asks whether the rows are told apart, target by target, while ``pearson`` asks whether the targets are told
    apart in every row: predicting the mean profile for all rows scores 0 here and often high there. A single row, in
    which nothing varies, scores 0 as well.
    """

    greater_is_better = True
    best = 1.0

    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) scores by weights (n_resamples, n_rows) of the rows."""
        total = np.zeros(len(weights))
        for columns in blocks(Y.shape[1], max(len(Y), len(weights)), BLOCK_SIZE):
            y, p = Y[:, columns].astype(np.float64), predictions[:, columns].astype(np.float64)
            # Moments about the mean of all rows lose nothing to cancellation where the rows drawn have another one.
            y, p = y - y.mean(axis=0), p - p.mean(axis=0)
            covariance = weights @ (y * p) - (weights @ y) * (weights @ p)
            deviations = _deviations(y, weights) * _deviations(p, weights)
            correlations = np.divide(covariance, deviations, out=np.zeros_like(covariance), where=deviations > 0)
            total += np.clip(correlations, -1.0, 1.0).sum(axis=1)
        means: Doubles = total / Y.shape[1]
        return means


@METRICS.register("explained_variance")
class ExplainedVariance(WeightedMetric):
    """Share of the targets' variance over rows that is explained: 1 − Σ_j Var(y_j − ŷ_j) / Σ_j Var(y_j).

    A prediction that is the same for all rows scores 0, whatever its offset. Where nothing varies (a single row), it
    is 1 for a prediction without error but an offset, else 0.

    Source: ``explained_variance_score`` of scikit-learn, with targets weighted by their variance.
    """

    greater_is_better = True
    best = 1.0

    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) scores by weights (n_resamples, n_rows) of the rows."""
        left, whole = _total_variance(Y, predictions, weights), _total_variance(Y, np.zeros_like(Y), weights)
        unexplained = np.divide(left, whole, out=(left > 0).astype(np.float64), where=whole > 0)
        explained: Doubles = 1 - unexplained
        return explained


def _total_variance(Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
    """Return (n_resamples,) the sum over targets of the weighted variances of Y − predictions, 0 for constants.

    With E the errors about their means and w the weights of a resample, it is w·diag(EE') − w'EE'w.
    """
    gram = np.zeros((len(Y), len(Y)))
    for columns in blocks(Y.shape[1], len(Y), BLOCK_SIZE):
        errors = Y[:, columns].astype(np.float64) - predictions[:, columns]
        errors -= errors.mean(axis=0)
        gram += errors @ errors.T
    squares = weights @ np.diagonal(gram)
    total = squares - ((weights @ gram) * weights).sum(axis=1)
    return np.where(total > _NOISE * squares, total, 0.0)


def _deviations(values: Doubles, weights: Doubles) -> Doubles:
    """Return (n_resamples, n_columns) weighted standard deviations, exactly 0 for constants."""
    squares = weights @ values**2
    variance = squares - (weights @ values) ** 2
    return np.sqrt(np.where(variance > _NOISE * squares, variance, 0.0))
