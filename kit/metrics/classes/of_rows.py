"""Row-wise metrics of classes: the mean over rows of how well the true class of each was predicted."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.classes import check_classes, true_classes
from kit.metrics.base import METRICS, RowMetric
from kit.metrics.blocks import BLOCK_SIZE, as_pair
from kit.plugins import CLASSIFICATION

_LEAST = 1e-7
"""The least probability that counts in a logarithm: what float32 tells from 0 beside 1."""


class ClassMetric(RowMetric):
    """A row-wise metric of predicted (n_rows, n_classes) probabilities, or of any scores that are greater if likelier.

    A random guess gets the number that each docstring gives, for K classes.
    """

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})

    def check_targets(self, n_targets: int) -> None:
        """Check that there are several classes."""
        check_classes(n_targets)

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        """Return the (n_rows,) values of predictions.

        Args:
            Y: (n_rows, n_classes) one 1 a row, zeros elsewhere.
            predictions: (n_rows, n_classes) finite.

        Raises:
            InputError: The two are no finite matrices of one shape, or a row is of no single class.
        """
        truth, given = as_pair(Y, predictions)
        self.check_targets(truth.shape[1])
        codes = true_classes(truth)
        parts = [self.per_block(codes[rows], given[rows]) for rows in blocks(len(given), given.shape[1], BLOCK_SIZE)]
        return np.concatenate(parts)

    @abstractmethod
    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return the values of rows whose classes are ``codes``."""


@METRICS.register("accuracy")
class Accuracy(ClassMetric):
    """Share of rows whose likeliest class is the true one; of equally likely classes the first. A guess: 1 / K."""

    greater_is_better = True
    best = 1.0

    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return 1 where the likeliest class is the true one, else 0."""
        hits: Doubles = (predictions.argmax(axis=1) == codes).astype(np.float64)
        return hits


@METRICS.register("top_k")
@dataclass(eq=False, repr=False)
class TopK(ClassMetric):
    """Share of rows whose true class is among the k likeliest. A guess: k / K.

    Of classes that are as likely as the true one, half count as likelier, so that equal probabilities for all are worth
    a guess; a share of a place counts as that share.

    Args:
        k: The number of classes.
    """

    greater_is_better: ClassVar[bool] = True
    best: ClassVar[float] = 1.0

    k: Annotated[int, Ge(1)] = 5

    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return the share of the true class's possible places that are among the first k."""
        ahead, tied = _places(codes, predictions)
        # With t tied classes the true one stands at any of ahead + 1 … ahead + t + 1, all as likely.
        return np.clip((self.k - ahead) / (tied + 1), 0.0, 1.0)


@METRICS.register("mrr")
class ReciprocalRank(ClassMetric):
    """Mean reciprocal rank of the true class among all, by probability. A guess: the mean of 1 / r over r = 1 … K.

    Tied classes share the mean of their ranks.
    """

    greater_is_better = True
    best = 1.0

    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return one over the rank of the true class."""
        ahead, tied = _places(codes, predictions)
        return np.asarray(1.0 / (1.0 + ahead + tied / 2))


@METRICS.register("ndcg")
class NDCG(ClassMetric):
    """Normalised discounted cumulative gain of the true class: 1 / log2(1 + its rank), by probability.

    Tied classes share the mean over their places. A guess: the mean over r = 1 … K of 1 / log2(1 + r).

    Source: ``ndcg_score`` of scikit-learn, with the true class as the only relevant one.
    """

    greater_is_better = True
    best = 1.0

    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return the mean discount of the places that the true class may have."""
        ahead, tied = (places.astype(int) for places in _places(codes, predictions))
        sums = np.cumsum(np.concatenate([[0.0], 1 / np.log2(np.arange(2, predictions.shape[1] + 2))]))
        return np.asarray((sums[ahead + tied + 1] - sums[ahead]) / (tied + 1))


@METRICS.register("log_loss")
class LogLoss(ClassMetric):
    """Mean of −log p of the true class (cross-entropy, in nats). A guess: log K.

    Probabilities are first brought to a sum of 1 a row, and to at least 1e-7; scores below 0 count as 0.
    """

    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return −log of the true class's probability."""
        given = np.maximum(predictions.astype(np.float64), 0.0)
        total = given.sum(axis=1)
        own = np.divide(given[np.arange(len(codes)), codes], total, out=np.zeros(len(codes)), where=total > 0)
        return np.asarray(-np.log(np.clip(own, _LEAST, 1.0)))


def _places(codes: Ints, predictions: Floats) -> tuple[Doubles, Doubles]:
    """Return the (n_rows,) numbers of classes that are likelier than the true one, and as likely."""
    own = predictions[np.arange(len(codes)), codes][:, None]
    ahead, tied = (predictions > own).sum(axis=1), (predictions == own).sum(axis=1) - 1
    return ahead.astype(np.float64), tied.astype(np.float64)


CLASS_METRICS: tuple[RowMetric, ...] = (Accuracy(), TopK(), ReciprocalRank(), LogLoss())
"""The metrics of every table of a classification, beside the competition's own."""
