from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError, ParameterError
from kit.models import Bagged, PerGroup, Ridge
from kit.models.wrappers.base import group_keys, match_rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4)).astype(np.float32)
Y = RNG.normal(size=(12, 2)).astype(np.float32)


def test_a_model_that_leaves_something_to_be_chosen_is_refused() -> None:
    with pytest.raises(ParameterError, match="penalty to be chosen"):
        Bagged(Ridge([1.0, 2.0])).fit(X, Y)


def test_the_parameters_of_the_model_inside_are_checked() -> None:
    with pytest.raises(ParameterError, match="penalty"):
        Bagged(Ridge(-1.0)).fit(X, Y)


def test_a_block_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no feature block 'cel' \(did you mean 'cell'"):
        PerGroup(Ridge(1.0), by="cel", blocks={"cell": (0, 1)}).fit(X, Y)
    np.testing.assert_array_equal(group_keys(X, "b", {"a": (0, 1), "b": (1, 4)}), X[:, 1:])


def test_rows_are_matched_by_value() -> None:
    known = np.array([[0, 1], [1, 0]], dtype=np.float32)
    values = np.array([[1, -0.0], [0.5, 0], [0, 1]], dtype=np.float32)
    np.testing.assert_array_equal(match_rows(values, known), [1, -1, 0])
