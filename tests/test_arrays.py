from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

from kit.arrays import as_matrix, require_columns
from kit.errors import InputError


def test_a_float32_matrix_passes_without_a_copy() -> None:
    values = np.ones((3, 4), dtype=np.float32)
    assert as_matrix(values, "X") is values
    assert as_matrix(values[1:], "X").base is values


@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
        arrays.array_shapes(min_dims=2, max_dims=2, min_side=0),
        elements={"min_value": 0, "max_value": 1},
        fill=st.nothing(),
    )
)
def test_everything_numeric_becomes_contiguous_float32(values: np.ndarray) -> None:
    for given_as in (values, np.asfortranarray(values), values[::-1][::-1]):
        matrix = as_matrix(given_as, "X", *values.shape)
        assert matrix.dtype == np.float32
        assert matrix.flags.c_contiguous
        np.testing.assert_array_equal(matrix, values.astype(np.float32))


def test_lists_and_frames_are_read() -> None:
    np.testing.assert_array_equal(as_matrix([[1, 2], [3, 4]], "X"), np.array([[1, 2], [3, 4]], np.float32))
    np.testing.assert_array_equal(as_matrix(pd.DataFrame({"a": [1.5]}), "X"), np.array([[1.5]], np.float32))


@pytest.mark.parametrize(
    ("values", "shape", "message"),
    [
        ([["a", "b"]], (None, None), "X: expected a numeric matrix, got list"),
        ([[1.0], [1.0, 2.0]], (None, None), "X: expected a numeric matrix, got list"),
        (None, (None, None), r"X: Expected array-like .*, got None"),
        (csr_matrix(np.eye(2)), (None, None), "X: Sparse data are not supported, got csr_matrix; give values.toarray"),
        (np.ones((2, 2), complex), (None, None), "X: Complex data not supported"),
        ([1.0, 2.0], (None, None), r"got shape \(2,\); Reshape your data"),
        ([1.0, 2.0], (None, None), r"X: expected 2 dimensions \(rows, columns\), got shape \(2,\)"),
        (np.zeros((1, 1, 1)), (None, None), r"got shape \(1, 1, 1\)"),
        ([[1.0, 2.0]], (2, None), "X: expected 2 rows, got 1"),
        ([[1.0, 2.0]], (1, 3), "X: expected 3 columns, got 2"),
        ([[1.0, 2.0], [3.0, np.nan]], (None, None), "X: NaN at row 1, column 1; values must be finite"),
        ([[1.0, -np.inf]], (None, None), "X: -inf at row 0, column 1"),
    ],
)
def test_what_is_no_finite_matrix_of_the_shape(values: Any, shape: tuple[int | None, int | None], message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_matrix(values, "X", *shape)


@pytest.mark.filterwarnings("ignore:overflow")
def test_what_overflows_in_float32_is_not_finite() -> None:
    with pytest.raises(InputError, match="X: inf at row 0, column 0"):
        as_matrix([[1e39]], "X")


def test_columns_are_required_by_name() -> None:
    rows = pd.DataFrame({"cell_type": ["B"], "sm_name": ["Belinostat"]})
    require_columns(rows, ["sm_name", "cell_type"], "one_hot")
    require_columns(rows, [], "one_hot")
    with pytest.raises(
        InputError, match=r"one_hot: the rows have no column 'cell-type' \(did you mean 'cell_type'\?\)"
    ):
        require_columns(rows, ["sm_name", "cell-type"], "one_hot")
    with pytest.raises(InputError, match=r"no column 'dose' \(known: cell_type, sm_name\)"):
        require_columns(rows, ["dose"], "numeric")
    with pytest.raises(InputError, match="rows must be a pandas data frame of keys and metadata, got dict"):
        require_columns(rows.to_dict(), [], "one_hot")  # type: ignore[arg-type]
