from __future__ import annotations

import numpy as np

from kit.models.processes.adam import minimize
from kit.models.processes.factors import Parameters


def bowl(at: Parameters) -> tuple[float, Parameters]:
    """A quadratic with its minimum at (1, −2) and 3."""
    away = {"pair": at["pair"] - [1, -2], "number": at["number"] - 3}
    value = sum(float(np.square(part).sum()) for part in away.values())
    return value, {name: 2 * part for name, part in away.items()}


START: Parameters = {"pair": np.zeros(2), "number": np.array(0.0)}


def test_it_finds_the_minimum_and_leaves_the_start() -> None:
    found, values = minimize(bowl, START, 300, 0.1)
    np.testing.assert_allclose(found["pair"], [1, -2], atol=1e-3)
    np.testing.assert_allclose(found["number"], 3, atol=1e-3)
    assert values[0] == 14
    assert values[-1] < 1e-5
    np.testing.assert_array_equal(START["pair"], 0)


def test_what_is_frozen_stays() -> None:
    found, _ = minimize(bowl, START, 50, 0.1, {"pair": np.array([True, False])})
    assert found["pair"][0] == 0
    assert abs(found["pair"][1] + 2) < 0.5


def test_the_first_step_has_the_learning_rate_and_the_last_one_little_of_it() -> None:
    one, _ = minimize(bowl, START, 1, 0.1)
    np.testing.assert_allclose(one["pair"], [0.1, -0.1], rtol=1e-6)
    before, _ = minimize(bowl, START, 3, 0.1)
    assert before["number"] < 0.3
