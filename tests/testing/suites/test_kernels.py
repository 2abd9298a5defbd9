from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kit.arrays import Doubles, Ints
from kit.models.kernels import RBF, Linear, Tanimoto
from kit.testing import check_kernel
from tests.testing.registered import registered


class Distance(Linear):
    """Distances are no inner products."""

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        return np.sqrt(np.square(A[:, None] - B).sum(axis=2))

    def _diagonal(self, squares: Doubles) -> Doubles:
        return np.zeros_like(squares)


class Crooked(Linear):
    """Another kernel from left to right than from right to left."""

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        return A @ (2 * B).T + A[:, :1]


class Careless(Linear):
    """A diagonal that is not its own."""

    def _diagonal(self, squares: Doubles) -> Doubles:
        return np.ones_like(squares)


class Single(Linear):
    """Computes in float32."""

    def matrix(self, X: Any, Z: Any = None) -> Any:
        return super().matrix(X, Z).astype(np.float32)


class Batch(Linear):
    """Scales by the greatest value of the batch."""

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        return A @ B.T / max(np.abs(A).max(initial=0), 1)


class Beyond(Linear):
    """Reads a column that is not there."""

    def columns(self) -> Ints:
        return super().columns() + 1


class Eager(Linear):
    """Takes any number of columns before and after fit."""

    def columns(self) -> Ints:
        return np.arange(3)


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (Distance, "has the eigenvalue -.* it is no inner product"),
        (Crooked, "not symmetric"),
        (Careless, "diagonal differs from that of matrix"),
        (Single, "(?s)matrix returns float32.*to mend: compute and return float64"),
        (Batch, "matrix of a row alone differs|matrix depends on the order"),
        (Beyond, "columns returns others than those of X"),
        (Eager, "columns before fit passes without an error"),
    ],
)
def test_broken_promises_are_found(cls: type, message: str) -> None:
    with registered("kernel", cls), pytest.raises(AssertionError, match=message):
        check_kernel(cls(), fresh_process=False)


def test_data_of_ones_own() -> None:
    bits = np.random.default_rng(0).random((10, 5)) < 0.5
    reload = check_kernel(Tanimoto(), bits.astype(np.float32), fresh_process=False)
    assert reload.method == "matrix"
    assert check_kernel(RBF(), fresh_process=False).plugin.kind == "rbf"
