from __future__ import annotations

import numpy as np
import pytest

from kit.blends import Concatenate
from kit.errors import InputError, ParameterError

A, B = np.array([[3, 4], [0, 2]], dtype=np.float32), np.array([[1, 0, 0], [0, 0, 0]], dtype=np.float32)


def test_the_cosine_is_the_weighted_mean_of_the_cosines() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 4)).astype(np.float32), rng.standard_normal((2, 7)).astype(np.float32)
    joined = Concatenate({"a": 3.0, "b": 1.0}).combine({"b": b, "a": a})

    def cosine(pair: np.ndarray) -> float:
        return float(pair[0] @ pair[1] / np.linalg.norm(pair[0]) / np.linalg.norm(pair[1]))

    assert cosine(joined) == pytest.approx((3 * cosine(a) + cosine(b)) / 4, abs=1e-6)


def test_a_row_of_zeros_stays_one() -> None:
    joined = Concatenate().combine({"a": A, "b": B})
    np.testing.assert_allclose(joined, [[0.6, 0.8, 1, 0, 0], [0, 1, 0, 0, 0]], rtol=1e-6)


def test_refuses_wrong_input() -> None:
    with pytest.raises(InputError, match="nothing to blend"):
        Concatenate().combine({})
    with pytest.raises(InputError, match="no prediction 'c'"):
        Concatenate({"a": 1.0, "c": 1.0}).combine({"a": A, "b": B})
    with pytest.raises(InputError, match="'b' has no weight"):
        Concatenate({"a": 1.0}).combine({"a": A, "b": B})
    with pytest.raises(InputError, match="expected 2 rows"):
        Concatenate().combine({"a": A, "b": B[:1]})


def test_a_weight_of_0_leaves_a_model_out() -> None:
    np.testing.assert_array_equal(
        Concatenate({"a": 1.0, "b": 0.0}).combine({"a": A, "b": B}), Concatenate().combine({"a": A})
    )
    with pytest.raises(ParameterError, match="every model has the weight 0"):
        Concatenate({"a": 0.0}).combine({"a": A})


def test_without_a_member_the_others_keep_their_weights() -> None:
    blend = Concatenate({"a": 3.0, "b": 1.0, "c": 0.0})
    rest = blend.without("a")
    assert rest is not None
    assert rest.weights == {"b": 1.0, "c": 0.0}
    assert rest.without("b") is None
    assert Concatenate().without("a") is not None
