from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity, rbf_kernel

from kit.errors import InputError
from kit.features.similarity.kernels import distinct_rows, keep_nearest, similarities, usual_gamma


def draws(n_rows: int, n_columns: int = 30, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n_rows, n_columns)).astype(np.float32)


def test_cosine_and_rbf_as_scikit_learn_computes_them() -> None:
    X, references = draws(9), draws(5, seed=1)
    np.testing.assert_allclose(similarities(X, references, "cosine"), cosine_similarity(X, references), atol=1e-6)
    expected = rbf_kernel(X.astype(float), references.astype(float), gamma=0.03)
    np.testing.assert_allclose(similarities(X, references, "rbf", 0.03), expected, rtol=1e-9)


@pytest.mark.parametrize("counts", [False, True])
def test_tanimoto_as_rdkit_computes_it(counts: bool) -> None:
    data = pytest.importorskip("rdkit.DataStructs")
    values = np.random.default_rng(0).integers(0, 4 if counts else 2, (8, 40))
    values[3] = 0

    def vector(row: np.ndarray) -> object:
        one = data.IntSparseIntVect(len(row)) if counts else data.ExplicitBitVect(len(row))
        for place, value in enumerate(row.tolist()):
            if value:
                one[place] = value
        return one

    expected = [[data.TanimotoSimilarity(vector(a), vector(b)) for b in values] for a in values]
    found = similarities(values.astype(np.float32), values.astype(np.float32), "tanimoto")
    nothing = (values[:, None] == 0).all(axis=2) & (values[None] == 0).all(axis=2)
    np.testing.assert_allclose(found, np.where(nothing, 0, expected), atol=1e-12)


def test_vectors_of_zeros_are_like_nothing() -> None:
    X = np.zeros((2, 5), dtype=np.float32)
    X[1] = 1
    for metric in ("tanimoto", "cosine"):
        np.testing.assert_allclose(similarities(X, X, metric), [[0, 0], [0, 1]], atol=1e-12)


@pytest.mark.parametrize("metric", ["tanimoto", "cosine", "rbf"])
def test_a_row_has_the_same_bits_in_every_batch(metric: str) -> None:
    X, references = np.abs(draws(40, 301)), np.abs(draws(23, 301, seed=1))
    X[7] = X[30]
    whole = similarities(X, references, metric, 0.01)
    alone = np.concatenate([similarities(X[[row]], references, metric, 0.01) for row in range(len(X))])
    np.testing.assert_array_equal(alone, whole)
    np.testing.assert_array_equal(similarities(X[::-1], references, metric, 0.01)[::-1], whole)


def test_negative_features_have_no_tanimoto() -> None:
    with pytest.raises(InputError, match="negative"):
        similarities(draws(2), np.abs(draws(2)), "tanimoto")
    with pytest.raises(InputError, match="negative"):
        similarities(np.abs(draws(2)), draws(2), "tanimoto")


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 8), st.integers(0, 10_000))
def test_the_nearest_are_kept_with_ties(k: int, seed: int) -> None:
    similarity = np.random.default_rng(seed).integers(1, 6, (5, 6)) / 7
    kept = keep_nearest(similarity, k)
    for found, row in zip(kept, similarity, strict=True):
        least = sorted(row, reverse=True)[min(k, 6) - 1]
        np.testing.assert_array_equal(found, np.where(row >= least, row, 0))


def test_a_difference_of_rounding_is_a_tie() -> None:
    similarity = np.array([[0.5, 0.5 + 1e-16, 0.5 - 1e-12, 0.4]])
    np.testing.assert_array_equal(keep_nearest(similarity, 1), [[0.5, 0.5 + 1e-16, 0.5 - 1e-12, 0]])


def test_what_is_excluded_is_never_near() -> None:
    similarity = np.array([[-np.inf, 0.2, 0.1]])
    for k in (None, 3, 5):
        np.testing.assert_array_equal(keep_nearest(similarity, k), [[0, 0.2, 0.1]])
    np.testing.assert_array_equal(keep_nearest(similarity, 1), [[0, 0.2, 0]])
    np.testing.assert_array_equal(keep_nearest(np.array([[-np.inf]]), 1), [[0]])


def test_usual_gamma() -> None:
    line = np.array([[0.0], [1.0], [3.0], [3.0]], dtype=np.float32)
    assert usual_gamma(line) == pytest.approx(1 / 4)  # squared distances 1, 4 and 9
    assert usual_gamma(np.ones((3, 2), dtype=np.float32)) == 1


def test_distinct_rows() -> None:
    X = np.array([[1, 2], [0, 0], [1, 2], [5, 5], [0, 0]], dtype=np.float32)
    rows, places = distinct_rows(X)
    assert len(rows) == 3
    np.testing.assert_array_equal(rows[places], X)
    assert len(distinct_rows(X[:0])[0]) == 0
