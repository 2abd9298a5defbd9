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

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError
from kit.metrics.base import METRICS, RowMetric, metric_name
from kit.metrics.blocks import RowBlock, as_pair, row_blocks


class BlockMetric(RowMetric):
    """A row-wise metric that is computed from one block of rows after another.

    Where targets have gaps, a block holds what was measured alone (see `kit.metrics.blocks.row_blocks`).
    """

    allow_nan_targets = True

    @abstractmethod
    def per_block(self, block: RowBlock) -> Doubles:
        """Return the (n_rows,) float64 values of a block's rows."""

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        """Return the values of all rows, computed in float64.

        Args:
            Y: (n_rows, n_targets) targets, NaN where one was not measured.
            predictions: (n_rows, n_targets).

        Returns:
            (n_rows,) float64; NaN for a row without any measured target.

        Raises:
            InputError: The two are not finite numeric matrices of one shape, or are empty.
        """
        Y, predictions = as_pair(Y, predictions, allow_nan=True)
        self.check_targets(Y.shape[1])
        values = np.full(len(Y), np.nan)
        for rows, block in row_blocks(Y, predictions):
            values[rows] = self.per_block(block)
        return values


class DistanceMetric(BlockMetric):
    """A row-wise metric that knows of a row's predictions only their squared distance ‖y − ŷ‖² from its targets.

    So it can be computed, exactly, without the wide rows: in the coordinates of an orthonormal target transform
    (`kit.metrics.reduced`), and for any weights of a blend from a few inner products a row (`kit.blends.RowGram`).
    """

    @abstractmethod
    def of_squares(self, squares: Doubles, n_targets: int | Doubles) -> Doubles:
        """Return a row's value for each squared distance.

        Args:
            squares: Squared distances, at least 0, of any shape.
            n_targets: The number of targets that were summed over; where rows measured different numbers of them, an
                array that divides ``squares`` by NumPy's rules.
        """

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the value of every row."""
        difference = block.difference
        return self.of_squares(np.einsum("ij,ij->i", difference, difference), difference.shape[1])


@METRICS.register("mrrmse")
class MRRMSE(DistanceMetric):
    """Mean row-wise root mean squared error: the metric of the 2023 competition."""

    def of_squares(self, squares: Doubles, n_targets: int | Doubles) -> Doubles:
        """Return root mean squared errors."""
        return np.sqrt(squares / n_targets)


@METRICS.register("mae")
class MeanAbsoluteError(BlockMetric):
    """Mean row-wise mean absolute error."""

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the mean absolute error of every row."""
        errors: Doubles = np.abs(block.difference).mean(axis=1)
        return errors


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


BENCHMARK_METRICS: tuple[RowMetric, ...] = (MRRMSE(), MeanAbsoluteError(), Pearson(), Spearman(), Cosine())
"""The metrics of every table, beside the competition's own."""


def row_scores(
    Y: ArrayLike,
    predictions: ArrayLike,
    metrics: Sequence[RowMetric] = BENCHMARK_METRICS,
    ranks: Floats | None = None,
) -> dict[str, Doubles]:
    """Return the values a row of several metrics, converting, centring and ranking every row once for all of them.

    Args:
        Y: (n_rows, n_targets) targets, NaN where one was not measured.
        predictions: (n_rows, n_targets), or for metrics that do not compare values (n_rows, any number).
        metrics: The metrics; the default is mrrmse, mae, pearson, spearman and cosine.
        ranks: What `kit.metrics.blocks.ranks_of` returns for Y, where many predictions are scored on the same targets.

    Returns:
        The (n_rows,) float64 values under each metric's name (`kit.metrics.metric_name`), in the order of ``metrics``;
        NaN for a row without any measured target, or that has no value among the others.

    Raises:
        InputError: The matrices are not finite, not of one shape or empty, or a metric returns something else than
            one number a row.
    """
    if any(metric.compares_values for metric in metrics):
        Y, predictions = as_pair(Y, predictions, allow_nan=True)
    else:
        Y, predictions = as_matrix(Y, "targets"), as_matrix(predictions, "predictions", n_rows=len(Y))
    scores = {metric_name(metric): np.full(len(Y), np.nan) for metric in metrics}
    for metric in metrics:
        metric.check_targets(Y.shape[1])
    in_blocks = [metric for metric in metrics if isinstance(metric, BlockMetric)]
    for rows, block in row_blocks(Y, predictions, ranks) if in_blocks else ():
        for metric in in_blocks:
            scores[metric_name(metric)][rows] = metric.per_block(block)
    for other in metrics:
        if not isinstance(other, BlockMetric):
            values = np.asarray(other.row_values(Y, predictions))
            if values.shape != (len(Y),):
                raise InputError(
                    f"the metric {metric_name(other)}: per_row returned shape {values.shape} for {len(Y)} rows; "
                    "return one number a row, or derive the metric from kit.metrics.Metric if it is no mean over rows"
                )
            scores[metric_name(other)][:] = values
    return scores


def _cosines(a: Doubles, b: Doubles) -> Doubles:
    """Return the cosines between the rows of two matrices, 0 where a row is zero."""
    norms = np.sqrt(np.einsum("ij,ij->i", a, a)) * np.sqrt(np.einsum("ij,ij->i", b, b))
    products = np.einsum("ij,ij->i", a, b)
    cosines = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    clipped: Doubles = np.clip(cosines, -1.0, 1.0)
    return clipped
