from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.preprocessing import QuantileTransformer

from kit.errors import InputError, ParameterError
from kit.plugins import Plugin
from kit.targets import ClipTarget, PToScore, QuantileTarget, RankGaussTarget, ScoreToP, TargetTransform

RNG = np.random.default_rng(0)
Y = (RNG.standard_t(2, size=(60, 7)) * 2).astype(np.float32)
ALL = [ClipTarget(1.5), PToScore(), PToScore(7), ScoreToP(), ScoreToP(7), QuantileTarget(), RankGaussTarget()]


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 2 * len(Y))


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_comes_back(transform: TargetTransform) -> None:
    fitted = clone(transform).fit(Y)
    back = fitted.inverse_transform(fitted.transform(Y))
    wanted = np.clip(Y, -1.5, 1.5) if isinstance(transform, ClipTarget) else Y
    np.testing.assert_allclose(back, wanted, rtol=1e-4, atol=1e-4)
    assert not fitted.linear
    assert fitted.full_width(Y) is None


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_a_row_does_not_depend_on_its_batch_and_survives_saving(transform: TargetTransform, tmp_path: Path) -> None:
    fitted = clone(transform).fit(Y)
    together = fitted.transform(Y)
    np.testing.assert_array_equal(np.vstack([fitted.transform(Y[[i]]) for i in range(len(Y))]), together)
    fitted.save(tmp_path / "saved")
    loaded = Plugin.load(tmp_path / "saved")
    assert isinstance(loaded, TargetTransform)
    np.testing.assert_array_equal(loaded.transform(Y), together)
    with pytest.raises(InputError, match="7 columns"):
        fitted.transform(Y[:, :3])


@pytest.mark.parametrize("degrees_of_freedom", [None, 3.0, 40.0])
def test_p_values_become_the_scores_of_the_distribution(degrees_of_freedom: float | None) -> None:
    law = stats.norm() if degrees_of_freedom is None else stats.t(degrees_of_freedom)
    scores = np.array([[-3.2, -0.4, 0.0, 1.1, 5.0]])
    signed = (np.sign(scores) * -np.log10(2 * law.sf(np.abs(scores)))).astype(np.float32)
    found = PToScore(degrees_of_freedom).fit(signed).transform(signed)
    np.testing.assert_allclose(found, scores, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ScoreToP(degrees_of_freedom).fit(scores).transform(scores), signed, rtol=1e-4, atol=1e-6)


def test_tiny_p_values_do_not_underflow() -> None:
    huge = np.array([[180.0, -350.0]], dtype=np.float32)
    transform = PToScore().fit(huge)
    scores = transform.transform(huge)
    assert np.isfinite(scores).all()
    # P(|Z| > 28.5) is about 1e-178: the tail's leading term, -x²/2 log10(e) - log10(x sqrt(pi/2)).
    x = float(scores[0, 0])
    assert x**2 / 2 * np.log10(np.e) + np.log10(x * np.sqrt(np.pi / 2)) == pytest.approx(180, abs=0.01)
    np.testing.assert_allclose(transform.inverse_transform(scores), huge, rtol=1e-5)


def test_rank_gauss_makes_training_targets_normal() -> None:
    Z = RankGaussTarget().fit(Y).transform(Y)
    np.testing.assert_allclose(np.sort(Z, axis=0)[:, 0], stats.norm.ppf((np.arange(60) + 0.5) / 60), rtol=1e-5)
    np.testing.assert_array_equal(np.argsort(Z, axis=0), np.argsort(Y, axis=0))


def test_quantiles_agree_with_scikit_learn_but_for_the_ends() -> None:
    # scikit-learn's levels run from 0 to 1, ours stop half a rank before the ends.
    theirs = QuantileTransformer(n_quantiles=60).fit(Y).transform(Y)
    ours = QuantileTarget().fit(Y).transform(Y)
    np.testing.assert_allclose(ours, (theirs * 59 + 0.5) / 60, atol=1e-5)


def test_ties_stand_at_their_middle_and_new_values_beyond_the_range_at_its_ends() -> None:
    tied = np.array([[0.0], [0.0], [0.0], [1.0]], dtype=np.float32)
    transform = QuantileTarget().fit(tied)
    np.testing.assert_allclose(transform.transform(tied)[:, 0], [0.375, 0.375, 0.375, 0.875])
    np.testing.assert_allclose(transform.transform(np.array([[-9.0], [9.0]]))[:, 0], [0.125, 0.875])
    np.testing.assert_allclose(transform.inverse_transform(np.array([[0.0], [1.0]]))[:, 0], [0.0, 1.0])


@pytest.mark.parametrize("transform", [ClipTarget(0.0), PToScore(-1.0), QuantileTarget("cauchy")])  # type: ignore[arg-type]
def test_parameters_out_of_range(transform: TargetTransform) -> None:
    with pytest.raises(ParameterError):
        transform.fit(Y)
