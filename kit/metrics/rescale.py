"""The score after the single best rescale: how much of a score is the predictions' overall size.

A prediction that is right in direction and wrong in size can be turned into a better score by one factor (a known trick
on MRRMSE leaderboards), so that two models compare fairly only with both scores shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from kit.arrays import Floats
from kit.errors import InputError
from kit.gaps import measured_rows
from kit.metrics.base import Metric, metric_name
from kit.metrics.blocks import as_pair, row_blocks
from kit.metrics.rowwise import MRRMSE, MeanAbsoluteError

_MRRMSE = MRRMSE()


class BestScale(NamedTuple):
    """The factor that predictions are best multiplied by.

    Attributes:
        scale: The factor; 1 when every prediction is zero, negative when predictions point the wrong way.
        score: The metric of the rescaled predictions, never worse than that of the predictions as they are.
    """

    scale: float
    score: float


def best_scale(Y: ArrayLike, P: ArrayLike, metric: Metric = _MRRMSE) -> BestScale:
    """Return the one factor on all predictions that minimises a metric, and the metric there.

    Both metrics are convex in the factor s and at least |s|·mean‖p‖ − mean‖y‖ (in the metric's own norm of a row),
    while s = 0 scores mean‖y‖; hence the minimum lies in |s| ≤ 2·mean‖y‖ / mean‖p‖.

    Args:
        Y: (n_rows, n_targets) targets, NaN where one was not measured.
        P: (n_rows, n_targets) predictions.
        metric: The root mean squared error of a row (`MRRMSE`), where every trial factor costs n_rows operations, or
            the mean absolute one (`MeanAbsoluteError`), where it costs all values. The correlations and the cosine do
            not change with a positive factor.

    Raises:
        InputError: The matrices are not finite, not of one shape or empty, or the metric is another.
    """
    truth, predicted = as_pair(Y, P, allow_nan=True)
    measured = measured_rows(truth)
    if not measured.all():
        truth, predicted = truth[measured], predicted[measured]
    if isinstance(metric, MRRMSE):
        score, least_squares, bound = _mrrmse_by_scale(truth, predicted, metric)
    elif isinstance(metric, MeanAbsoluteError):
        score, least_squares, bound = _mae_by_scale(truth, predicted)
    else:
        raise InputError(f"no best scale by {metric_name(metric)}; expected mrrmse or mae")
    if not np.isfinite(bound):
        return BestScale(1.0, score(1.0))
    found = minimize_scalar(score, bounds=(-bound, bound), method="bounded", options={"xatol": 1e-9 * bound})
    # Predictions that are right but for one factor have a kink at their minimum; least squares meets it exactly.
    return min((BestScale(s, score(s)) for s in (1.0, least_squares, float(found.x))), key=lambda best: best.score)


Score = Callable[[float], float]


def _mrrmse_by_scale(Y: Floats, P: Floats, metric: MRRMSE) -> tuple[Score, float, float]:
    """Return the MRRMSE as a function of the factor, the least-squares factor and a bound of the best one."""
    curvature, vertex, lowest, lengths, n_targets = (np.zeros(len(Y)) for _ in range(5))
    for rows, block in row_blocks(Y, P):
        y, p = block.targets, block.predictions
        squares = np.einsum("ij,ij->i", p, p)
        products = np.einsum("ij,ij->i", y, p)
        own = np.divide(products, squares, out=np.zeros_like(products), where=squares > 0)
        # ‖y − s·p‖² = lowest + curvature·(s − own)²; written out as ‖y‖² − 2s·y'p + s²‖p‖² it would cancel.
        rest = y - own[:, None] * p
        curvature[rows], vertex[rows], lowest[rows] = squares, own, np.einsum("ij,ij->i", rest, rest)
        lengths[rows], n_targets[rows] = np.sqrt(np.einsum("ij,ij->i", y, y)), y.shape[1]

    def score(scale: float) -> float:
        return float(metric.of_squares(lowest + curvature * (scale - vertex) ** 2, n_targets).mean())

    total = curvature.sum()
    if total == 0:
        return score, 1.0, np.inf
    return score, float(curvature @ vertex / total), float(2 * lengths.sum() / np.sqrt(curvature).sum())


def _mae_by_scale(Y: Floats, P: Floats) -> tuple[Score, float, float]:
    """Return the MAE as a function of the factor, the least-squares factor and a bound of the best one."""

    def score(scale: float) -> float:
        errors = (np.abs(block.targets - scale * block.predictions) for _, block in row_blocks(Y, P))
        return float(sum(of_block.mean(axis=1).sum() for of_block in errors)) / len(Y)

    squares = products = targets = predictions = 0.0
    for _, block in row_blocks(Y, P):
        y, p = block.targets, block.predictions
        squares += float(np.vdot(p, p))
        products += float(np.vdot(y, p))
        targets += float(np.abs(y).sum())
        predictions += float(np.abs(p).sum())
    if predictions == 0:
        return score, 1.0, np.inf
    return score, products / squares, 2 * targets / predictions
