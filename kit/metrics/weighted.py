"""Base class of metrics that are computed for many weightings of the rows together."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats
from kit.gaps import measured_rows
from kit.metrics.base import Metric, as_weights
from kit.metrics.blocks import as_pair


class WeightedMetric(Metric):
    """A metric that is no mean over rows, computed for many resamples of them at once.

    Subclasses that say ``allow_nan_targets`` are given NaN where a target was not measured.
    """

    def __call__(self, Y: ArrayLike, predictions: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the score of predictions (n_rows, n_targets), by the rows' weights where these are given.

        Raises:
            InputError: The two are not finite numeric matrices of one shape or are empty, or the weights do not fit.
        """
        Y, predictions = as_pair(Y, predictions, self.allow_nan_targets)
        weights = np.ones(len(Y)) if sample_weight is None else as_weights(sample_weight, len(Y))
        return float(self.resampled(Y, predictions, weights[None])[0])

    def resampled(self, Y: ArrayLike, predictions: ArrayLike, counts: Doubles) -> Doubles:
        """Return the (n_resamples,) scores of resamples, all of them by a few matrix products.

        Args:
            Y: (n_rows, n_targets) targets.
            predictions: (n_rows, n_targets).
            counts: (n_resamples, n_rows) weights of the rows.
        """
        truth, given = as_pair(Y, predictions, self.allow_nan_targets)
        measured = measured_rows(truth)
        if not measured.all():
            # A row that measured nothing is as if it were not there.
            truth, given, counts = truth[measured], given[measured], counts[:, measured]
        return self.of_weights(truth, given, counts / counts.sum(axis=1, keepdims=True))

    @abstractmethod
    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) scores by weights (n_resamples, n_rows) of the rows, with the sum 1 each.

        Args:
            Y: (n_rows, n_targets) targets, finite; with ``allow_nan_targets`` also NaN, where one was not measured.
            predictions: (n_rows, n_targets), finite.
            weights: (n_resamples, n_rows).
        """
