"""Base class of post-processors."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

from kit.arrays import Floats
from kit.plugins import CLASSIFICATION, REGRESSION, Plugin, Registry

POSTPROCESSORS: Registry[Postprocessor] = Registry("postprocessor", "kit.postprocessors")


class Postprocessor(Plugin):
    """Changes full-width predictions after the blend; it is fitted on the original training targets."""

    problems: ClassVar[frozenset[str]] = frozenset({REGRESSION, CLASSIFICATION})

    @abstractmethod
    def fit(self, Y: Floats) -> Self:
        """Learn from the (n_rows, n_targets) targets of the original training rows."""

    @abstractmethod
    def transform(self, predictions: Floats) -> Floats:
        """Return the changed (n, n_targets) predictions; the argument stays as it is."""
