"""Metrics of the order in which the other rows come by their similarity to a row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks, unit_rows
from kit.classes import true_classes
from kit.errors import InputError
from kit.metrics.base import METRICS, RowMetric
from kit.plugins import RETRIEVAL

Similarity = Literal["cosine", "pearson", "euclidean"]
"""How alike two vectors are: the cosine, Pearson's correlation, or the negative Euclidean distance."""


class RetrievalMetric(RowMetric):
    """A value a row that says whether the other rows of its label are nearest to it, among all other rows given.

    Predictions are (n_rows, n_dims) vectors of any width. A row whose label no other row has cannot be found: its
    value is NaN, and it counts not at all, but it is one of those among which others are searched.
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})
    greater_is_better: ClassVar[bool] = True
    best: ClassVar[float] = 1.0
    compares_values: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = False

    similarity: Similarity

    def per_row(self, Y: ArrayLike, predictions: ArrayLike, apart: ArrayLike | None = None) -> Doubles:
        """Return the (n_rows,) values of rows.

        Args:
            Y: (n_rows, n_labels) 1 in the column of a row's label, zeros elsewhere.
            predictions: (n_rows, n_dims) finite vectors.
            apart: (n_rows,) values, such as compounds where labels are mechanisms: rows that share one are left out
                where the other is searched. None leaves out a row itself alone.

        Raises:
            InputError: They are no finite matrices of as many rows, a row is of no single label, no label has two rows
                (or two values of ``apart``), or rows of one value have several labels.
        """
        truth = as_matrix(Y, "targets")
        given = as_matrix(predictions, "predictions", n_rows=len(truth))
        codes = true_classes(truth)
        blocks_of = blocks_of_rows(apart, codes)
        positives = np.bincount(codes, minlength=truth.shape[1])[codes] - np.bincount(blocks_of)[blocks_of]
        if not positives.any():
            raise InputError(f"{self.kind}: none of the {len(codes)} rows shares its label with another one")
        values = np.full(len(codes), np.nan)
        for rows, similarities in similarity_blocks(given, self.similarity, blocks_of):
            same = (codes[rows][:, None] == codes) & (blocks_of[rows][:, None] != blocks_of)
            values[rows] = self.of_order(similarities, same, positives[rows])
        values[positives == 0] = np.nan
        return values

    @abstractmethod
    def of_order(self, similarities: Doubles, same: np.ndarray, positives: Ints) -> Doubles:
        """Return the values of some rows.

        Args:
            similarities: (n_some, n_rows) to all rows; to those that are no answer, as a row itself, −∞.
            same: (n_some, n_rows) which rows have the same label, and are an answer.
            positives: (n_some,) how many these are.
        """


def blocks_of_rows(apart: ArrayLike | None, codes: Ints) -> Ints:
    """Return the (n_rows,) number of the block of each row: rows of one block are no answers to each other.

    Args:
        apart: (n_rows,) values that blocks share; None makes each row one of its own.
        codes: (n_rows,) the labels.

    Raises:
        InputError: There are not as many values as rows, or rows of one block have several labels.
    """
    if apart is None:
        return np.arange(len(codes))
    values = np.asarray(apart)
    if values.shape != codes.shape:
        raise InputError(f"apart: expected one value for each of {len(codes)} rows, got shape {values.shape}")
    names, numbers = np.unique(values.astype(str), return_inverse=True)
    label_of = np.empty(len(names), dtype=np.intp)
    label_of[numbers] = codes
    if (label_of[numbers] != codes).any():
        at = int((label_of[numbers] != codes).argmax())
        raise InputError(
            f"apart: rows of {str(names[numbers[at]])!r} have several labels; a label is of whole compounds"
        )
    return numbers.astype(np.intp)


def similarity_blocks(vectors: Floats, similarity: Similarity, apart: Ints) -> Iterator[tuple[slice, Doubles]]:
    """Yield the similarities of some rows at a time to all rows, with −∞ for those of a row's own block.

    Args:
        vectors: (n_rows, n_dims).
        similarity: The cosine, or Pearson's correlation, which of a vector that is zero (or constant) is 0; or the
            negative Euclidean distance.
        apart: (n_rows,) the number of each row's block.
    """
    units = vectors.astype(np.float64)
    if similarity == "pearson":
        units -= units.mean(axis=1, keepdims=True)
    if similarity != "euclidean":
        units = unit_rows(units)
    for rows in blocks(len(units), len(units)):
        similarities = -cdist(units[rows], units) if similarity == "euclidean" else units[rows] @ units.T
        similarities[apart[rows][:, None] == apart] = -np.inf
        yield rows, similarities


@METRICS.register("map")
@dataclass(eq=False, repr=False)
class MeanAveragePrecision(RetrievalMetric):
    """Mean over rows of the average precision with which the other rows of a row's label are found.

    A random order gets about the share of such rows, more where there are few: with 3 of 15 rows, 0.333.

    Args:
        similarity: ``cosine``, ``pearson``, or ``euclidean``, by which the nearest vector comes first.

    Source: ``average_precision_score`` of scikit-learn, the row itself left out; ``average_precision`` of copairs
    (Kalinin et al. 2024), which breaks ties by position where here they share a precision.
    """

    similarity: Similarity = "cosine"

    def of_order(self, similarities: Doubles, same: np.ndarray, positives: Ints) -> Doubles:
        """Return the average precision of some rows."""
        order = np.argsort(-similarities, axis=1, kind="stable")[:, :-1]  # a row itself is among the last
        found = np.take_along_axis(same, order, axis=1)
        ranked = np.take_along_axis(similarities, order, axis=1)
        precision = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
        # Rows that are equally similar are found together: each has the precision at the end of their run.
        ends = np.ones(found.shape, dtype=bool)
        ends[:, :-1] = ranked[:, :-1] != ranked[:, 1:]
        places = np.where(ends, np.arange(found.shape[1]), found.shape[1])
        last = np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1]
        total = (np.take_along_axis(precision, last, axis=1) * found).sum(axis=1)
        return _shares(total, positives)


@METRICS.register("precision_at_r")
@dataclass(eq=False, repr=False)
class PrecisionAtR(RetrievalMetric):
    """Mean over rows of the share of a row's label among the R nearest rows, R being the number of its other rows.

    A random order gets the share of such rows among all others. Equally similar rows come in the order given.

    Args:
        similarity: ``cosine``, ``pearson``, or ``euclidean``, by which the nearest vector comes first.
    """

    similarity: Similarity = "cosine"

    def of_order(self, similarities: Doubles, same: np.ndarray, positives: Ints) -> Doubles:
        """Return the precision of some rows."""
        order = np.argsort(-similarities, axis=1, kind="stable")
        found = np.take_along_axis(same, order, axis=1)
        hits = (found & (np.arange(found.shape[1]) < positives[:, None])).sum(axis=1)
        return _shares(hits.astype(np.float64), positives)


def _shares(found: Doubles, positives: Ints) -> Doubles:
    shares: Doubles = np.divide(found, positives, out=np.full(len(found), np.nan), where=positives > 0)
    return shares


RETRIEVAL_METRICS: tuple[RowMetric, ...] = (MeanAveragePrecision(), PrecisionAtR())
"""The metrics of every table of a retrieval, beside the competition's own."""
