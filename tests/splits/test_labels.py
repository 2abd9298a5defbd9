from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.splits.labels import group_codes, labels, masked_fold


def test_labels_are_strings_of_any_column() -> None:
    rows = pd.DataFrame({"n": [2, 10], "c": pd.Categorical(["b", "a"]), "flag": [True, False]}, index=[5, 5])
    assert labels(rows, "n", "me").tolist() == ["2", "10"]
    assert labels(rows, "c", "me").tolist() == ["b", "a"]
    assert labels(rows, "flag", "me").dtype.kind == "U"
    with pytest.raises(InputError, match="me: row 1 has no 'n'"):
        labels(rows.assign(n=[1.0, np.nan]), "n", "me")


def test_group_codes_number_sorted_combinations() -> None:
    rows = pd.DataFrame({"a": ["y", "x", "y", "x"], "b": ["2", "1", "2", "0"]})
    codes, names = group_codes(rows, ["a", "b"], "me")
    assert names == ["x × 0", "x × 1", "y × 2"]
    assert codes.dtype == np.intp
    assert codes.tolist() == [2, 1, 2, 0]


def test_a_mask_of_nothing_makes_no_fold() -> None:
    some, none = np.array([True, False]), np.zeros(2, dtype=bool)
    assert masked_fold("x", none, some) is None
    assert masked_fold("x", some, none) is None
    fold = masked_fold("x", some, ~some)
    assert fold is not None
    assert (fold.train.tolist(), fold.validation.tolist(), fold.weight) == ([0], [1], 1.0)
