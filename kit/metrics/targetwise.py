"""Metrics that are computed for every target over all rows, and are no mean over rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.gaps import has_gaps, split_gaps
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
    allow_nan_targets = True

    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) scores by weights (n_resamples, n_rows) of the rows."""
        if has_gaps(Y):
            moments = _Moments.of(Y, predictions, weights)
            norms = np.sqrt(moments.of_targets * moments.of_predictions)
            correlations = np.divide(moments.covariance, norms, out=np.zeros_like(norms), where=norms > 0)
            counted = np.maximum(moments.measured.sum(axis=1), 1)
            return np.asarray(np.clip(correlations, -1.0, 1.0).sum(axis=1) / counted)
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
    allow_nan_targets = True

    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) scores by weights (n_resamples, n_rows) of the rows."""
        if has_gaps(Y):
            moments = _Moments.of(Y, Y - predictions, weights)
            left, whole = moments.of_predictions.sum(axis=1), moments.of_targets.sum(axis=1)
        else:
            left, whole = _total_variance(Y, predictions, weights), _total_variance(Y, np.zeros_like(Y), weights)
        unexplained = np.divide(left, whole, out=(left > 0).astype(np.float64), where=whole > 0)
        explained: Doubles = 1 - unexplained
        return explained


@dataclass(frozen=True)
class _Moments:
    """Weighted second moments of targets with gaps about their means, each by the rows that measured the target.

    Attributes:
        covariance: (n_resamples, n_targets) of targets and predictions.
        of_targets: (n_resamples, n_targets) variances of the targets, 0 for constants.
        of_predictions: (n_resamples, n_targets) those of the predictions for the same rows.
        measured: (n_resamples, n_targets) whether a drawn row measured the target.
    """

    covariance: Doubles
    of_targets: Doubles
    of_predictions: Doubles
    measured: np.ndarray

    @classmethod
    def of(cls, Y: Floats, predictions: Floats, weights: Doubles) -> _Moments:
        """Compute them for each of (n_resamples, n_rows) weightings of the rows."""
        y, measured = split_gaps(Y)
        p = np.where(measured > 0, predictions, 0.0).astype(np.float64)
        # Moments about the mean of all rows lose nothing to cancellation where the rows drawn have another one.
        counts = np.maximum(measured.sum(axis=0), 1)
        y, p = (measured * (values - values.sum(axis=0) / counts) for values in (y, p))
        total = weights @ measured
        shares = np.maximum(total, np.finfo(np.float64).tiny)
        mean_y, mean_p = weights @ y / shares, weights @ p / shares
        square_y, square_p = weights @ y**2 / shares, weights @ p**2 / shares
        of_y, of_p = square_y - mean_y**2, square_p - mean_p**2
        return cls(
            weights @ (y * p) / shares - mean_y * mean_p,
            np.where(of_y > _NOISE * square_y, of_y, 0.0),
            np.where(of_p > _NOISE * square_p, of_p, 0.0),
            total > 0,
        )


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
