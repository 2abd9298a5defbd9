"""What a metric is."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from kit.arrays import Doubles, Floats
from kit.plugins import Plugin, Registry

METRICS: Registry[RowMetric] = Registry("metric", "kit.metrics")


class RowMetric(Plugin):
    """A metric that is the mean of one value a row.

    Attributes:
        greater_is_better: The direction of improvement.
        best: The value of a perfect prediction.
    """

    greater_is_better: ClassVar[bool] = False
    best: ClassVar[float] = 0.0

    @abstractmethod
    def per_row(self, Y: Floats, predictions: Floats) -> Doubles:
        """Return the (n_rows,) float64 values of predictions (n_rows, n_targets) against the targets Y."""

    def __call__(self, Y: Floats, predictions: Floats) -> float:
        """Return the mean over rows."""
        return float(self.per_row(Y, predictions).mean())
