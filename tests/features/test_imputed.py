"""Features with gaps: filled in, passed on, or a category of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError, ParameterError
from kit.features import CategoryCodes, Imputed, Numeric, OneHot

ROWS = pd.DataFrame(
    {"dose": [1.0, np.nan, 3.0, 8.0], "time": [1.0, 2.0, 3.0, 4.0], "name": ["a", None, "b", None]}, dtype=object
)
NEW = pd.DataFrame({"dose": [np.nan, 2.0], "time": [np.nan, 1.0], "name": [None, "c"]}, dtype=object)


@pytest.mark.parametrize(("method", "fill"), [("mean", 4.0), ("median", 3.0), ("constant", -1.0)])
def test_gaps_are_filled_and_marked(method: str, fill: float) -> None:
    block = Imputed(["dose", "time"], method=method, value=-1.0)
    np.testing.assert_array_equal(block.fit_transform(ROWS), [[1, 1, 0], [fill, 2, 1], [3, 3, 0], [8, 4, 0]])
    of_time = {"mean": 2.5, "median": 2.5, "constant": -1.0}[method]
    np.testing.assert_array_equal(block.transform(NEW), [[fill, of_time, 1], [2, 1, 0]])
    assert block.get_feature_names_out().tolist() == ["dose", "time", "dose__missing"]
    plain = Imputed(["dose"], method=method, value=-1.0, indicator=False)
    np.testing.assert_array_equal(plain.fit_transform(ROWS)[:, 0], [1, fill, 3, 8])
    assert plain.get_feature_names_out().tolist() == ["dose"]


def test_a_column_without_any_value_gets_the_constant() -> None:
    empty = ROWS.assign(dose=np.nan)
    np.testing.assert_array_equal(Imputed(["dose"], value=7.0).fit_transform(empty), [[7, 1]] * 4)


def test_without_gaps_columns_are_as_they_are() -> None:
    np.testing.assert_array_equal(
        Imputed({"pattern": "t.*"}).fit_transform(ROWS), Numeric(["time"]).fit_transform(ROWS)
    )


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="impute: column 'name' holds 'a', expected numbers"):
        Imputed(["name"]).fit(ROWS)
    with pytest.raises(InputError, match="impute: column 'time' is infinite at row 1"):
        Imputed(["time"]).fit(ROWS.assign(time=[1, np.inf, 2, 3]))
    with pytest.raises(InputError, match="'tme'"):
        Imputed(["tme"]).fit(ROWS)
    with pytest.raises(ParameterError, match="no regular expression"):
        Imputed({"pattern": "("}).fit(ROWS)


def test_numbers_are_passed_on_with_their_gaps_where_that_is_asked_for() -> None:
    with pytest.raises(InputError, match=r"'dose' is missing or infinite at row 1 .*`impute`"):
        Numeric(["dose"]).fit(ROWS)
    block = Numeric(["dose", "time"], missing="pass")
    assert block.passes_gaps
    np.testing.assert_array_equal(block.fit_transform(ROWS)[:, 0], [1, np.nan, 3, 8])
    block.check_rows(ROWS)
    with pytest.raises(InputError, match="holds 'a'"):
        Numeric(["name"], missing="pass").check_rows(ROWS)


def test_an_empty_cell_may_be_a_category() -> None:
    for block in (OneHot(["name"]), CategoryCodes(["name"])):
        with pytest.raises(InputError, match="'name' is missing at row 1"):
            block.fit(ROWS)
    hot = OneHot(["name"], missing="category")
    hot.check_rows(ROWS)
    np.testing.assert_array_equal(hot.fit_transform(ROWS), [[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0]])
    assert hot.get_feature_names_out().tolist() == ["name=(missing)", "name=a", "name=b"]
    np.testing.assert_array_equal(hot.transform(NEW), [[1, 0, 0], [0, 0, 0]])
    codes = CategoryCodes(["name"], missing="category")
    codes.check_rows(ROWS)
    np.testing.assert_array_equal(codes.fit_transform(ROWS)[:, 0], [1, 0, 2, 0])
    np.testing.assert_array_equal(codes.transform(NEW)[:, 0], [0, -1])
