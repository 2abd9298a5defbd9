"""Gaps are found, and what lacks the same is found together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kit.gaps import alike_columns, has_gaps, measured_parts, measured_rows, measured_targets, split_gaps

masks = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 6)))


def with_gaps(missing: np.ndarray) -> np.ndarray:
    return np.where(missing, np.nan, np.arange(missing.size).reshape(missing.shape)).astype(np.float32)


@given(masks)
def test_columns_that_are_alike_stand_together(missing: np.ndarray) -> None:
    groups = alike_columns(missing)
    assert sorted(np.concatenate(groups).tolist()) == list(range(missing.shape[1]))
    assert [len(group) for group in groups] == sorted((len(group) for group in groups), reverse=True)
    patterns = [missing[:, group[0]].tobytes() for group in groups]
    assert len(set(patterns)) == len(patterns)
    assert all((missing[:, group] == missing[:, group[:1]]).all() for group in groups)


@given(masks)
def test_parts_hold_every_measured_value_once(missing: np.ndarray) -> None:
    Y = with_gaps(missing)
    times = np.zeros(Y.shape)
    for rows, columns in measured_parts(Y):
        times[np.ix_(rows, columns)] += 1
    np.testing.assert_array_equal(times, ~missing)
    np.testing.assert_array_equal(measured_rows(Y), (~missing).any(axis=1))
    assert has_gaps(Y) == missing.any()


def test_values_and_what_was_measured() -> None:
    values, measured = split_gaps(np.array([[1.0, np.nan], [0.0, 2.0]], dtype=np.float32))
    assert values.tolist() == [[1, 0], [0, 2]]
    assert measured.tolist() == [[1, 0], [1, 1]]


@given(masks, st.integers(1, 20))
def test_blocks_find_what_the_whole_matrix_says(missing: np.ndarray, elements: int) -> None:
    Y = with_gaps(missing)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("kit.arrays.BLOCK_ELEMENTS", elements)
        assert has_gaps(Y) == missing.any()
        assert has_gaps(Y[0]) == missing[0].any()
        np.testing.assert_array_equal(measured_rows(Y), ~missing.all(axis=1))
        np.testing.assert_array_equal(measured_targets(Y), ~missing.all(axis=0))
