from __future__ import annotations

import numpy as np
import pytest

from kit.models.processes.ratios import RATIOS, Ratios, posterior_of_ratios

RNG = np.random.default_rng(0)
N_ROWS, N_TARGETS = 80, 300
FACTOR = RNG.normal(size=(N_ROWS, 4))
SIGNAL, NOISE = FACTOR @ FACTOR.T / 4, RNG.uniform(0.5, 1.5, N_ROWS)


def targets(ratio: np.ndarray, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the signal of targets with the given ratios, and the targets."""
    signal = np.sqrt(ratio) * (FACTOR @ RNG.normal(size=(4, len(ratio)))) / 2
    values = signal + np.sqrt(NOISE)[:, None] * RNG.normal(size=(N_ROWS, len(ratio)))
    return scale * signal, (scale * values).astype(np.float32)


def test_equal_ratios_give_the_conditional_mean_of_that_ratio() -> None:
    signal, Y = targets(np.full(N_TARGETS, 1.0))
    ratios = Ratios.of(SIGNAL, NOISE, Y.copy())
    expected = SIGNAL @ np.linalg.solve(SIGNAL + np.diag(NOISE), Y)
    assert np.median(ratios.means()) == pytest.approx(0, abs=0.4)
    assert np.abs(SIGNAL @ ratios.dual() - expected).mean() < 0.1 * np.abs(signal).mean()


def test_targets_of_much_and_of_little_signal_are_told_apart_whatever_their_scale() -> None:
    ratio = np.repeat([0.02, 5.0], N_TARGETS // 2)
    signal, Y = targets(ratio)
    scale = np.float32(RNG.uniform(0.1, 10, N_TARGETS))
    ratios = Ratios.of(SIGNAL, NOISE, Y * scale)
    assert np.log(5) - 0.7 < ratios.means()[ratio > 1].mean() < np.log(5) + 0.7
    assert ratios.means()[ratio < 1].mean() < -1.5
    own = SIGNAL @ ratios.dual() / scale
    same = SIGNAL @ np.linalg.solve(SIGNAL + np.diag(NOISE), Y)
    assert np.square(own - signal).mean() < 0.8 * np.square(same - signal).mean()


def test_a_target_of_zeros_is_predicted_as_zeros() -> None:
    _, Y = targets(np.full(10, 1.0))
    Y[:, 3] = 0
    ratios = Ratios.of(SIGNAL, NOISE, Y.copy())
    assert np.isfinite(ratios.posterior).all()
    np.testing.assert_array_equal(ratios.dual()[:, 3], 0)
    np.testing.assert_allclose(ratios.posterior.sum(axis=0), 1)


def test_what_is_solved_in_float32_is_the_formula_in_float64() -> None:
    _, Y = targets(RNG.uniform(0.1, 3, N_TARGETS))
    ratios = Ratios.of(SIGNAL, NOISE, Y.copy())
    whole = Y.astype(np.float64)
    inverses = [r * np.linalg.inv(r * SIGNAL + np.diag(NOISE)) for r in RATIOS]
    expected = sum(share * (inverse @ whole) for share, inverse in zip(ratios.posterior, inverses, strict=True))
    np.testing.assert_allclose(ratios.dual(), expected, atol=3e-6 * np.abs(expected).max())
    one = np.linalg.solve(SIGNAL + np.diag(NOISE), whole[:, 3:9])
    np.testing.assert_allclose(ratios.solved(slice(3, 9)), one, atol=3e-6 * np.abs(one).max())
    evidence = [
        -0.5 * (N_ROWS * np.log((whole * (inverse @ whole)).sum(axis=0) / r) + np.linalg.slogdet(r * SIGNAL + N)[1])
        for r, inverse, N in zip(RATIOS, inverses, [np.diag(NOISE)] * len(RATIOS), strict=True)
    ]
    np.testing.assert_allclose(ratios.posterior, posterior_of_ratios(np.array(evidence)), atol=1e-5)
