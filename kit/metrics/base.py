"""Base classes of metrics."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats
from kit.errors import InputError
from kit.gaps import has_gaps, measured_parts, measured_rows
from kit.plugins import REGRESSION, Plugin, Registry, parameters

METRICS: Registry[Metric] = Registry("metric", "kit.metrics")


class Metric(Plugin):
    """A number that says how good predictions of a whole set of rows are.

    Most metrics are the mean of one value a row (`RowMetric`). Others are not: a correlation across rows for every
    target, a macro-averaged F1, the rank among all candidates. Those derive from this class. Over several folds a score
    is the mean of the folds' scores by the folds' weights; for a row-wise metric that is the weighted mean over rows.

    Attributes:
        greater_is_better: The direction of improvement.
        best: The value of a perfect prediction, a finite number.
        compares_values: Whether predictions have a column a target; a metric of vectors takes any number of columns.
    """

    problems: ClassVar[frozenset[str]] = frozenset({REGRESSION})
    greater_is_better: ClassVar[bool] = False
    best: ClassVar[float] = 0.0
    compares_values: ClassVar[bool] = True

    @abstractmethod
    def __call__(self, Y: Floats, predictions: Floats, sample_weight: ArrayLike | None = None) -> float:
        """Return the score of predictions.

        Args:
            Y: (n_rows, n_targets) float32 targets, finite; with ``allow_nan_targets`` also NaN, where a value was not
                measured. Such values count not at all, nor do rows without any measured one.
            predictions: (n_rows, n_targets) float32, finite.
            sample_weight: (n_rows,) weights of the rows, at least 0, not all 0 (default: all the same). A row of
                weight 2 counts as if it were there twice, a row of weight 0 as if it were not there.

        Returns:
            A finite number; what cannot be computed (a correlation with a constant) counts as some agreed number.

        Raises:
            InputError: The arrays are not finite matrices of one shape, or hold nothing to score.
        """

    def resampled(self, Y: Floats, predictions: Floats, counts: Doubles) -> Doubles:
        """Return the scores of resamples of the rows: what a bootstrap interval is made of.

        Args:
            Y: (n_rows, n_targets) targets.
            predictions: (n_rows, n_targets).
            counts: (n_resamples, n_rows) how often each row is drawn; no resample is empty.

        Returns:
            (n_resamples,) float64. This calls the metric once a resample; override it where many are computed faster
            together.
        """
        return np.array([self(Y[drawn > 0], predictions[drawn > 0], drawn[drawn > 0]) for drawn in counts])

    def check_targets(self, n_targets: int) -> None:
        """Check that the metric can be computed from so many targets; before the first fit, and in every call.

        Raises:
            InputError: It cannot.
        """

    def content_files(self) -> list[Path]:
        """Return the files whose bytes decide what the metric computes, besides its parameters and the rows."""
        return []

    def relatives(self) -> tuple[RowMetric, ...]:
        """Return what stands beside it in every table, before the usual metrics of its kind of problem."""
        return ()

    def as_loss(self, score: float) -> float:
        """Return a number that is smaller for a better score: the score itself, or its negative."""
        return -score if self.greater_is_better else score


class RowMetric(Metric):
    """A metric that is the mean of one value a row.

    Attributes:
        row_by_row: Whether a row's value depends on that row alone; else all rows of a fold must be given together, and
            a row that has no value among them is NaN and not counted.
    """

    row_by_row: ClassVar[bool] = True

    @abstractmethod
    def per_row(self, Y: Floats, predictions: Floats) -> Doubles:
        """Return the (n_rows,) float64 values of predictions (n_rows, n_targets) against the targets Y."""

    def row_values(self, Y: Floats, predictions: Floats) -> Doubles:
        """Return the same by what was measured alone, where Y has gaps; NaN for a row without any measured target."""
        if self.allow_nan_targets or not has_gaps(Y):
            return self.per_row(Y, predictions)
        values = np.full(len(Y), np.nan)
        for rows, columns in measured_parts(Y):
            part = np.ix_(rows, columns)
            values[rows] = self.per_row(Y[part], predictions[part])
        return values

    def __call__(self, Y: Floats, predictions: Floats, sample_weight: ArrayLike | None = None) -> float:
        """Return the mean over rows, by their weights where these are given.

        Raises:
            InputError: The weights do not fit the rows.
        """
        values = self.row_values(Y, predictions)
        weights = None if sample_weight is None else as_weights(sample_weight, len(values))
        measured = measured_rows(Y) if self.row_by_row else ~np.isnan(values)
        if not measured.all():
            values, weights = values[measured], None if weights is None else weights[measured]
        if weights is None:
            return float(values.mean())
        return float(np.average(values, weights=weights))


def metric_name(metric: Metric) -> str:
    """Return a metric's name in tables: its short name, with those parameters that are not the defaults.

    Files are left out.

    Example:
        A quantile loss is called ``quantile(q=0.95)``, and ``quantile`` at its default.
    """
    changed = [
        f"{parameter.name}={getattr(metric, parameter.name)}"
        for parameter in parameters(type(metric))
        if parameter.supplied is None
        and not parameter.is_path
        and (parameter.required or getattr(metric, parameter.name) != parameter.default)
    ]
    name = metric.kind or type(metric).__name__
    return f"{name}({', '.join(changed)})" if changed else name


def as_weights(sample_weight: ArrayLike, n_rows: int) -> Doubles:
    """Return (n_rows,) float64 weights.

    Raises:
        InputError: They are not one finite number of at least 0 a row, or all are 0.
    """
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"sample_weight: expected one number a row ({error})") from None
    if weights.shape != (n_rows,):
        raise InputError(f"sample_weight: expected one weight for each of {n_rows} rows, got shape {weights.shape}")
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.any():
        raise InputError("sample_weight: expected finite numbers >= 0, at least one of them above 0")
    return weights
