from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InputError
from kit.features.encoders.groups import Groups, category_codes, grouping_name, row_labels


def test_a_pair_is_one_category_and_never_collides_with_another() -> None:
    rows = pd.DataFrame({"a": ["x", "xy", "x", "x"], "b": ["yz", "z", "yz", "y z"]})
    labels = row_labels(rows, ["a", "b"], "test")
    assert labels[0] == labels[2]
    assert len(set(labels)) == 3
    assert labels.dtype.kind == "U"
    assert grouping_name(["a", "b"]) == "a+b"


def test_whole_numbers_are_the_same_category_as_integers_and_as_floats() -> None:
    whole = row_labels(pd.DataFrame({"plate": [1, 2, 10]}), "plate", "test")
    floats = row_labels(pd.DataFrame({"plate": [1.0, 2.0, 10.0]}), "plate", "test")
    assert whole.tolist() == floats.tolist() == ["1", "2", "10"]
    assert row_labels(pd.DataFrame({"dose": [0.1]}), "dose", "test").tolist() == ["0.1"]


def test_categorical_columns_read_as_their_values() -> None:
    rows = pd.DataFrame({"a": pd.Categorical(["u", "v"], categories=["v", "u", "w"])})
    assert row_labels(rows, "a", "test").tolist() == ["u", "v"]


def test_empty_grouping() -> None:
    with pytest.raises(InputError, match="at least one column"):
        row_labels(pd.DataFrame({"a": [1]}), [], "test")


@given(st.lists(st.text(max_size=3), min_size=1), st.lists(st.text(max_size=3)))
@settings(max_examples=60, deadline=None)
def test_codes_find_every_known_label_and_no_other(known: list[str], asked: list[str]) -> None:
    # NumPy's fixed-width text drops trailing NULs, so that is what the labels are.
    categories = np.unique(np.asarray(known, dtype=str))
    labels = np.asarray([*asked, *known], dtype=str)
    expected = [list(categories).index(label) if label in categories else -1 for label in labels]
    assert category_codes(labels, categories).tolist() == expected


def test_sums_counts_and_parts() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 7, 50)
    codes[codes == 5] = 4  # group 5 is empty
    values = rng.standard_normal((50, 3))
    groups = Groups.of(codes, 7)
    expected = np.stack([values[codes == group].sum(axis=0) for group in range(7)])
    np.testing.assert_allclose(groups.sums(values), expected, atol=1e-12)
    assert groups.counts.tolist() == [int((codes == group).sum()) for group in range(7)]
    np.testing.assert_allclose(groups.part(2, 6).sums(values), expected[2:6], atol=1e-12)
    np.testing.assert_allclose(Groups.everyone(50).sums(values)[0], values.sum(axis=0), atol=1e-12)
