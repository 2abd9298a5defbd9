from __future__ import annotations

import numpy as np
import pytest

from kit.blends import ByScore
from kit.errors import ParameterError
from tests.blends.planted import mrrmse, planted


def test_weights_follow_the_formula() -> None:
    members, Y = planted({"a": 0.5, "b": 0.6, "c": 0.9})
    row_weights = np.arange(len(Y), dtype=float)
    scores = np.array([mrrmse(Y, members[name], row_weights) for name in "abc"])
    worse = scores / scores.min()
    for blend, expected in [
        (ByScore(0.2), np.exp(-(worse - 1) / 0.2)),
        (ByScore(0.5, "inverse_power"), worse**-2.0),
    ]:
        np.testing.assert_allclose(blend.fit(members, Y, row_weights).weights_, expected / expected.sum(), rtol=1e-5)


def test_the_temperature_goes_from_the_best_to_the_mean() -> None:
    members, Y = planted({"a": 0.5, "b": 0.6, "c": 0.9})
    np.testing.assert_allclose(ByScore(1e-4).fit(members, Y).weights_, [1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(ByScore(1e4).fit(members, Y).weights_, np.full(3, 1 / 3), atol=1e-3)


@pytest.mark.parametrize("method", ["softmax", "inverse_power"])
def test_a_member_that_is_right_gets_all(method: str) -> None:
    members, Y = planted({"a": 0.5})
    members |= {"b": Y, "c": Y.copy()}
    np.testing.assert_array_equal(ByScore(0.1, method).fit(members, Y).weights_, [0, 0.5, 0.5])  # type: ignore[arg-type]


def test_parameters() -> None:
    members, Y = planted({"a": 0.5})
    with pytest.raises(ParameterError, match="temperature"):
        ByScore(0.0).fit(members, Y)
