"""The five row-wise metrics of the Open Problems benchmark of perturbation prediction.

They follow the benchmark's own code (``src/metrics`` of openproblems-bio/task_perturbation_prediction): a value a row,
then the mean over rows; a correlation that is not defined, because a row is constant or zero, counts 0. Unlike there,
a prediction that is not finite is an error and not a 0.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles
from kit.errors import InputError
from kit.metrics.base import METRICS, RowMetric
from kit.metrics.blocks import RowBlock, as_pair, row_blocks


class BlockMetric(RowMetric):
    """A row-wise metric that is computed from one block of rows after another."""

    @abstractmethod
    def per_block(self, block: RowBlock) -> Doubles:
        """Return the (n_rows,) float64 values of a block's rows."""

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        """Return the values of all rows, computed in float64.

        Args:
            Y: (n_rows, n_targets) targets.
            predictions: (n_rows, n_targets).

        Returns:
            (n_rows,) float64.

        Raises:
            InputError: The two are not finite numeric matrices of one shape, or are empty.
        """
        Y, predictions = as_pair(Y, predictions)
        return np.concatenate([self.per_block(block) for _, block in row_blocks(Y, predictions)])


@METRICS.register("mrrmse")
class MRRMSE(BlockMetric):
    """Mean row-wise root mean squared error: the metric of the 2023 competition."""

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the root mean squared error of every row."""
        return np.sqrt(np.einsum("ij,ij->i", block.difference, block.difference) / block.difference.shape[1])


@METRICS.register("mae")
class MeanAbsoluteError(BlockMetric):
    """Mean row-wise mean absolute error."""

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the mean absolute error of every row."""
        return np.abs(block.difference).mean(axis=1)


@METRICS.register("pearson")
class Pearson(BlockMetric):
    """Mean row-wise Pearson correlation; a constant row counts 0."""

    greater_is_better = True
    best = 1.0

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the Pearson correlation of every row."""
        return _cosines(*block.centred)


@METRICS.register("spearman")
class Spearman(BlockMetric):
    """Mean row-wise Spearman correlation, average ranks for ties; a constant row counts 0."""

    greater_is_better = True
    best = 1.0

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the Spearman correlation of every row."""
        return _cosines(*block.centred_ranks)


@METRICS.register("cosine")
class Cosine(BlockMetric):
    """Mean row-wise cosine similarity; a row of zeros counts 0."""

    greater_is_better = True
    best = 1.0

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the cosine similarity of every row."""
        return _cosines(block.targets, block.predictions)


DEFAULT_METRICS: tuple[RowMetric, ...] = (MRRMSE(), MeanAbsoluteError(), Pearson(), Spearman(), Cosine())


def row_scores(
    Y: ArrayLike, predictions: ArrayLike, metrics: Sequence[str | RowMetric] | None = None
) -> dict[str, Doubles]:
    """Return the values a row of several metrics, converting, centring and ranking every row once for all of them.

    Args:
        Y: (n_rows, n_targets) targets.
        predictions: (n_rows, n_targets).
        metrics: Metrics or their short names; the default is mrrmse, mae, pearson, spearman and cosine.

    Returns:
        The (n_rows,) float64 values under each metric's short name, in the order of ``metrics``.

    Raises:
        InputError: The matrices are not finite, not of one shape or empty, or the list of metrics is empty, names an
            unknown one or one twice.
    """
    Y, predictions = as_pair(Y, predictions)
    named: dict[str, RowMetric] = {}
    for given in DEFAULT_METRICS if metrics is None else metrics:
        metric = METRICS.get(given)() if isinstance(given, str) else given
        if not isinstance(metric, RowMetric):
            raise InputError(f"metrics: expected row-wise metrics or their names, got {given!r}")
        name = metric.kind or type(metric).__name__
        if name in named:
            raise InputError(f"metrics: {name!r} is given twice; name every metric once")
        named[name] = metric
    if not named:
        raise InputError("metrics: the list is empty; name at least one, or pass None for the five")
    scores = {name: np.empty(len(Y)) for name in named}
    in_blocks = {name: metric for name, metric in named.items() if isinstance(metric, BlockMetric)}
    for rows, block in row_blocks(Y, predictions) if in_blocks else ():
        for name, metric in in_blocks.items():
            scores[name][rows] = metric.per_block(block)
    for name in named.keys() - in_blocks.keys():
        scores[name][:] = named[name].per_row(Y, predictions)
    return scores


def _cosines(a: Doubles, b: Doubles) -> Doubles:
    """Return the cosines between the rows of two matrices, 0 where a row is zero."""
    norms = np.sqrt(np.einsum("ij,ij->i", a, a)) * np.sqrt(np.einsum("ij,ij->i", b, b))
    products = np.einsum("ij,ij->i", a, b)
    cosines = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    return np.clip(cosines, -1.0, 1.0)
