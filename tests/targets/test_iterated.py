"""Components that are iterated for, beside NumPy's decomposition."""

from __future__ import annotations

import numpy as np
import pytest

from kit.targets import TargetSVD
from kit.targets.chain import ChainTarget
from kit.targets.identity import IdentityTarget
from kit.targets.iterated import SHORTER_SIDE, is_iterated


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.targets.iterated.SHORTER_SIDE", 100)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 300 * 37)


def make_targets(n_rows: int = 400, n_targets: int = 300, rank: int = 12) -> np.ndarray:
    rng = np.random.default_rng(0)
    signal = (rng.normal(size=(n_rows, rank)) * np.geomspace(5, 0.5, rank)) @ rng.normal(size=(rank, n_targets))
    return (signal + rng.normal(size=(n_rows, n_targets)) + 1.0).astype(np.float32)


@pytest.mark.parametrize("shape", [(400, 300), (300, 400)], ids=["tall", "wide"])
@pytest.mark.parametrize("center", ["none", "mean", "group"])
def test_agrees_with_numpy(shape: tuple[int, int], center: str) -> None:
    Y = make_targets(*shape)
    groups = np.array(["T", "B", "NK"])[np.arange(len(Y)) % 3]
    fitted = TargetSVD(10, center=center).fit(Y, groups)
    assert fitted.n_passes_ > 1
    assert fitted.report() == {"n_components": 10, "passes": fitted.n_passes_}
    X = Y.astype(np.float64)
    if center == "mean":
        X -= X.mean(axis=0)
    if center == "group":
        for group in "T", "B", "NK":
            X[groups == group] -= X[groups == group].mean(axis=0)
    values, vectors = np.linalg.svd(X, full_matrices=False)[1:]
    np.testing.assert_allclose(fitted.singular_values_, values[:10], rtol=1e-3)
    np.testing.assert_allclose(fitted.explained_variance_ratio_.sum(), (values[:10] ** 2).sum() / (X**2).sum(), 1e-5)
    np.testing.assert_allclose(fitted.components_ @ fitted.components_.T, np.eye(10), atol=1e-5)
    # The leading directions, which stand apart from the noise, are the very same.
    np.testing.assert_allclose(np.abs(np.sum(fitted.components_[:6] * vectors[:6], axis=1)), 1, atol=1e-4)


def test_of_noise_alone_nearly_the_most_is_kept() -> None:
    """No direction stands apart, so that none can be found exactly; what is kept is what counts."""
    Y = np.random.default_rng(0).normal(size=(400, 300)).astype(np.float32)
    values = np.linalg.svd(Y, compute_uv=False)[:10]
    assert (TargetSVD(10).fit(Y).singular_values_ ** 2).sum() > 0.99 * (values**2).sum()


def test_of_targets_of_low_rank_no_more_is_kept() -> None:
    rng = np.random.default_rng(0)
    Y = (rng.normal(size=(400, 3)) @ rng.normal(size=(3, 300))).astype(np.float32)
    fitted = TargetSVD(8).fit(Y)
    assert fitted.n_components_ == 3
    np.testing.assert_allclose(fitted.inverse_transform(fitted.transform(Y)), Y, atol=1e-4)
    assert TargetSVD(8).fit(np.zeros_like(Y)).n_components_ == 1


def test_the_same_input_gives_the_same_bytes() -> None:
    Y = make_targets()
    np.testing.assert_array_equal(TargetSVD(7).fit(Y).components_, TargetSVD(7).fit(Y.copy()).components_)


def test_is_chosen_by_size_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.targets.iterated.SHORTER_SIDE", SHORTER_SIDE)
    assert is_iterated((20_000, 18_211), 64)
    assert not is_iterated((614, 18_211), 64)
    assert not is_iterated((1_000_000, 978), 64)
    assert not is_iterated((5_000, 18_211), 1_000)


@pytest.mark.parametrize("n_components", ["auto", "gavish_donoho", 0.9])
def test_a_number_that_the_data_decide_needs_all_singular_values(n_components: float | str) -> None:
    assert TargetSVD(n_components).fit(make_targets()).n_passes_ == 0


def test_what_an_exact_decomposition_takes_is_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.targets.iterated.SHORTER_SIDE", SHORTER_SIDE)
    chain = ChainTarget([IdentityTarget(), TargetSVD("auto")])
    for exact in (TargetSVD("auto"), TargetSVD(0.9), TargetSVD(9_000), chain):
        assert exact.estimate_memory(20_000, 18_211) > 10 * 2**30
        assert exact.estimate_seconds(20_000, 18_211) > 600
        assert exact.estimate_memory(614, 18_211) == 0  # counts no more than some copies of the targets
        assert "n_components as a number" in exact.for_many_rows
    assert TargetSVD(64).estimate_memory(20_000, 18_211) == TargetSVD(64).estimate_seconds(20_000, 18_211) == 0
