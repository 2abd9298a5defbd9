from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError, ParameterError
from kit.models.kernels import RBF, Cosine, Kernel, Linear, Product, Sum, Tanimoto

LAYOUT = {"cell": (0, 2), "bits": (2, 6)}


@pytest.fixture(name="X")
def _bits() -> np.ndarray:
    return (np.random.default_rng(0).random((10, 6)) < 0.5).astype(np.float32)


def test_product_and_sum_of_kernels_on_blocks_of_their_own(X: np.ndarray) -> None:
    left, right = RBF(blocks=["cell"]).fit(X, LAYOUT).matrix(X), Tanimoto(["bits"]).fit(X, LAYOUT).matrix(X)
    product = Product(RBF(blocks=["cell"]), Tanimoto(["bits"])).fit(X, LAYOUT)
    np.testing.assert_allclose(product.matrix(X), left * right)
    weighted = Sum(RBF(blocks=["cell"]), Tanimoto(["bits"]), 2.0, 0.5).fit(X, LAYOUT)
    np.testing.assert_allclose(weighted.matrix(X[:4], X), (2 * left + 0.5 * right)[:4])
    nested = Product(Sum(RBF(blocks=["cell"]), Linear(["bits"])), Cosine(["bits"])).fit(X, LAYOUT)
    linear, cosine = Linear(["bits"]).fit(X, LAYOUT).matrix(X), Cosine(["bits"]).fit(X, LAYOUT).matrix(X)
    np.testing.assert_allclose(nested.matrix(X), (left + linear) * cosine)
    np.testing.assert_allclose(nested.diagonal(X), np.diagonal(nested.matrix(X)))


def test_columns_are_those_of_both(X: np.ndarray) -> None:
    assert Sum(Linear(["bits"]), RBF(blocks=["cell"])).fit(X, LAYOUT).columns().tolist() == list(range(6))
    assert Product(Linear(["cell"]), Linear(["cell"])).fit(X, LAYOUT).columns().tolist() == [0, 1]


def test_fits_clones(X: np.ndarray) -> None:
    inner = RBF()
    Product(inner, inner).fit(X)
    assert inner.fitted_state() == {}


def test_scale_gamma_reaches_the_kernels_inside(X: np.ndarray) -> None:
    kernel = Product(RBF(0.5), Sum(RBF(0.2), Linear())).fit(X)
    assert kernel.has_gamma
    assert not Sum(Linear(), Cosine()).has_gamma
    kernel.scale_gamma(2.0)
    expected = Product(RBF(1.0), Sum(RBF(0.4), Linear())).fit(X)
    np.testing.assert_allclose(kernel.matrix(X), expected.matrix(X))


@pytest.mark.parametrize(
    "wrong", [Product("rbf", Linear()), Sum(Linear(), None), Sum(Linear(), Product(RBF(0.0), RBF()))]
)
def test_what_is_no_kernel_is_refused(wrong: Kernel, X: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"must be a kernel, such as RBF\(\)|gamma"):
        wrong.fit(X)


def test_unknown_blocks_inside_are_refused(X: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"no feature block 'bit' \(did you mean 'bits'\?\)"):
        Product(RBF(), Linear(["bit"])).fit(X, LAYOUT)
