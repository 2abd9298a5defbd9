"""Targets with gaps: what the low-rank model fills in, and the coordinates of rows with gaps."""

from __future__ import annotations

import numpy as np
import pytest

from kit.errors import KitWarning
from kit.targets import TARGETS, ChainTarget, PToScore, TargetSVD, completion
from kit.testing.rows import make_gaps


def planted(n_rows: int = 60, n_targets: int = 90, rank: int = 3, noise: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Return the truth (a low rank and means of targets), and noisy measurements of it."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(n_rows, rank)) @ rng.normal(size=(rank, n_targets)) + 2 * rng.normal(size=n_targets)
    return truth, (truth + noise * rng.normal(size=truth.shape)).astype(np.float32)


def block_of(Y: np.ndarray) -> np.ndarray:
    """Half of the targets in half of the rows, as two panels would have it."""
    missing = np.zeros(Y.shape, dtype=bool)
    missing[::2, Y.shape[1] // 2 :] = True
    return missing


def rmse(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


@pytest.mark.parametrize("center", ["none", "mean", "group"])
@pytest.mark.parametrize("shape", [(60, 90), (90, 60)], ids=["wide", "tall"])
@pytest.mark.parametrize("gaps", ["random", "block"])
def test_little_is_lost_by_gaps(gaps: str, shape: tuple[int, int], center: str) -> None:
    truth, Y = planted(*shape)
    missing = block_of(Y) if gaps == "block" else make_gaps(Y, 0.12)
    groups = np.arange(len(Y)) % 3
    whole = TargetSVD(4, center=center).fit(Y, groups)
    gapped = np.where(missing, np.nan, Y)
    svd = TargetSVD(4, center=center).fit(gapped, groups)
    assert svd.converged_
    assert 1 < svd.n_iterations_ < completion.MOST_ITERATIONS
    coordinates = svd.transform(gapped, groups)
    assert np.isfinite(coordinates).all()
    back = svd.inverse_transform(coordinates, groups)
    of_whole = rmse(whole.inverse_transform(whole.transform(Y, groups), groups), truth)
    assert rmse(back, truth) < (1.45 if gaps == "block" else 1.15) * of_whole
    # Zeros in the gaps lose far more.
    zeros = TargetSVD(4, center=center).fit(np.where(missing, 0, Y), groups)
    assert rmse(zeros.inverse_transform(zeros.transform(np.where(missing, 0, Y), groups), groups), truth) > 2 * of_whole
    assert svd.noise_variance_ == pytest.approx(0.25, rel=0.25)


def test_a_whole_row_has_the_coordinates_of_the_basis_and_an_empty_one_those_of_the_centre() -> None:
    _, Y = planted()
    gapped = np.where(make_gaps(Y, 0.2), np.float32(np.nan), Y)
    svd = TargetSVD(4, center="mean").fit(gapped)
    rows = np.vstack([Y[:2], gapped[:3], np.full((1, Y.shape[1]), np.nan)]).astype(np.float32)
    coordinates = svd.transform(rows)
    np.testing.assert_allclose(coordinates[:2], (Y[:2] - svd.centres_) @ svd.components_.T, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(coordinates[-1], 0)
    # A row's coordinates are its own, whichever rows come with it.
    for at in range(len(rows)):
        np.testing.assert_allclose(svd.transform(rows[[at]])[0], coordinates[at], rtol=1e-4, atol=1e-5)
    full = svd.full_width(gapped)
    assert np.isfinite(full.Y).all()
    there = ~np.isnan(gapped)
    np.testing.assert_array_equal(full.Y[there], gapped[there])


@pytest.mark.parametrize("share", [0.4, 0.6])
@pytest.mark.parametrize("noise", [1.0, 3.0, 30.0])
def test_many_gaps_in_noisy_targets_do_not_overfit(noise: float, share: float) -> None:
    """What is filled in is nearer to the truth than the targets' means, and no further where there is only noise."""
    truth, Y = planted(80, 50, noise=noise)
    missing = make_gaps(Y, share)
    gapped = np.where(missing, np.float32(np.nan), Y)
    index = np.zeros(len(Y), dtype=np.intp)
    completed = completion.complete(gapped, lambda filled: (filled.mean(axis=0, keepdims=True), index))
    assert completed.converged
    filled = completed.values
    means = np.broadcast_to(np.nanmean(gapped, axis=0), Y.shape)
    assert rmse(filled[missing], truth[missing]) < (1.1 if noise > 1 else 0.8) * rmse(means[missing], truth[missing])


def test_an_iteration_that_does_not_end_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "MOST_ITERATIONS", 2)
    _, Y = planted()
    with pytest.warns(KitWarning, match=r"svd: the gaps of the targets \(40% of the values\) still change after 2"):
        svd = TargetSVD(4).fit(np.where(make_gaps(Y, 0.4), np.nan, Y))
    assert not svd.converged_


@pytest.mark.parametrize("kind", ["identity", "clip", "p_to_score", "score_to_p", "rank_gauss", "quantile"])
def test_other_transforms_pass_gaps_on(kind: str) -> None:
    _, Y = planted(30, 7)
    missing = make_gaps(Y, 0.3)
    gapped = np.where(missing, np.float32(np.nan), Y)
    target = TARGETS.get(kind)().fit(gapped)
    assert target.allow_nan_targets
    assert not target.fills_gaps
    mapped = target.transform(gapped)
    np.testing.assert_array_equal(np.isnan(mapped), missing)
    for column in range(Y.shape[1]):
        there = ~missing[:, column]
        own = TARGETS.get(kind)().fit(Y[there][:, [column]]).transform(Y[there][:, [column]])
        # As many quantiles as there are rows are made of the fewer measured values.
        far = {"rank_gauss": 0.25, "quantile": 0.05}.get(kind, 1e-6)
        np.testing.assert_allclose(mapped[there, column], own[:, 0], atol=far)


def test_a_chain_fills_gaps_where_a_step_does() -> None:
    _, Y = planted()
    chain = ChainTarget([PToScore(), TargetSVD(3)])
    assert chain.allow_nan_targets
    assert chain.fills_gaps
    assert not ChainTarget([PToScore()]).fills_gaps
    gapped = np.where(make_gaps(Y, 0.1), np.float32(np.nan), Y)
    assert np.isfinite(chain.fit(gapped).transform(gapped)).all()
