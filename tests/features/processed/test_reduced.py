from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.utils.extmath import svd_flip

from kit.features import Numeric, Reduced

NAMES = [f"x{place}" for place in range(12)]


def table(n_rows: int = 40, rank: int = 12, noise: float = 0.0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    loadings = np.linalg.qr(np.random.default_rng(99).standard_normal((12, rank)))[0].T
    scores = rng.standard_normal((n_rows, rank)) * np.geomspace(8, 1, rank)
    values = 3 + scores @ loadings + noise * rng.standard_normal((n_rows, 12))
    return pd.DataFrame(values.astype(np.float32), columns=NAMES)


def up_to_sign(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return expected * np.sign((found * expected).sum(axis=0))


@pytest.mark.parametrize("whiten", [False, True])
def test_as_scikit_learns_pca(whiten: bool) -> None:
    rows, new = table(), table(seed=1)
    builder = Reduced(Numeric(NAMES), n_components=5, whiten=whiten)
    found = builder.fit_transform(rows)
    oracle = PCA(5, whiten=whiten, svd_solver="full").fit(rows.to_numpy(np.float64))
    np.testing.assert_allclose(found, up_to_sign(found, oracle.transform(rows.to_numpy(np.float64))), atol=1e-4)
    expected = oracle.transform(new.to_numpy(np.float64))
    np.testing.assert_allclose(builder.transform(new), up_to_sign(builder.transform(new), expected), atol=1e-4)
    np.testing.assert_allclose(builder.explained_variance_ratio_, oracle.explained_variance_ratio_, rtol=1e-6)
    if whiten:
        np.testing.assert_allclose(np.cov(found.T), np.eye(5), atol=1e-4)


def test_without_centring_it_is_truncated_svd() -> None:
    rows = table()
    builder = Reduced(Numeric(NAMES), n_components=4, center="none")
    found = builder.fit_transform(rows)
    oracle = TruncatedSVD(4, algorithm="arpack", random_state=0).fit_transform(rows.to_numpy(np.float64))
    np.testing.assert_allclose(found, up_to_sign(found, oracle), rtol=1e-4, atol=1e-3)
    white = Reduced(Numeric(NAMES), n_components=4, center="none", whiten=True).fit_transform(rows)
    np.testing.assert_allclose(np.square(white).mean(axis=0), 1, rtol=1e-4)


def test_signs_are_fixed() -> None:
    builder = Reduced(Numeric(NAMES), n_components=6).fit(table())
    components = builder.components_
    assert (components[np.arange(6), np.abs(components).argmax(axis=1)] > 0).all()
    _, flipped = svd_flip(None, -components, u_based_decision=False)
    np.testing.assert_array_equal(flipped, components)
    mirrored = Reduced(Numeric(NAMES), n_components=6, center="none")
    plain = mirrored.fit(table()).components_
    np.testing.assert_allclose(mirrored.fit(-table()).components_, plain, atol=1e-9)


def test_a_share_keeps_the_fewest_components_that_hold_it() -> None:
    rows = table(n_rows=200)
    every = PCA().fit(rows.to_numpy(np.float64)).explained_variance_ratio_
    for share in (0.3, 0.8, 0.99):
        builder = Reduced(Numeric(NAMES), n_components=share).fit(rows)
        kept = len(builder.components_)
        assert every[:kept].sum() >= share > every[: kept - 1].sum()


def test_no_more_than_the_numerical_rank() -> None:
    rows = table(rank=3)
    assert Reduced(Numeric(NAMES), n_components=3).fit_transform(rows).shape == (40, 3)
    assert Reduced(Numeric(NAMES), n_components=12).fit_transform(rows[:6]).shape[1] <= 5
    assert len(Reduced(Numeric(NAMES), n_components=50).fit(table()).get_feature_names_out()) == 12


@pytest.mark.parametrize("whiten", [False, True])
def test_features_that_do_not_vary_are_zero(whiten: bool) -> None:
    rows = pd.DataFrame(np.full((9, 12), np.float32(0.1)), columns=NAMES)
    builder = Reduced(Numeric(NAMES), n_components=0.9, whiten=whiten)
    assert builder.fit_transform(rows).tolist() == [[0.0]] * 9
    assert builder.transform(table()).shape == (40, 1)
    assert not builder.transform(table()).any()


def test_finds_a_planted_direction() -> None:
    found = Reduced(Numeric(NAMES), n_components=1).fit_transform(table(rank=1, noise=0.1))
    clean = table(rank=1)
    truth = np.linalg.svd(clean.to_numpy() - clean.to_numpy().mean(axis=0), full_matrices=False)[0][:, 0]
    assert abs(np.corrcoef(found[:, 0], truth)[0, 1]) > 0.99
