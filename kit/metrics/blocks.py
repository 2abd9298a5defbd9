"""Blocks of rows in float64: what the row-wise metrics are computed from, without a full-width float64 copy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.errors import InputError
from kit.gaps import has_gaps, measured_parts
from kit.large import room

# Doubles in one temporary of a block (2 MB): small enough for a core's cache, large enough to hide NumPy's overhead.
BLOCK_SIZE = 2**18


def as_pair(Y: ArrayLike, predictions: ArrayLike, allow_nan: bool = False) -> tuple[Floats, Floats]:
    """Return targets and predictions as finite float32 matrices of one shape.

    Args:
        Y: (n_rows, n_targets) targets.
        predictions: (n_rows, n_targets).
        allow_nan: Whether targets may be NaN, where a value was not measured.

    Raises:
        InputError: They are not numeric, finite and two-dimensional, differ in shape, or hold nothing to score.
    """
    Y = as_matrix(Y, "targets", allow_nan=allow_nan)
    if not Y.size:
        raise InputError(f"targets: shape {Y.shape} holds nothing to score; give at least one row and one target")
    if allow_nan and np.isnan(Y).all():
        raise InputError("targets: no value was measured (all are NaN); there is nothing to score")
    return Y, as_matrix(predictions, "predictions", *Y.shape)


def average_ranks(values: Floats) -> Doubles:
    """Return the rank (1 to n_columns) of every value in its row, tied values sharing the mean of their ranks.

    Equal to ``scipy.stats.rankdata(values, axis=1)`` for finite values, in a third of its time: it sorts float32.

    Args:
        values: (n_rows, n_columns) finite.
    """
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, values.shape[1] + 1)[None], axis=1)
    tied = np.flatnonzero((ascending[:, 1:] == ascending[:, :-1]).any(axis=1))
    if tied.size:
        of_tied = np.empty((len(tied), values.shape[1]))
        np.put_along_axis(of_tied, order[tied], _shared_ranks(ascending[tied]), axis=1)
        ranks[tied] = of_tied
    return ranks


def _shared_ranks(ascending: Floats) -> Doubles:
    """Return the ranks of values that ascend in every row, those of a run of equal ones the mean of the run."""
    n_rows, n_columns = ascending.shape
    opens_run = np.ones((n_rows, n_columns), dtype=bool)
    np.not_equal(ascending[:, 1:], ascending[:, :-1], out=opens_run[:, 1:])
    starts = np.flatnonzero(opens_run)
    lengths = np.diff(starts, append=n_rows * n_columns)
    return np.repeat(starts % n_columns + (lengths + 1) / 2, lengths).reshape(n_rows, n_columns)


class RowBlock:
    """A block of rows of targets and predictions; differences, centred values and ranks are computed on first use.

    Args:
        targets: (n_rows, n_targets) float32, finite.
        predictions: (n_rows, n_targets) float32, finite.
        ranks: (n_rows, n_targets) the targets' average ranks, where they are known.
    """

    def __init__(self, targets: Floats, predictions: Floats, ranks: Floats | None = None) -> None:
        self._targets = targets
        self._predictions = predictions
        self._ranks = ranks

    @cached_property
    def targets(self) -> Doubles:
        """(n_rows, n_targets) float64."""
        return self._targets.astype(np.float64)

    @cached_property
    def predictions(self) -> Doubles:
        """(n_rows, n_targets) float64."""
        return self._predictions.astype(np.float64)

    @cached_property
    def difference(self) -> Doubles:
        """(n_rows, n_targets) targets minus predictions."""
        return self.targets - self.predictions

    @cached_property
    def centred(self) -> tuple[Doubles, Doubles]:
        """Targets and predictions less their row means; a constant row becomes exactly zero.

        Exactly, because float32 values sum without rounding in float64 where all are equal (up to 2²⁹ of them).
        """
        return (
            self.targets - self.targets.mean(axis=1, keepdims=True),
            self.predictions - self.predictions.mean(axis=1, keepdims=True),
        )

    @cached_property
    def centred_ranks(self) -> tuple[Doubles, Doubles]:
        """Average ranks of targets and predictions less their mean, (n_targets + 1) / 2 whatever the ties."""
        middle = (self._targets.shape[1] + 1) / 2
        of_targets = average_ranks(self._targets) if self._ranks is None else self._ranks.astype(np.float64)
        return of_targets - middle, self._ranked_predictions() - middle

    def _ranked_predictions(self) -> Doubles:
        """Return the ranks of predictions, of which those that are the same for every row are ranked once."""
        first = self._predictions[:1]
        if (self._predictions == first).all():
            return np.broadcast_to(average_ranks(first), self._predictions.shape)
        return average_ranks(self._predictions)


def ranks_of(Y: Floats) -> Floats | None:
    """Return the average ranks of targets, (n_rows, n_targets) float32, for many members that are scored on them.

    None where targets have gaps: a block's ranks are then those of what its rows measured. Ranks are exact in float32.
    """
    if has_gaps(Y) or Y.shape[1] > 2**22:
        return None
    ranks = room(Y.shape)
    for rows in blocks(Y.shape[0], Y.shape[1], BLOCK_SIZE):
        ranks[rows] = average_ranks(Y[rows])
    return ranks


def row_blocks(Y: Floats, predictions: Floats, ranks: Floats | None = None) -> Iterator[tuple[slice | Ints, RowBlock]]:
    """Yield the blocks of two checked matrices (see `as_pair`), with the rows that each is of.

    ``ranks`` are what `ranks_of` returns for these targets, where somebody has them.

    Where targets have gaps, a block is of rows that measured the same targets, and of these targets alone; rows that
    measured none are in no block.
    """
    if has_gaps(Y):
        for alike, columns in measured_parts(Y):
            for part in blocks(len(alike), len(columns), BLOCK_SIZE):
                measured = np.ix_(alike[part], columns)
                yield alike[part], RowBlock(Y[measured], predictions[measured])
        return
    for rows in blocks(Y.shape[0], Y.shape[1], BLOCK_SIZE):
        yield rows, RowBlock(Y[rows], predictions[rows], None if ranks is None else ranks[rows])
