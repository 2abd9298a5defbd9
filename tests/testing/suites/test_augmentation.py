from __future__ import annotations

import numpy as np
import pytest

from kit.arrays import Floats, Ints
from kit.features.augmentation import Augmenter, Noise
from kit.testing import check_augmenter
from tests.testing.registered import registered


class Repeating(Noise):
    """Changes nothing."""

    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        _, index = super().augment(X)
        return np.asarray(X, dtype=np.float32)[index], index


class Drawing(Noise):
    """Draws from no seed."""

    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        copies, index = super().augment(X)
        return copies + np.random.default_rng().random(1, dtype=np.float32), index


class Counting(Noise):
    """Counts rows from 1."""

    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        copies, index = super().augment(X)
        return copies, index + 1


class Writing(Noise):
    """Changes the rows themselves."""

    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        copies, index = super().augment(X)
        X[:] = copies[: len(X)]
        return copies, index


BROKEN: dict[type[Augmenter], str] = {
    Repeating: "the copies are no others than the rows",
    Drawing: "augment does not repeat itself",
    Counting: "the positions that augment returns",
    Writing: "augment changes its argument X",
}


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_a_broken_promise_is_found(cls: type[Augmenter]) -> None:
    with registered("augmenter", cls), pytest.raises(AssertionError, match=BROKEN[cls]):
        check_augmenter(cls(), fresh_process=False)
