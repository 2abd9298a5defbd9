from __future__ import annotations

import numpy as np

from kit.full_width import FullWidth


def test_take_keeps_what_belongs_to_a_row_together() -> None:
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(4, 6)).astype(np.float32)
    centres = rng.normal(size=(2, 6)).astype(np.float32)
    components = np.linalg.qr(rng.normal(size=(6, 3)))[0].T.astype(np.float32)
    full = FullWidth(Y, components, centres, np.array([0, 1, 1, 0]), np.arange(4.0))
    taken = full.select_rows(np.array([2, 2, 0]))
    assert taken.n_targets == 6
    np.testing.assert_array_equal(taken.Y, Y[[2, 2, 0]])
    np.testing.assert_array_equal(taken.centre_index, [1, 1, 0])
    np.testing.assert_array_equal(taken.residual, [2.0, 2.0, 0.0])
    assert taken.components is components
    assert taken.centres is centres
