from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.values import as_number, as_numbers, canonical_text, canonical_texts, tidy_types


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("10", [10, 10.0, "10.0", " 10 ", "1e1", "+10", np.int8(10), np.float32(10), np.float16(10), Decimal("10.00")]),
        ("0", [0, -0.0, "0.0", "-0"]),
        ("0.1", [0.1, "0.10", ".1", np.float32(0.1), np.float16(0.1), Decimal("0.1")]),
        ("1e-06", [1e-6, "0.000001", "1E-6", np.float32(1e-6), Decimal("0.000001")]),
        ("9007199254740993", [2**53 + 1, "9007199254740993", np.int64(2**53 + 1)]),
        ("True", [True, np.bool_(True), "true", "TRUE"]),
        ("2020-01-01", [dt.date(2020, 1, 1), pd.Timestamp("2020-01-01"), "2020-01-01 00:00:00", "2020-01-01T00:00"]),
        (
            "2020-01-01 12:30:00",
            [dt.datetime(2020, 1, 1, 12, 30), "2020-01-01T12:30", np.datetime64("2020-01-01T12:30")],
        ),
        (
            "2020-01-01 11:00:00+00:00",
            ["2020-01-01T12:00:00+01:00", "2020-01-01 11:00Z", pd.Timestamp("2020-01-01 12:00", tz="Europe/Berlin")],
        ),
        ("B cells", ["B cells ", "\tB cells", b"B cells", np.str_("B cells\n")]),
        ("1 days 00:00:00", [dt.timedelta(days=1), pd.Timedelta("1D"), np.timedelta64(1, "D")]),
        (
            None,
            [
                None,
                np.nan,
                pd.NA,
                pd.NaT,
                np.float32("nan"),
                np.datetime64("NaT"),
                np.timedelta64("NaT"),
                "",
                "  ",
                "nan",
                "NaN",
                b" ",
            ],
        ),
    ],
)
def test_one_value_has_one_text(text: str | None, same: list) -> None:
    assert [canonical_text(value) for value in same] == [text] * len(same)
    assert canonical_texts([*same, *same]) == [text] * 2 * len(same)


@pytest.mark.parametrize(
    "text", ["0012", "1_000", "１０", "1e999", "2020-13-01 00:00:00", "9" * 50, "-", "1.2.3", "NA", "None"]
)
def test_what_only_looks_like_a_number_or_time_stays_as_it_is(text: str) -> None:
    assert canonical_text(text) == text
    assert canonical_text(f" {text} ") == text


def test_equal_keys_of_a_dictionary_are_told_apart() -> None:
    assert canonical_texts([1, True, 1.0, "1", [1]]) == ["1", "True", "1", "1", "[1]"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(number: float) -> None:
    text = canonical_text(number)
    assert text is not None
    assert as_number(text) == number
    assert canonical_text(text) == text == canonical_text(str(number))


@given(st.text())
def test_a_canonical_text_is_its_own(text: str) -> None:
    once = canonical_text(text)
    assert canonical_text(once) == once


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["True", "False"], [True, False]),
        (["1", "2"], [1, 2]),
        (["1.5", None], [1.5, np.nan]),
        (["0012", "13"], ["0012", "13"]),
        (["0", "0.5"], [0.0, 0.5]),
        (["a", "1"], ["a", "1"]),
        (["True", None], [True, None]),
        ([None, None], [None, None]),
        (["99999999999999999999", "1"], [1e20, 1.0]),
    ],
)
def test_types_of_columns(texts: list, expected: list) -> None:
    tidied = tidy_types(texts).tolist()
    assert all(a == b or (pd.isna(a) and pd.isna(b)) for a, b in zip(tidied, expected, strict=True))
    assert [type(value) for value in tidied if value is not None] == [
        type(value) for value in expected if value is not None
    ]


def test_a_key_of_numbers_is_numbers() -> None:
    np.testing.assert_array_equal(as_numbers(pd.Series(["10", "0.1", None])), [10, 0.1, np.nan])
    np.testing.assert_array_equal(as_numbers(pd.Series([True, False])), [1, 0])
    assert as_numbers(pd.Series(["10", "high"])) is None
    assert as_numbers(pd.Series(["1_0"])) is None
