"""Metrics that compare a row with the other rows of its group (its context, the cell type) alone."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, unit_rows
from kit.errors import InputError
from kit.gaps import has_gaps, split_gaps
from kit.metrics.base import METRICS, Metric, as_weights
from kit.metrics.weighted import WeightedMetric

_NOISE = 1e-12
"""A squared length below this share of that of the profiles is what float32 leaves of two equal ones."""


class GroupMetric(WeightedMetric):
    """A mean over rows of a value that depends on the other rows of the same group.

    A call takes the rows of *one* group. Whoever has rows of several calls `score`, which takes each group for itself
    and averages over rows.
    """

    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) means over rows by weights (n_resamples, n_rows)."""
        means: Doubles = (weights * self.of_rows(Y, predictions, weights)).sum(axis=1)
        return means

    @abstractmethod
    def of_rows(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the value of each row of one group, in each of several resamples.

        Args:
            Y: (n_rows, n_targets) targets.
            predictions: (n_rows, n_targets).
            weights: (n_resamples, n_rows) what each row counts as one of the others, with the sum 1.

        Returns:
            (n_resamples, n_rows).
        """


def score(
    metric: Metric,
    Y: Floats,
    predictions: Floats,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return any metric of rows that may belong to several groups.

    Args:
        metric: The metric; a `GroupMetric` is computed for each group and averaged by the weights of their rows.
        Y: (n_rows, n_targets) targets.
        predictions: (n_rows, n_targets).
        groups: (n_rows,) the rows' groups; only a `GroupMetric` reads them.
        sample_weight: (n_rows,) as in `Metric.__call__`.

    Raises:
        InputError: As in `Metric.__call__`, or a `GroupMetric` is given no groups, or not one a row.
    """
    if not isinstance(metric, GroupMetric):
        return metric(Y, predictions, sample_weight)
    weights = np.ones(len(Y)) if sample_weight is None else as_weights(sample_weight, len(Y))
    return float(resampled_scores(metric, Y, predictions, groups, weights[None])[0])


def resampled_scores(
    metric: Metric, Y: Floats, predictions: Floats, groups: ArrayLike | None, counts: Doubles
) -> Doubles:
    """Return the (n_resamples,) scores of resamples of rows that may belong to several groups.

    Args:
        metric: As in `score`.
        Y: (n_rows, n_targets) targets.
        predictions: (n_rows, n_targets).
        groups: As in `score`.
        counts: (n_resamples, n_rows) how often each row is drawn; no resample is empty.

    Raises:
        InputError: As in `score`.
    """
    if not isinstance(metric, GroupMetric):
        return metric.resampled(Y, predictions, counts)
    total = np.zeros(len(counts))
    for rows in _rows_of_groups(metric, groups, len(Y)):
        of_group = counts[:, rows]
        weights = of_group.sum(axis=1)
        drawn = weights > 0
        if drawn.any():
            total[drawn] += weights[drawn] * metric.resampled(Y[rows], predictions[rows], of_group[drawn])
    means: Doubles = total / counts.sum(axis=1)
    return means


def _rows_of_groups(metric: Metric, groups: ArrayLike | None, n_rows: int) -> list[np.ndarray]:
    if groups is None:
        raise InputError(f"{metric.kind} compares rows within their groups (contexts): give the rows' groups")
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise InputError(f"groups: expected one label for each of {n_rows} rows, got shape {labels.shape}")
    _, codes = np.unique(labels.astype(str), return_inverse=True)
    return [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]


@METRICS.register("delta_pearson")
class DeltaPearson(GroupMetric):
    """Mean correlation of differences to the context's mean: what is special of a compound, not of its context.

    With c the mean of the true profiles of the rows of one context (its centroid over compounds), a row's value is the
    Pearson correlation over targets of y − c and ŷ − c. Predicting the context's mean scores 0, however well it
    correlates with every row; a correlation that is not defined (a difference that is constant or zero) counts 0.

    Source: correlation to the perturbed centroid of Systema (Viñas Torné et al., Nature Biotechnology 2025); equals
    ``delta_pearson`` of ``cell-eval2`` with the centroid as the control of both sides.
    """

    greater_is_better = True
    best = 1.0
    allow_nan_targets = True

    def of_rows(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the correlation of every row with each resample's centroid, from inner products of rows."""
        if has_gaps(Y):
            return np.stack([_measured_correlations(Y, predictions, drawn) for drawn in weights])
        y, p = Y.astype(np.float64), predictions.astype(np.float64)
        y, p = y - y.mean(axis=1, keepdims=True), p - p.mean(axis=1, keepdims=True)
        lengths = [np.einsum("ij,ij->i", values, values) for values in (y, p)]
        # About the mean of all rows, so that nothing is lost to cancellation where they are much alike.
        middle = y.mean(axis=0)
        y, p = y - middle, p - middle
        along_y, along_p = weights @ (y @ y.T), weights @ (y @ p.T)
        centroid = (weights * along_y).sum(axis=1, keepdims=True)
        products = np.einsum("ij,ij->i", y, p) - along_y - along_p + centroid
        of_y = np.einsum("ij,ij->i", y, y) - 2 * along_y + centroid
        of_p = np.einsum("ij,ij->i", p, p) - 2 * along_p + centroid
        defined = (of_y > _NOISE * lengths[0]) & (of_p > _NOISE * (lengths[1] + centroid))
        norms = np.sqrt(np.where(defined, of_y * of_p, 1.0))
        correlations: Doubles = np.clip(np.where(defined, products / norms, 0.0), -1.0, 1.0)
        return correlations


@METRICS.register("discrimination")
class Discrimination(GroupMetric):
    """Mean rank of a row's own true profile among those of its context, by cosine to the prediction.

    A row's value is 1 − (number of other true profiles that are nearer to the prediction than its own, ties counting a
    half) / (number of others): 1 where every prediction is nearest to its own row, ½ by chance, and ½ too for one
    profile predicted everywhere. Rows with the very same true profile cannot be told apart and are not counted against
    each other; a row without any other counts ½. The cosine with a row of zeros is 0.

    Source: perturbation discrimination score, ``pds_cosine`` of ``cell-eval2`` (denominator n − 1, ties at mid-rank).
    """

    greater_is_better = True
    best = 1.0
    allow_nan_targets = True

    def of_rows(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the rank of every row's own profile among the others of each resample, as a share from 0 to 1."""
        cosines = _measured_cosines(predictions, Y) if has_gaps(Y) else unit_rows(predictions) @ unit_rows(Y).T
        own = np.diagonal(cosines)[:, None]
        _, profile = np.unique(np.nan_to_num(Y), axis=0, return_inverse=True)
        others = (profile.reshape(-1, 1) != profile.reshape(1, -1)).astype(np.float64)
        nearer = ((cosines > own) + 0.5 * (cosines == own)) * others
        ahead, among = weights @ nearer.T, weights @ others.T
        shares = np.divide(ahead, among, out=np.full_like(ahead, 0.5), where=among > 0)
        ranks: Doubles = np.clip(1 - shares, 0.0, 1.0)
        return ranks


def _measured_correlations(Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
    """Return (n_rows,) correlations of differences to the measured centroid, over what each row measured."""
    values, measured = split_gaps(Y)
    totals = weights @ measured
    centroid = np.divide(weights @ values, totals, out=np.zeros(Y.shape[1]), where=totals > 0)
    counts = measured.sum(axis=1, keepdims=True)
    sides = [measured * (side - centroid) for side in (values, predictions.astype(np.float64))]
    y, p = (measured * (side - side.sum(axis=1, keepdims=True) / counts) for side in sides)
    lengths = [np.einsum("ij,ij->i", side, side) for side in (y, p)]
    # What float32 leaves of a row that is the centroid itself is no direction.
    scales = [np.einsum("ij,ij->i", side, side) for side in (values, measured * predictions)]
    defined = (lengths[0] > _NOISE * scales[0]) & (lengths[1] > _NOISE * (scales[1] + scales[0]))
    norms = np.sqrt(np.where(defined, lengths[0] * lengths[1], 1.0))
    return np.asarray(np.clip(np.where(defined, np.einsum("ij,ij->i", y, p) / norms, 0.0), -1.0, 1.0))


def _measured_cosines(predictions: Floats, Y: Floats) -> Doubles:
    """Return (n_rows, n_rows) cosines of every prediction with every true row, over what the true row measured."""
    values, measured = split_gaps(Y)
    p = predictions.astype(np.float64)
    norms = np.sqrt(np.square(p) @ measured.T) * np.sqrt(np.einsum("ij,ij->i", values, values))
    return np.asarray(np.divide(p @ values.T, norms, out=np.zeros_like(norms), where=norms > 0))
