from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.models.processes.row_keys import RowKeys, known_levels, well_covered

X = np.float32([[5, 0.5], [2, 0.1], [5, 0.2]])


def test_levels_are_the_codes_of_the_training_rows() -> None:
    levels = known_levels(X, {"cell": 0}, "model")
    np.testing.assert_array_equal(levels["cell"], [2, 5])
    keys = RowKeys.of(np.float32([[2, 0], [-1, 0], [5, 0], [3, 0]]), {"cell": 0}, levels, "model")
    np.testing.assert_array_equal(keys.index["cell"], [0, 2, 1, 2])
    np.testing.assert_array_equal(keys.select_rows(np.array([2])).index["cell"], [1])


def test_what_is_no_code_is_refused() -> None:
    with pytest.raises(InputError, match="model: column 1 of X must hold category codes"):
        known_levels(X, {"dose": 1}, "model")


def test_half_the_rows_of_the_largest_level_cover_one() -> None:
    index = np.repeat([0, 1, 2], [10, 5, 4])
    np.testing.assert_array_equal(well_covered(index, 3), [True, True, False])
