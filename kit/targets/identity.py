"""The targets as they are."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix
from kit.full_width import FullWidth
from kit.targets.base import TARGETS, Groups, TargetTransform


@TARGETS.register("identity")
class IdentityTarget(TargetTransform):
    """Leaves the targets as they are, so that models work at full width.

    Arrays pass through without a copy where they are contiguous float32 already.

    Attributes:
        n_targets_: The number of targets.
    """

    is_identity = True
    allow_nan_targets = True

    @property
    def linear(self) -> bool:
        """True: the identity is an orthonormal basis that leaves no residual."""
        return True

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Remember the number of targets of (n_rows, n_targets) Y."""
        self.check_parameters()
        self.n_targets_ = as_matrix(Y, "Y", allow_nan=True).shape[1]
        return self

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Return Y, checked."""
        return self._checked(Y, "Y")

    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        """Return Z, checked."""
        return self._checked(Z, "Z")

    def project(self, Y: Floats) -> Floats:
        """Return Y, checked."""
        return self._checked(Y, "Y")

    def expected_components(self, n_rows: int, n_targets: int) -> int:
        """Return the number of targets."""
        return n_targets

    def residual(self, Y: Floats, groups: Groups = None) -> Doubles:
        """Return (n,) zeros."""
        return np.zeros(len(self._checked(Y, "Y")))

    def full_width(self, Y: Floats, groups: Groups = None) -> FullWidth:
        """Return the targets, which are their own coordinates."""
        Y = self._checked(Y, "Y")
        nothing = np.zeros((1, Y.shape[1]), dtype=np.float32)
        return FullWidth(Y, None, nothing, np.zeros(len(Y), dtype=np.intp), np.zeros(len(Y)))

    def _checked(self, values: Floats, name: str) -> Floats:
        check_is_fitted(self, "n_targets_")
        return as_matrix(values, name, n_columns=self.n_targets_, allow_nan=name == "Y")
