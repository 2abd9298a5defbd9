"""What a blend is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Self

from kit.arrays import Floats
from kit.plugins import Plugin, Registry

BLENDS: Registry[Blend] = Registry("blend", "kit.blends")


class Blend(Plugin):
    """Makes one prediction out of several, by name."""

    def fit(self, predictions: Mapping[str, Floats], Y: Floats | None = None) -> Self:
        """Learn from out-of-fold predictions (n_rows, n_targets) and their targets; fixed blends learn nothing."""
        return self

    @abstractmethod
    def combine(self, predictions: Mapping[str, Floats]) -> Floats:
        """Return the (n_rows, n_targets) float32 blend.

        Raises:
            InputError: There is nothing to blend, or the shapes disagree.
        """
