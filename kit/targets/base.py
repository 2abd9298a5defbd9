"""Base class of target transforms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from kit.arrays import Doubles, Floats
from kit.full_width import FullWidth
from kit.plugins import CLASSIFICATION, REGRESSION, Plugin, Registry

TARGETS: Registry[TargetTransform] = Registry("target", "kit.targets")

Groups = Sequence[str] | np.ndarray | None


class TargetTransform(Plugin):
    """Maps targets to the coordinates that models predict, and back.

    ``groups`` are one label a row (the cell types); only transforms that centre by group read them. A label that
    ``fit`` has not seen stands for the mean over all training rows.

    Attributes:
        is_identity: Whether it leaves every target as it is, so that there is nothing that it could lose.
        fills_gaps: Whether the coordinates of a row with gaps (NaN in Y) are whole; else they are NaN in its gaps.
    """

    problems: ClassVar[frozenset[str]] = frozenset({REGRESSION, CLASSIFICATION})
    is_identity: ClassVar[bool] = False
    fills_gaps: ClassVar[bool] = False

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description: a transformer of a matrix of targets."""
        from sklearn.utils import TransformerTags

        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=["float32"])
        return tags

    @property
    @abstractmethod
    def linear(self) -> bool:
        """Whether the transform is affine with an orthonormal basis, so that the metric can be taken in its space."""

    @abstractmethod
    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Learn from (n_rows, n_targets) float32 targets."""

    @abstractmethod
    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Map (n, n_targets) to (n, n_components), centring included."""

    def fit_transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Fit, and map the same (n_rows, n_targets) targets."""
        return self.fit(Y, groups).transform(Y, groups)

    @abstractmethod
    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        """Map (n, n_components) back to (n, n_targets) float32."""

    @abstractmethod
    def project(self, Y: Floats) -> Floats:
        """Map (n, n_targets) to (n, n_components) by the linear part alone (no centring); for feature builders."""

    def residual(self, Y: Floats, groups: Groups = None) -> Doubles:
        """Return, per row, the squared norm of what the transform cannot represent: (n,) float64, never negative.

        Only for linear transforms: ``‖y − decode(ẑ)‖² = ‖z − ẑ‖² + residual``, exactly.
        """
        raise NotImplementedError(f"{type(self).__name__} is not linear; score at full width instead")

    def expected_components(self, n_rows: int, n_targets: int) -> int | None:
        """Return how many coordinates a fit on so many rows and targets gives; None where only the fit can tell."""
        return None

    def estimate_seconds(self, n_rows: int, n_targets: int) -> float:
        """Return roughly the CPU seconds of what a fit does beside passes over the targets: 0 where that is all."""
        return 0.0

    def estimate_memory(self, n_rows: int, n_targets: int) -> float:
        """Return roughly the bytes of matrices of pairs of rows or of targets that a fit holds at once.

        Before a run starts, a transform for which the machine is too small is refused. 0 where there are none.
        """
        return 0.0

    @property
    def for_many_rows(self) -> str:
        """What a recipe should have instead, where time or memory grow faster than the rows."""
        return f"fit it without {self.kind}"

    def full_width(self, Y: Floats, groups: Groups = None) -> FullWidth | None:
        """Return the data of an exact loss over all targets, for the rows of Y; None if not `linear`."""
        return None
