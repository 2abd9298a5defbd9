from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, jaccard, pdist
from sklearn.metrics import pairwise

from kit.errors import InputError, ParameterError
from kit.models.kernels import KERNELS, RBF, Cosine, Kernel, Linear, Polynomial, Product, Sum, Tanimoto

EACH: list[Kernel] = [
    RBF(),
    RBF("median"),
    RBF(0.3),
    Linear(),
    Polynomial(3, 0.5),
    Tanimoto(),
    Cosine(),
    Product(RBF(), Tanimoto()),
    Sum(Linear(), Cosine(), 0.5, 2.0),
]


def make(n_rows: int = 15, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).gamma(1.0, size=(n_rows, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("kernel", "oracle"),
    [
        (RBF(0.3), lambda X, Z: pairwise.rbf_kernel(X, Z, 0.3)),
        (Linear(), pairwise.linear_kernel),
        (Polynomial(3, 0.5, 0.2), lambda X, Z: pairwise.polynomial_kernel(X, Z, 3, 0.2, 0.5)),
        (Cosine(), pairwise.cosine_similarity),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_agrees_with_sklearn(kernel: Kernel, oracle: object) -> None:
    X, Z = make() - 1, make(9, seed=1) - 1
    X[3] = 0
    expected = oracle(X.astype(np.float64), Z.astype(np.float64))  # type: ignore[operator]
    np.testing.assert_allclose(kernel.fit(X).matrix(X, Z), expected, rtol=1e-9, atol=1e-12)


def test_scale_is_that_of_sklearns_svr() -> None:
    X = make()
    expected = 1 / (6 * X.astype(np.float64).var())
    assert RBF().fit(X).gamma_ == pytest.approx(expected)
    assert Polynomial().fit(X).gamma_ == pytest.approx(expected)


def test_median_is_that_of_the_distances_of_rows_that_differ() -> None:
    X = make()
    assert RBF("median").fit(X).gamma_ == pytest.approx(1 / np.median(pdist(X.astype(np.float64), "sqeuclidean")))
    repeated = np.repeat(np.eye(3, dtype=np.float32), 9, axis=0)
    assert RBF("median").fit(repeated).gamma_ == pytest.approx(1 / 2)
    for seed in range(20):  # equal rows may be at a distance of rounding
        two = np.random.default_rng(seed).normal(3, 1, size=(2, 300)).astype(np.float32)
        expected = 1 / pdist(two.astype(np.float64), "sqeuclidean")[0]
        assert RBF("median").fit(np.repeat(two, [20, 2], axis=0)).gamma_ == pytest.approx(expected)


def test_median_of_many_rows_is_nearly_that_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    X = make(300)
    whole = RBF("median").fit(X).gamma_
    monkeypatch.setattr("kit.models.kernels.pairwise._MEDIAN_ROWS", 100)
    some = RBF("median").fit(X).gamma_
    assert some != whole
    assert some == pytest.approx(whole, rel=0.1)


def test_gamma_of_rows_that_are_all_the_same_is_finite() -> None:
    X = np.full((5, 2), 3.0)
    assert RBF().fit(X).gamma_ == RBF("median").fit(X).gamma_ == 1.0
    assert RBF("median").fit(X[:1]).gamma_ == 1.0
    assert RBF().fit(np.empty((5, 0))).matrix(np.empty((2, 0))).tolist() == [[1, 1], [1, 1]]


def test_tanimoto_of_bits_is_jaccards_index() -> None:
    bits = np.random.default_rng(0).random((12, 30)) < 0.3
    expected = 1 - cdist(bits, bits, jaccard)
    np.testing.assert_allclose(Tanimoto().fit(bits).matrix(bits), expected, atol=1e-12)


def test_tanimoto_of_counts_and_of_empty_rows() -> None:
    X = np.array([[2, 0, 1], [1, 1, 0], [0, 0, 0]], dtype=np.float32)
    expected = [[1, 2 / (5 + 2 - 2), 0], [2 / 5, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(Tanimoto().fit(X).matrix(X), expected, atol=1e-12)


def test_tanimoto_refuses_negative_values() -> None:
    X = np.ones((3, 4), dtype=np.float32)
    kernel = Tanimoto(["b"]).fit(X, {"b": (2, 4)})
    X[1, 3] = -0.5
    with pytest.raises(InputError, match=r"-0.5 at row 1, column 3; .* not negative"):
        kernel.matrix(X)
    with pytest.raises(InputError, match="not negative"):
        Tanimoto().fit(X)
    Tanimoto(["a"]).fit(X, {"a": (0, 2)})


def test_a_row_of_zeros_is_like_nothing_by_cosine() -> None:
    kernel = Cosine().fit(np.eye(2))
    X = np.array([[0, 0], [3, 0]], dtype=np.float32)
    assert kernel.matrix(X).tolist() == [[0, 0], [0, 1]]
    assert kernel.diagonal(X).tolist() == [0, 1]


@given(st.integers(0, 1000), st.integers(0, len(EACH) - 1), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_is_a_kernel(seed: int, which: int, n_rows: int) -> None:
    X = make(n_rows, seed)
    X[seed % n_rows] = 0
    kernel = EACH[which].fit(X)
    K = kernel.matrix(X)
    np.testing.assert_allclose(K, K.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.diagonal(K), kernel.diagonal(X), rtol=1e-9, atol=1e-12)
    assert np.linalg.eigvalsh(K).min() >= -1e-9 * max(1, np.abs(K).max())


@pytest.mark.parametrize("kernel", EACH, ids=lambda kernel: kernel.kind)
def test_does_not_depend_on_the_batch_and_is_saved(kernel: Kernel, tmp_path: Path) -> None:
    X, Z = make(), make(5, seed=1)
    kernel.fit(X)
    whole = kernel.matrix(Z, X)
    alone = np.vstack([kernel.matrix(Z[i : i + 1], X) for i in range(5)])
    np.testing.assert_allclose(alone, whole, rtol=1e-9)
    kernel.save(tmp_path / "kernel")
    loaded = Kernel.load(tmp_path / "kernel")
    np.testing.assert_array_equal(loaded.matrix(Z, X), whole)
    assert loaded.columns().tolist() == kernel.columns().tolist()


def test_scale_gamma_multiplies_it() -> None:
    X = make()
    kernel = RBF(0.2).fit(X)
    kernel.scale_gamma(3.0)
    np.testing.assert_allclose(kernel.matrix(X), RBF(0.6).fit(X).matrix(X))
    assert [one.has_gamma for one in (RBF, Polynomial, Linear, Tanimoto, Cosine)] == [True, True, False, False, False]


@pytest.mark.parametrize(
    "wrong", [RBF(0.0), RBF("mean"), Polynomial(0), Polynomial(2, -1.0), Linear([]), Cosine("cell")], ids=repr
)
def test_parameters_out_of_range_are_refused(wrong: Kernel) -> None:
    with pytest.raises(ParameterError):
        wrong.fit(make())


def test_every_kernel_has_a_name() -> None:
    assert {"cosine", "linear", "polynomial", "product", "rbf", "sum", "tanimoto"} <= set(KERNELS.kinds())
