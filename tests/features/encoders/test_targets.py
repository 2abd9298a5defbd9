from __future__ import annotations

import numpy as np
import pytest

from kit.features.encoders.groups import Groups
from kit.features.encoders.targets import sums_of_others


@pytest.mark.parametrize("width", [5, 300])
def test_sums_of_others_by_the_definition(width: int) -> None:
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.integers(0, 4, 20), [4]])  # the last row is alone
    values = rng.standard_normal((21, width))
    others = sums_of_others(values, Groups.of(codes, 5))
    for row in range(21):
        same = (codes == codes[row]) & (np.arange(21) != row)
        np.testing.assert_allclose(others[row], values[same].sum(axis=0), atol=1e-12)


def test_sums_of_others_do_not_carry_the_rows_own_rounding() -> None:
    values = np.ones((5, 2))
    changed = values.copy()
    changed[3] = 1e30
    groups = Groups.everyone(5)
    np.testing.assert_array_equal(sums_of_others(changed, groups)[3], sums_of_others(values, groups)[3])
    # The shorter way loses all of it, which is why it is not taken.
    assert not np.array_equal(changed.sum(axis=0) - changed[3], values.sum(axis=0) - values[3])


@pytest.mark.parametrize("width", [3, 300])
def test_many_small_groups_are_summed_in_the_same_order(width: int) -> None:
    rng = np.random.default_rng(1)
    codes = rng.permutation(np.repeat(np.arange(12), [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 0, 2]))
    values = rng.standard_normal((32, width)) * 10.0 ** rng.integers(-8, 8, (32, 1))
    others = sums_of_others(values, Groups.of(codes, 12))
    for row in range(32):
        same = np.flatnonzero(codes == codes[row])
        before, after = np.zeros(width), np.zeros(width)
        for other in same[same < row]:
            before += values[other]
        for other in same[same > row][::-1]:
            after += values[other]
        np.testing.assert_array_equal(others[row], before + after)
