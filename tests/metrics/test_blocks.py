from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import rankdata

from kit.metrics.blocks import BLOCK_SIZE, average_ranks, row_slices


@pytest.mark.parametrize("n_columns", [0, 1, 1000, BLOCK_SIZE, 3 * BLOCK_SIZE])
@pytest.mark.parametrize("n_rows", [1, 263, 5000])
def test_slices_cover_every_row_once_and_stay_small(n_rows: int, n_columns: int) -> None:
    slices = list(row_slices(n_rows, n_columns))
    covered = np.concatenate([np.arange(n_rows)[rows] for rows in slices])
    np.testing.assert_array_equal(covered, np.arange(n_rows))
    assert all((rows.stop - rows.start) * n_columns <= max(BLOCK_SIZE, n_columns) for rows in slices)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2), elements=st.sampled_from([-1.5, -0.0, 0.0, 2.0, 7.0])))
@settings(max_examples=100, deadline=None)
def test_ranks_are_scipys(values: np.ndarray) -> None:
    np.testing.assert_array_equal(average_ranks(values), rankdata(values, axis=1))
