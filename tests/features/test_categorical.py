from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from kit.errors import InputError, ParameterError
from kit.features import CategoryCodes, Numeric, OneHot
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
