from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InputError
from kit.features import TargetProfile
from kit.features.encoders.groups import Groups
from kit.features.encoders.profiles import GroupMeans, row_weights
from tests.features.support import experiment


def drawn(seed: int) -> tuple[GroupMeans, np.ndarray, np.ndarray, np.ndarray]:
    """Means over random groups, centres, weights (some 0) and a source, and a block; rows' groups and weights."""
    rng = np.random.default_rng(seed)
    n_rows = int(rng.integers(1, 15))
    group, centre = (np.unique(rng.integers(0, 4, n_rows), return_inverse=True)[1] for _ in range(2))
    weights = rng.integers(0, 4, n_rows) * 0.1
    groups, centres = (Groups.of(codes, int(codes.max()) + 1) for codes in (group, centre))
    means = GroupMeans(groups, centres if seed % 2 else None, weights, rng.random(n_rows) < 0.7)
    return means, rng.standard_normal((n_rows, 3)), group, weights


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([0.0, 0.3]))
def test_a_row_has_no_part_in_what_the_others_give_it(seed: int, shrinkage: float) -> None:
    means, block, _, _ = drawn(seed)
    before = means.of_others(block, shrinkage)
    assert before.shape == block.shape
    assert np.isfinite(before).all()
    for row in range(len(block)):
        replaced = block.copy()
        replaced[row] = 1e9
        np.testing.assert_array_equal(means.of_others(replaced, shrinkage)[row], before[row])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 50_000))
def test_means_over_all_rows_as_numpy_averages_them(half: int) -> None:
    means, block, group, weights = drawn(2 * half)  # without centres
    counted = means.counted[:, 0]
    found = means.of_all(block, 0.0)
    for code in range(group.max() + 1):
        inside = group == code
        if counted[inside].sum() > 0:
            np.testing.assert_allclose(found[code], np.average(block[inside], axis=0, weights=counted[inside]))
        else:
            np.testing.assert_array_equal(found[code], found[-1])
    used = counted if counted.any() else weights
    expected = np.average(block, axis=0, weights=used) if used.any() else np.zeros(3)
    np.testing.assert_allclose(found[-1], expected, atol=1e-12)


def test_weights_are_a_column_or_all_alike() -> None:
    rows = pd.DataFrame({"n": [3, 0, 7]})
    assert row_weights(rows, "n", "test").tolist() == [3, 0, 7]
    assert row_weights(rows, None, "test").tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-1.0, "is -1.0 at row 0"),
        (np.nan, "is nan at row 0"),
        (np.inf, "is inf at row 0"),
        (0, "all weights"),
        ("many", "expected numbers"),
    ],
)
def test_wrong_weights(weights: object, message: str) -> None:
    rows, Y = experiment()
    with pytest.raises(InputError, match=message):
        TargetProfile(weights="w").fit(rows.assign(w=weights), Y)
    with pytest.raises(InputError, match="no column 'w'"):
        TargetProfile(weights="w").fit(rows, Y)
