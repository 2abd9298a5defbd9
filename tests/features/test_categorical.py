from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from kit.errors import InputError, ParameterError
from kit.features import CategoryCodes, Numeric, OneHot
from kit.features.columns import with_names
from tests.features.support import experiment, new_rows

COLUMNS = ["cell_type", "sm_name"]


def test_one_hot_is_sklearns() -> None:
    rows, _ = experiment()
    oracle = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(rows[COLUMNS])
    builder = OneHot(COLUMNS).fit(rows)
    for table in (rows, new_rows()):
        np.testing.assert_array_equal(builder.transform(table), oracle.transform(table[COLUMNS]))
    assert builder.get_feature_names_out()[:3].tolist() == ["cell_type=B", "cell_type=NK", "cell_type=T"]


def test_one_hot_refuses_an_unseen_category_where_told_to() -> None:
    rows, _ = experiment()
    builder = OneHot(["cell_type"], handle_unknown="error").fit(rows)
    assert builder.transform(rows).sum() == len(rows)
    with pytest.raises(InputError, match="'Myeloid'"):
        builder.transform(new_rows())


def test_category_codes_are_sklearns() -> None:
    rows, _ = experiment()
    oracle = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(rows[COLUMNS])
    builder = CategoryCodes(COLUMNS).fit(rows)
    for table in (rows, new_rows()):
        np.testing.assert_array_equal(builder.transform(table), oracle.transform(table[COLUMNS]))
    assert (builder.transform(new_rows()) == -1).sum() == 2


def test_numeric_passes_numbers_and_names_what_is_none() -> None:
    rows = pd.DataFrame({"dose": [1.5, 2.0], "day": [1, 2], "control": [True, False], "name": ["a", "b"]})
    features = Numeric(["dose", "day", "control"]).fit_transform(rows)
    np.testing.assert_array_equal(features, [[1.5, 1, 1], [2, 2, 0]])
    with pytest.raises(InputError, match="one_hot"):
        Numeric(["name"]).fit(rows)
    with pytest.raises(InputError, match=r"row 1 \(1 rows"):
        Numeric(["dose"]).fit(rows.assign(dose=[0.0, np.inf]))
    with pytest.raises(InputError, match="row 0"):
        Numeric(["day"]).fit(rows.assign(day=pd.array([None, 2], dtype="Int64")))


@pytest.mark.parametrize("kind", [OneHot, CategoryCodes, Numeric])
def test_no_columns(kind: type) -> None:
    with pytest.raises(ParameterError, match="columns"):
        kind([]).fit(experiment()[0])


def test_a_key_can_be_a_number_too() -> None:
    rows = pd.DataFrame({"dose": ["10", "0.1", "1e-06"]})
    np.testing.assert_array_equal(Numeric(["dose"]).fit(rows).transform(rows)[:, 0], np.float32([10, 0.1, 1e-6]))
    with pytest.raises(InputError, match="column 'dose' holds 'high', expected numbers"):
        Numeric(["dose"]).fit(rows.replace("10", "high"))


def test_categories_are_compared_by_value() -> None:
    fitted = OneHot(["plate"]).fit(pd.DataFrame({"plate": [1, 2]}))
    for same in ([1.0, 2.0], ["1", "2"], ["1.0", " 2"], np.float32([1, 2])):
        np.testing.assert_array_equal(fitted.transform(pd.DataFrame({"plate": same})), np.eye(2))


def test_numeric_takes_the_columns_that_a_pattern_matches_as_a_whole() -> None:
    rows = pd.DataFrame({"x.1": [1.0, 2.0], "name": ["a", "b"], "x.2": ["3", "4"], "x": [5, 6]})
    fitted = Numeric({"pattern": r"x\..*"}).fit(rows)
    np.testing.assert_array_equal(fitted.transform(rows), [[1, 3], [2, 4]])
    assert list(fitted.get_feature_names_out()) == ["x.1", "x.2"]
    # The columns are those of the training rows, whatever else new rows have.
    new = rows.assign(**{"x.3": 0.0})[["x.3", "x.2", "x.1"]]
    np.testing.assert_array_equal(fitted.transform(new), [[1, 3], [2, 4]])
    with pytest.raises(InputError, match=r"no column 'x.2'"):
        fitted.transform(rows.drop(columns="x.2"))
    with pytest.raises(InputError, match=r"'y\.\*' matches no column of the rows, which are: x.1, name.*whole name"):
        Numeric({"pattern": "y.*"}).fit(rows)
    with pytest.raises(InputError, match=r"columns.pattern: 'x[(]' is no regular expression"):
        Numeric({"pattern": "x("}).fit(rows)


def test_before_the_fit_test_rows_need_the_columns_that_a_pattern_matches_in_the_training_rows() -> None:
    rows = pd.DataFrame({"x.1": [1.0], "x.2": [2.0]})
    named = with_names(Numeric({"pattern": "x.*"}), rows)
    assert named.columns == ["x.1", "x.2"]
    named.check_rows(rows, fitting=False)
    with pytest.raises(InputError, match=r"no column 'x.2'"):
        named.check_rows(rows[["x.1"]], fitting=False)
    listed = Numeric(["x.1"])
    assert with_names(listed, rows) is listed
