"""Columns as text, and canonical SMILES."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.features.vectors.texts import column_texts, holds_smiles, some


@pytest.mark.parametrize("dtype", [object, "string", "category"])
def test_texts_and_what_is_missing(dtype: str | type) -> None:
    rows = pd.DataFrame({"name": pd.Series(["a", None, "  ", " b ", "nan"], dtype=dtype)}).set_axis([9, 9, 3, 2, 1])
    texts, missing = column_texts(rows, "name", "test")
    assert texts == ["a", "", "", "b", "nan"]
    assert missing.tolist() == [False, True, True, False, False]


def test_missing_in_every_spelling_of_pandas() -> None:
    rows = pd.DataFrame({"name": [None, np.nan, pd.NA, pd.NaT, ""]})
    assert column_texts(rows, "name", "test")[1].all()


def test_numbers_are_written_as_tables_write_them() -> None:
    texts, missing = column_texts(pd.DataFrame({"cid": [100.0, 1.5, None]}), "cid", "test")
    assert texts == ["100", "1.5", ""]
    assert missing.tolist() == [False, False, True]


def test_an_absent_column_is_an_error() -> None:
    with pytest.raises(InputError, match="did you mean 'dose'"):
        column_texts(pd.DataFrame({"dose": [1.5]}), "doze", "test")


def test_no_rows() -> None:
    texts, missing = column_texts(pd.DataFrame({"name": []}), "name", "test")
    assert texts == []
    assert missing.shape == (0,)


def test_names_of_smiles_columns() -> None:
    assert holds_smiles("SMILES")
    assert holds_smiles("canonical_smiles")
    assert not holds_smiles("sm_name")


def test_some_names() -> None:
    assert some(["a"]) == "'a'"
    assert some(["a", "b", "c", "d", "e"]) == "'a', 'b', 'c' and 2 more"
    assert len(some(["x" * 1000])) < 100
