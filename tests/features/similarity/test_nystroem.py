from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.kernel_approximation import Nystroem as Oracle
from sklearn.metrics.pairwise import cosine_similarity, rbf_kernel

from kit.errors import InputError, ParameterError
from kit.features import Numeric, Nystroem
from kit.features.similarity.kernels import Metric, similarities

COLUMNS = ["a", "b", "c"]


def table(n_rows: int, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).uniform(0, 2, size=(n_rows, 3)), columns=COLUMNS)


def block(n_components: int, metric: Metric = "rbf", gamma: float | None = 0.5) -> Nystroem:
    return Nystroem(Numeric(COLUMNS), n_components, metric, gamma if metric == "rbf" else None, random_state=0)


@pytest.mark.parametrize("metric", ["rbf", "cosine"])
def test_inner_products_are_those_of_scikit_learn_with_the_same_landmarks(metric: Metric) -> None:
    rows, new = table(60), table(20, 1)
    builder = block(3, metric).fit(rows)
    oracle = Oracle(kernel=metric, gamma=0.5 if metric == "rbf" else None, n_components=3)
    oracle.fit(builder.landmarks_.astype(np.float64))
    expected = oracle.transform(new.to_numpy())
    found = builder.transform(new)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, rtol=1e-4, atol=1e-5)


def test_with_all_rows_for_landmarks_inner_products_are_the_similarities() -> None:
    rows = table(30)
    features = block(100).fit_transform(rows).astype(np.float64)
    assert features.shape == (30, 30)
    np.testing.assert_allclose(features @ features.T, rbf_kernel(rows.to_numpy(), gamma=0.5), atol=1e-4)
    bits = (rows > 1).astype(float)
    X = bits.to_numpy(dtype=np.float32)
    few = block(100, "tanimoto").fit(bits)
    assert len(few.landmarks_) == len(np.unique(X, axis=0)), "rows that are the same are one landmark"
    found = few.transform(bits).astype(np.float64)
    np.testing.assert_allclose(found @ found.T, similarities(X, X, "tanimoto"), atol=1e-5)


def test_the_error_decreases_with_the_landmarks() -> None:
    rows, new = table(300), table(80, 1)
    exact = rbf_kernel(new.to_numpy(), gamma=0.5)
    errors = []
    for number in (2, 8, 32, 128):
        found = block(number).fit(rows).transform(new).astype(np.float64)
        errors.append(float(np.abs(found @ found.T - exact).mean()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-3 < 0.1 < errors[0]


def test_the_seed_decides_and_a_missing_gamma_is_that_of_the_landmarks() -> None:
    rows = table(50)
    one, same = (Nystroem(Numeric(COLUMNS), 5, random_state=1).fit(rows) for _ in range(2))
    np.testing.assert_array_equal(one.transform(rows), same.transform(rows))
    other = Nystroem(Numeric(COLUMNS), 5, random_state=2).fit(rows)
    assert not np.array_equal(one.landmarks_, other.landmarks_)
    squared = -np.log(rbf_kernel(one.landmarks_.astype(np.float64), gamma=1.0))[np.triu_indices(5, 1)]
    assert one.gamma_ == pytest.approx(1 / np.median(squared), rel=1e-4)
    assert list(one.get_feature_names_out()[:2]) == ["rbf__0", "rbf__1"]


def test_wrong_input() -> None:
    with pytest.raises(ParameterError, match="n_components"):
        block(0).fit(table(5))
    with pytest.raises(ParameterError, match="gamma"):
        Nystroem(Numeric(COLUMNS), metric="cosine", gamma=1.0).fit(table(5))
    with pytest.raises(InputError, match="negative"):
        block(2, "tanimoto").fit(table(5) - 1)
    zeros = block(2, "cosine").fit_transform(table(4) * 0)
    np.testing.assert_array_equal(zeros, np.zeros((4, 1)))


def test_cosines_are_what_scikit_learn_says() -> None:
    rows = table(12)
    features = block(50, "cosine").fit_transform(rows).astype(np.float64)
    np.testing.assert_allclose(features @ features.T, cosine_similarity(rows.to_numpy()), atol=1e-3)
