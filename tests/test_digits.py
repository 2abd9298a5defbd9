from __future__ import annotations

import math

import numpy as np
import pytest

from kit.digits import cells, decimals, format_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.61234, "0.6123"),
        (12.3, "12.3000"),
        (0.0123, "0.0123"),
        (0.00123, "0.00123"),
        (1e-5, "0.0000100"),
        (-1.234e-5, "-0.0000123"),
        (1.23e-12, "1.23e-12"),
        (0.0, "0.0000"),
        (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)
def test_digits_suit_the_size(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize("size", [10.0**power for power in range(-30, 3)])
def test_no_number_is_printed_as_nothing_and_it_is_the_number(size: float) -> None:
    for value in (size, -2.5 * size, 9.99 * size):
        assert float(format_number(value)) == pytest.approx(value, rel=5e-3)


def test_a_column_has_the_digits_of_its_greatest_number() -> None:
    assert decimals([0.5, 1e-9]) == 4
    assert cells([0.5, 0.00001, None, np.float32(0.25), math.nan, 7, "a", np.int64(3), True]) == [
        "0.5000",
        "0.0000",
        "",
        "0.2500",
        "",
        "7",
        "a",
        "3",
        "True",
    ]
    assert cells([2.1e-5, 1.9e-5]) == ["0.0000210", "0.0000190"]
    assert cells([2.1e-15, 0.0]) == ["2.10e-15", "0.00e+00"]


def test_fewer_digits_that_were_asked_for_are_kept() -> None:
    assert format_number(0.004, 1) == "0.0"
    assert cells([12.34, 0.01], 1) == ["12.3", "0.0"]
