from __future__ import annotations

import math

import pytest

from kit.errors import InputError
from kit.tuning.options import UCB_ERRORS, TuneOptions, over_folds


def test_the_mean_is_weighted() -> None:
    assert over_folds([1.0, 4.0], [2.0, 1.0], "mean") == pytest.approx(2.0)
    assert over_folds([1.0, 4.0], [2.0, 1.0], "pareto") == pytest.approx(2.0)


def test_ucb_adds_standard_errors_on_the_worse_side() -> None:
    # sd of 1, 2, 3 is 1; of three folds the error of the mean is 1/sqrt(3).
    error = UCB_ERRORS / math.sqrt(3)
    assert over_folds([1.0, 2.0, 3.0], [1, 1, 1], "ucb") == pytest.approx(2 + error)
    assert over_folds([1.0, 2.0, 3.0], [1, 1, 1], "ucb", greater=True) == pytest.approx(2 - error)
    assert over_folds([1.5], [1], "ucb") == 1.5


def test_of_equal_means_ucb_takes_the_one_whose_folds_agree() -> None:
    calm, wild = [1.0, 1.0, 1.0], [0.5, 1.0, 1.5]
    assert over_folds(calm, [1, 1, 1], "ucb") < over_folds(wild, [1, 1, 1], "ucb")


@pytest.mark.parametrize("wrong", [{"trials": 0}, {"trials": 1, "jobs": 0}, {"trials": 1, "timeout": 0.0}])
def test_values_out_of_range_are_wrong_input(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        TuneOptions(**wrong).check()  # type: ignore[arg-type]
