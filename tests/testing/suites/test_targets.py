from __future__ import annotations

from typing import Self

import numpy as np
import pytest

from kit.arrays import Doubles, Floats, as_matrix
from kit.targets import Groups, IdentityTarget, TargetSVD, TargetTransform
from kit.testing import check_target_transform
from tests.testing.registered import registered


class Oblique(TargetSVD):
    """A basis that is not orthonormal."""

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        super().fit(Y, groups)
        self.components_ = self.components_ * np.float32(1.1)
        return self


class Approximate(TargetSVD):
    """Leaves out the residual."""

    def residual(self, Y: Floats, groups: Groups = None) -> Doubles:
        return np.zeros(len(Y))


class Centring(TargetSVD):
    """Centres in project."""

    def project(self, Y: Floats) -> Floats:
        return super().project(Y) ** 2


class OneWay(TargetSVD):
    """Does not find the way back."""

    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        return super().inverse_transform(Z, groups) * np.float32(0.9)


class Ranks(IdentityTarget):
    """Ranks within the batch."""

    @property
    def linear(self) -> bool:
        return False

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        return super().transform(Y).argsort(axis=0).astype(np.float32)


class Unguarded(IdentityTarget):
    """Passes any width."""

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        super().transform(Y[:0, :0] if hasattr(self, "never") else Y) if not hasattr(self, "n_targets_") else None
        return as_matrix(Y, "Y")


BROKEN: dict[type[TargetTransform], str] = {
    Oblique: "coordinates change when they are decoded",
    Approximate: "residual is not ‖y − decode",
    Centring: "project is not the linear part",
    OneWay: "coordinates change when they are decoded",
    Ranks: "transform of a row alone differs",
    Unguarded: "transform with a target too few passes",
}


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_a_broken_promise_is_found(cls: type[TargetTransform]) -> None:
    target = cls(n_components=3) if issubclass(cls, TargetSVD) else cls()
    with registered("target", cls), pytest.raises(AssertionError, match=BROKEN[cls]):
        check_target_transform(target, fresh_process=False)
