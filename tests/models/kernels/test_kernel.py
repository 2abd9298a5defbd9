from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.models.kernels import RBF, Linear, block_columns

LAYOUT = {"cell": (0, 2), "morgan": (2, 5), "profile": (5, 9)}


def test_columns_are_those_of_the_blocks_in_the_order_of_the_names() -> None:
    assert block_columns(None, None, 3, "x").tolist() == [0, 1, 2]
    assert block_columns(["profile", "cell"], LAYOUT, 9, "x").tolist() == [5, 6, 7, 8, 0, 1]


def test_a_kernel_reads_its_blocks_alone() -> None:
    X = np.random.default_rng(0).normal(size=(12, 9)).astype(np.float32)
    kernel = RBF(blocks=["profile", "cell"]).fit(X, LAYOUT)
    alone = RBF().fit(X[:, [5, 6, 7, 8, 0, 1]])
    assert kernel.gamma_ == alone.gamma_
    np.testing.assert_array_equal(kernel.matrix(X), alone.matrix(X[:, [5, 6, 7, 8, 0, 1]]))
    assert kernel.columns().tolist() == [0, 1, 5, 6, 7, 8]
    other = X.copy()
    other[:, 2:5] = 7
    np.testing.assert_array_equal(kernel.matrix(other, X), kernel.matrix(X, X))


@pytest.mark.parametrize(
    ("names", "layout", "message"),
    [
        (["morgen"], LAYOUT, r"kernel linear: no feature block 'morgen' \(did you mean 'morgan'\?\)"),
        (["xyz"], LAYOUT, r"known: cell, morgan, profile"),
        (["xyz"], {}, r"there are none"),
        (["cell", "cell"], LAYOUT, "'cell' is listed twice"),
        (["cell"], None, "reads the feature blocks 'cell', but the model was not told where they stand"),
        (["profile"], {"profile": (5, 11)}, "columns 5 to 11, the matrix has 9"),
    ],
)
def test_wrong_blocks_are_refused(names: list[str], layout: dict | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Linear(blocks=names).fit(np.ones((4, 9)), layout)


def test_matrix_in_blocks_is_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(30, 9)).astype(np.float32)
    kernel = RBF().fit(X)
    whole = kernel.matrix(X)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 70)
    np.testing.assert_allclose(kernel.matrix(X, X), whole, atol=1e-14)


def test_wrong_shapes_are_refused() -> None:
    kernel = Linear().fit(np.ones((4, 3)))
    with pytest.raises(InputError, match="3 columns"):
        kernel.matrix(np.ones((4, 2)))
    with pytest.raises(InputError, match="Z: expected 3 columns"):
        kernel.matrix(np.ones((4, 3)), np.ones((4, 2)))
    with pytest.raises(InputError, match="2 dimensions"):
        Linear().fit(np.ones(4))
