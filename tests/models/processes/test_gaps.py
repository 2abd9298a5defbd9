"""Targets with gaps are draws of the rows that they have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from kit.errors import InputError, KitWarning
from kit.models.processes import CoregionalizedGP
from kit.models.processes.gaps import Gapped
from kit.models.processes.likelihood import Objective
from kit.plugins import Plugin
from tests.models.processes.planted import planted, process
from tests.models.processes.test_likelihood import DEFAULT, objective

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(24, 30)).astype(np.float32)
MISSING = RNG.random((24, 30)) < 0.3
MISSING[:, :10] = False
MISSING[4:12, 10:16] = True
MISSING[:4, 10:16] = MISSING[12:, 10:16] = False
GAPPED = Gapped.of(VALUES, MISSING)
ROOT = RNG.normal(size=(24, 24))
SIGMA = ROOT @ ROOT.T / 24 + np.eye(24)
PRECISION = np.linalg.inv(SIGMA)


def test_targets_are_grouped_by_the_rows_that_they_lack() -> None:
    assert [len(pattern.targets) for pattern in GAPPED.patterns[:2]] == [10, 6]
    for pattern in GAPPED.patterns:
        lacks = MISSING[:, pattern.targets]
        assert (np.flatnonzero(lacks.all(axis=1)) == pattern.rows).all()
        assert (lacks.any(axis=1) == lacks.all(axis=1)).all()
    assert sorted(np.concatenate([pattern.targets for pattern in GAPPED.patterns])) == list(range(30))
    few = GAPPED.most_common(3, RNG)
    assert few.n_targets == 17
    np.testing.assert_array_equal(few.values[:, few.patterns[1].targets], GAPPED.values[:, 10:16])
    part = GAPPED.select_rows(np.arange(4, 12))
    assert part.n_targets == 24
    assert part.patterns[0].targets.tolist() == list(range(10))


def test_gaps_are_filled_by_their_conditional_means_and_precisions_are_those_of_what_is_measured() -> None:
    whole = GAPPED.filled(PRECISION)[0]
    for target in range(30):
        m, o = np.flatnonzero(MISSING[:, target]), np.flatnonzero(~MISSING[:, target])
        expected = SIGMA[np.ix_(m, o)] @ np.linalg.solve(SIGMA[np.ix_(o, o)], VALUES[o, target])
        np.testing.assert_allclose(whole[m, target], expected, atol=1e-8)
    total = np.zeros((24, 24))
    for target in range(30):
        o = np.flatnonzero(~MISSING[:, target])
        total[np.ix_(o, o)] += np.linalg.inv(SIGMA[np.ix_(o, o)]) / 30
    np.testing.assert_allclose(GAPPED.mean_precision(PRECISION), total, atol=1e-10)
    np.testing.assert_allclose(sum(share * one for share, one in GAPPED.precisions(PRECISION)), total, atol=1e-10)


@pytest.mark.parametrize("unit_diagonal", [False, True])
def test_the_value_is_the_likelihood_of_what_was_measured_and_the_gradient_is_its_own(unit_diagonal: bool) -> None:
    whole, at = objective(DEFAULT, unit_diagonal)
    function = Objective(
        whole.covariance,
        whole.pair,
        whole.S,
        30.0,
        whole.contexts,
        whole.added,
        unit_diagonal,
        whole.priors,
        GAPPED,
    )
    moments = function.moments(at)
    sigma = moments.signal + np.diag(moments.noise)
    expected = 0.0
    for target in range(30):
        o = np.flatnonzero(~MISSING[:, target])
        density = multivariate_normal(np.zeros(len(o)), sigma[np.ix_(o, o)])
        expected -= density.logpdf(VALUES[o, target]) - len(o) / 2 * np.log(1 / (2 * np.pi))
    prior = whole.value_and_gradient(at)[0] - whole._likelihood(moments)[0]
    assert function.value_and_gradient(at)[0] == pytest.approx(expected + prior, rel=1e-7)
    gradient = function.value_and_gradient(at)[1]
    for name in at:
        if name.startswith("spread"):
            continue
        direction = RNG.normal(size=at[name].shape)
        direction = np.tril(direction) if name.startswith("terms") and direction.ndim == 2 else direction
        above, below = (
            function.value_and_gradient(at | {name: at[name] + sign * 1e-5 * direction})[0] for sign in (1, -1)
        )
        assert (above - below) / 2e-5 == pytest.approx((gradient[name] * direction).sum(), rel=1e-4, abs=1e-4), name


def test_added_noise_is_what_it_is_on_average_over_draws() -> None:
    added = np.linspace(0, 1, 24)
    drawn = np.zeros((24, 24))
    for _ in range(2000):
        noisy = (VALUES + np.sqrt(added)[:, None] * RNG.normal(size=VALUES.shape)).astype(np.float32)
        drawn += Gapped.of(noisy, MISSING).completed(PRECISION, np.zeros(24)).S / 2000
    expected = GAPPED.completed(PRECISION, added)
    np.testing.assert_allclose(expected.S, drawn, atol=0.05)
    np.testing.assert_allclose(expected.spread, GAPPED.completed(PRECISION, np.zeros(24)).spread)


PLANTED = planted(n_targets=600)
KNOWN = ~PLANTED.hidden


def fitted(Y: np.ndarray, **params: object) -> CoregionalizedGP:
    return process(**params).fit(PLANTED.X[KNOWN], Y)  # type: ignore[arg-type]


def blocks_missing() -> np.ndarray:
    """Return targets in two panels: the second was measured for half of the rows."""
    Y = PLANTED.Y[KNOWN].copy()
    Y[np.ix_(RNG.permutation(len(Y))[: len(Y) // 2], np.arange(300, 600))] = np.nan
    return Y


def at_random(share: float) -> np.ndarray:
    Y = PLANTED.Y[KNOWN].copy()
    Y[np.random.default_rng(1).random(Y.shape) < share] = np.nan
    return Y


@pytest.mark.parametrize("ratios", [False, True])
def test_where_next_to_nothing_is_missing_it_is_the_same_model(ratios: bool) -> None:
    whole = fitted(PLANTED.Y[KNOWN], target_ratios=ratios, target_deviations=0.3 if ratios else 0, n_steps=20)
    Y = PLANTED.Y[KNOWN].copy()
    Y[3, 7] = np.nan
    model = fitted(Y, target_ratios=ratios, target_deviations=0.3 if ratios else 0, n_steps=20)
    others = np.arange(600) != 7
    new = PLANTED.X[PLANTED.hidden]
    np.testing.assert_allclose(model.predict(new)[:, others], whole.predict(new)[:, others], atol=0.01)
    np.testing.assert_allclose(model.predict_variance(new), whole.predict_variance(new), rtol=0.01)


@pytest.mark.parametrize("params", [{}, {"target_ratios": False, "scale_rows": True, "two_stages": True}])
def test_gaps_at_random_cost_little(params: dict[str, object]) -> None:
    new, whole = PLANTED.X[PLANTED.hidden], fitted(PLANTED.Y[KNOWN], **params)
    model = fitted(at_random(0.12), **params)
    assert PLANTED.error(model.predict(new)) < 1.03 * PLANTED.error(whole.predict(new))
    for name in ("terms.0.context", "terms.1.context"):
        a, b = (one.parameters_[name] @ one.parameters_[name].T for one in (model, whole))
        assert np.linalg.norm(a - b) < 0.2 * np.linalg.norm(b), name
    np.testing.assert_allclose(model.parameters_["noise"], whole.parameters_["noise"], atol=0.15)
    seen = np.square(model.predict(new) - PLANTED.Y[PLANTED.hidden]).mean()
    assert model.predict_variance(new).mean() == pytest.approx(seen, rel=0.12)


def test_a_block_that_is_missing_is_learnt_from_the_other_panel() -> None:
    Y = blocks_missing()
    model = fitted(Y, target_ratios=False)
    known = ~np.isnan(Y)
    best = np.zeros((PLANTED.hidden.sum(), 600))
    sigma = PLANTED.signal[np.ix_(KNOWN, KNOWN)] + PLANTED.noise * np.eye(KNOWN.sum())
    for targets in (np.arange(300), np.arange(300, 600)):
        rows = np.flatnonzero(known[:, targets[0]])
        cross = PLANTED.signal[np.ix_(PLANTED.hidden, KNOWN)][:, rows]
        best[:, targets] = cross @ np.linalg.solve(sigma[np.ix_(rows, rows)], Y[np.ix_(rows, targets)])
    new = PLANTED.X[PLANTED.hidden]
    assert PLANTED.error(model.predict(new)) < 1.02 * PLANTED.error(best)
    filled = np.nan_to_num(Y)
    assert PLANTED.error(model.predict(new)) < PLANTED.error(fitted(filled, target_ratios=False).predict(new))


def test_centres_rows_without_values_and_targets_without_values() -> None:
    Y = at_random(0.1) + 5
    Y[2] = np.nan
    Y[:, 11] = np.nan
    weights = np.linspace(0.5, 1, len(Y))
    model = process(center="context", target_deviations=0.3, n_steps=30).fit(PLANTED.X[KNOWN], Y, weights)
    predictions = model.predict(PLANTED.X[PLANTED.hidden])
    assert len(model.rows_) == len(Y) - 1
    assert PLANTED.error(predictions - 5) < 1.15 * PLANTED.error(PLANTED.best())
    np.testing.assert_allclose(predictions[:, 11], 5, atol=1)


def test_beyond_many_patterns_the_covariance_is_learnt_from_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.models.processes.gaps.MOST_PATTERNS", 300)
    with pytest.warns(KitWarning, match="600 patterns of gaps; the covariance is learnt from the 300 targets of 300"):
        model = fitted(at_random(0.12), target_ratios=False)
    assert PLANTED.error(model.predict(PLANTED.X[PLANTED.hidden])) < 1.05 * PLANTED.error(PLANTED.best())


def test_it_survives_saving_and_refuses_nothing_but_gaps(tmp_path: Path) -> None:
    model = fitted(at_random(0.1), n_steps=5)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(PLANTED.X), model.predict(PLANTED.X))  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"every target is missing \(NaN\) in every row"):
        fitted(np.full_like(PLANTED.Y[KNOWN], np.nan))
    with pytest.raises(InputError, match="inf at row 0, column 0"):
        fitted(np.where(np.arange(600) == 0, np.inf, PLANTED.Y[KNOWN]))
