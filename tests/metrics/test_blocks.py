from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import rankdata

from kit.metrics import row_scores
from kit.metrics.blocks import average_ranks, ranks_of


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2), elements=st.sampled_from([-1.5, -0.0, 0.0, 2.0, 7.0])))
@settings(max_examples=100, deadline=None)
def test_ranks_are_scipys(values: np.ndarray) -> None:
    np.testing.assert_array_equal(average_ranks(values), rankdata(values, axis=1))


def test_known_ranks_of_targets_change_no_score() -> None:
    rng = np.random.default_rng(0)
    Y, P = (rng.integers(0, 9, (300, 40)).astype(np.float32) for _ in range(2))
    plain, given = row_scores(Y, P), row_scores(Y, P, ranks=ranks_of(Y))
    for name, values in plain.items():
        np.testing.assert_array_equal(given[name], values)


def test_ranks_of_targets_with_gaps_are_left_to_the_blocks() -> None:
    assert ranks_of(np.array([[1.0, np.nan]], dtype=np.float32)) is None
