"""Base class of blends."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from numpy.typing import ArrayLike

from kit.arrays import Floats
from kit.plugins import CLASSIFICATION, REGRESSION, Plugin, Registry

BLENDS: Registry[Blend] = Registry("blend", "kit.blends")


class Blend(Plugin):
    """Joins several models' predictions, given by name, into one prediction.

    Attributes:
        learns: Whether `fit` needs out-of-fold predictions and their targets; the others learn nothing.
    """

    problems: ClassVar[frozenset[str]] = frozenset({REGRESSION, CLASSIFICATION})
    learns: ClassVar[bool] = False

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Learn from out-of-fold predictions.

        Args:
            predictions: (n_rows, n_targets) by the models' names; their order does not matter.
            Y: (n_rows, n_targets) targets; blends that learn nothing need none.
            sample_weight: (n_rows,) weights of the rows, at least 0 (default: all the same).
            groups: (n_rows,) labels of the rows' groups, such as cell types.
        """
        return self

    @abstractmethod
    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        """Return the (n_rows, n_targets) float32 blend.

        Args:
            predictions: (n_rows, n_targets) by the models' names; their order does not matter.
            groups: (n_rows,) labels of the rows' groups, for blends that tell groups apart.

        Raises:
            InputError: There is nothing to blend, or the shapes disagree.
        """

    @property
    def objective(self) -> str | None:
        """The name of what its weights minimise or maximise, for tables; None where it learns nothing."""
        return None

    def without(self, name: str) -> Self | None:
        """Return the blend without one of its members, not fitted again; None where nothing is left."""
        return self

    def weights_of(self, names: Iterable[str]) -> dict[str, float] | None:
        """Return the weights by which it sums predictions of these names; None when it is no such sum."""
        return None
