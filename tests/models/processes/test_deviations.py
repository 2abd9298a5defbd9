from __future__ import annotations

import numpy as np

from kit.models.processes.deviations import enlarged_errors, shrunk_deviations

RNG = np.random.default_rng(0)
N_TARGETS = 2000
CONTEXTS = np.repeat([0, 1, 2], [60, 60, 3])
LOG_DEVIATION = 0.5 * RNG.normal(size=N_TARGETS)


def draw(log_deviation: np.ndarray) -> np.ndarray:
    return (np.exp(log_deviation) * RNG.normal(size=(len(CONTEXTS), N_TARGETS))).astype(np.float32)


def test_deviations_that_contexts_share_are_found() -> None:
    factors = shrunk_deviations(draw(LOG_DEVIATION), CONTEXTS, 3, 1.0)
    for context in (0, 1):
        assert np.corrcoef(np.log(factors[context]), LOG_DEVIATION)[0, 1] > 0.97
        assert np.square(np.log(factors[context]) - LOG_DEVIATION).mean() < 0.1 * LOG_DEVIATION.var()
    np.testing.assert_array_equal(factors[2:], 1)


def test_a_power_is_one_of_the_factors() -> None:
    Y = draw(LOG_DEVIATION)
    whole, part = shrunk_deviations(Y, CONTEXTS, 3, 1.0), shrunk_deviations(Y, CONTEXTS, 3, 0.3)
    np.testing.assert_allclose(part, whole**0.3, rtol=1e-5)


def test_without_differences_there_is_next_to_nothing() -> None:
    factors = shrunk_deviations(draw(np.zeros(N_TARGETS)), CONTEXTS, 3, 1.0)
    assert np.abs(np.log(factors)).max() < 0.1


def test_errors_are_enlarged_where_they_are_made_and_not_where_the_targets_are_large() -> None:
    """Half of the targets are multiplied by three; their signal is large there, their noise is elsewhere."""
    factors = np.ones((4, N_TARGETS), dtype=np.float32)
    factors[:3, ::2] = 3
    shared = np.zeros(N_TARGETS)
    shared[::2] = 5 * RNG.normal(size=N_TARGETS // 2)
    noise = RNG.normal(size=(len(CONTEXTS), N_TARGETS))
    noise[:, ::2] *= 0.1
    solved = np.linalg.solve(12.5 * np.ones((123, 123)) + np.eye(123), shared + noise)
    found = enlarged_errors(lambda columns: solved[:, columns], factors, CONTEXTS)
    seen = np.sqrt(np.square(noise * factors[CONTEXTS]).sum(axis=1) / np.square(noise).sum(axis=1))
    np.testing.assert_allclose(found, seen, rtol=0.1)
    zeros = enlarged_errors(lambda columns: np.zeros((3, N_TARGETS))[:, columns], factors, CONTEXTS[:3])
    np.testing.assert_array_equal(zeros, 1)


def test_one_context_and_constant_targets_are_left_alone() -> None:
    np.testing.assert_array_equal(shrunk_deviations(draw(LOG_DEVIATION), 0 * CONTEXTS, 1, 1.0), 1)
    flat = draw(LOG_DEVIATION)
    flat[:, 0] = 0
    assert np.isfinite(shrunk_deviations(flat, CONTEXTS, 3, 1.0)).all()
    assert np.isfinite(shrunk_deviations(0 * flat, CONTEXTS, 3, 1.0)).all()
