"""Metrics of classes that are no mean over rows: they are computed from how often each class is met, named and hit."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from scipy.sparse import csr_matrix

from kit.arrays import Doubles, Floats, Ints
from kit.classes import check_classes, true_classes
from kit.metrics.base import METRICS
from kit.metrics.weighted import WeightedMetric
from kit.plugins import CLASSIFICATION


class ConfusionMetric(WeightedMetric):
    """A metric that goes by the likeliest class of every row, of equally likely ones the first."""

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})
    greater_is_better: ClassVar[bool] = True
    best: ClassVar[float] = 1.0

    def check_targets(self, n_targets: int) -> None:
        """Check that there are several classes."""
        check_classes(n_targets)

    def of_weights(self, Y: Floats, predictions: Floats, weights: Doubles) -> Doubles:
        """Return the (n_resamples,) scores by weights (n_resamples, n_rows) of the rows."""
        self.check_targets(Y.shape[1])
        codes, named = true_classes(Y), predictions.argmax(axis=1)
        n_classes = Y.shape[1]
        met, said = _totals(weights, codes, n_classes), _totals(weights, named, n_classes)
        hit = _totals(weights * (codes == named), codes, n_classes)
        return self.of_counts(hit, met, said)

    @abstractmethod
    def of_counts(self, hit: Doubles, met: Doubles, said: Doubles) -> Doubles:
        """Return the (n_resamples,) scores.

        Args:
            hit: (n_resamples, n_classes) the weight of the rows of a class that are predicted as such.
            met: (n_resamples, n_classes) the weight of the rows of a class.
            said: (n_resamples, n_classes) the weight of the rows that are predicted as a class.
        """


@METRICS.register("balanced_accuracy")
class BalancedAccuracy(ConfusionMetric):
    """Mean over the classes that occur of the share of their rows that are hit. A guess: 1 / K.

    Source: ``balanced_accuracy_score`` of scikit-learn.
    """

    def of_counts(self, hit: Doubles, met: Doubles, said: Doubles) -> Doubles:
        """Return the mean recall over classes."""
        recall = np.divide(hit, met, out=np.zeros_like(hit), where=met > 0)
        return np.asarray(recall.sum(axis=1) / (met > 0).sum(axis=1))


@METRICS.register("f1")
@dataclass(eq=False, repr=False)
class F1(ConfusionMetric):
    """Mean over classes of F1, the harmonic mean of precision and recall.

    A guess by equal chances gets, for a class of the share q, 2q / (qK + 1): 1 / K where all classes are as frequent.

    Args:
        average: ``macro``: classes count the same, those that neither occur nor are predicted not at all; ``weighted``:
            by their numbers of rows.

    Source: ``f1_score`` of scikit-learn with ``zero_division=0``.
    """

    average: Literal["macro", "weighted"] = "macro"

    def of_counts(self, hit: Doubles, met: Doubles, said: Doubles) -> Doubles:
        """Return the mean of F1 over classes."""
        both = met + said
        f1 = np.divide(2 * hit, both, out=np.zeros_like(hit), where=both > 0)
        return _mean_of_classes(f1, met, said, self.average)


@METRICS.register("precision")
@dataclass(eq=False, repr=False)
class Precision(ConfusionMetric):
    """Mean over classes of precision: the share of the rows named as a class that are of it. A guess: 1 / K.

    Recall has metrics of its own: ``balanced_accuracy`` is its mean over classes, ``accuracy`` the one by rows.

    Args:
        average: ``macro``: classes count the same, those that neither occur nor are predicted not at all; ``weighted``:
            by their numbers of rows. A class that no row is named as has precision 0.

    Source: ``precision_score`` of scikit-learn with ``zero_division=0``.
    """

    average: Literal["macro", "weighted"] = "macro"

    def of_counts(self, hit: Doubles, met: Doubles, said: Doubles) -> Doubles:
        """Return the mean precision over classes."""
        precision = np.divide(hit, said, out=np.zeros_like(hit), where=said > 0)
        return _mean_of_classes(precision, met, said, self.average)


def _mean_of_classes(values: Doubles, met: Doubles, said: Doubles, average: Literal["macro", "weighted"]) -> Doubles:
    """Return the (n_resamples,) means of (n_resamples, n_classes) values; see `ConfusionMetric.of_counts`."""
    counts = met if average == "weighted" else (met + said > 0).astype(np.float64)
    return np.asarray((values * counts).sum(axis=1) / counts.sum(axis=1))


def _totals(weights: Doubles, codes: Ints, n_classes: int) -> Doubles:
    """Return the (n_resamples, n_classes) sums of weights (n_resamples, n_rows) over the rows of each class."""
    member = csr_matrix((np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), n_classes))
    return np.asarray(weights @ member)
