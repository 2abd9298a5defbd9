from __future__ import annotations

import numpy as np

from kit.features.encoders.groups import Groups
from kit.features.encoders.targets import sums_of_others


def test_sums_of_others_by_the_definition() -> None:
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.integers(0, 4, 20), [4]])  # the last row is alone
    values = rng.standard_normal((21, 5))
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
