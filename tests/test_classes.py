from __future__ import annotations

import numpy as np
import pytest

from kit.classes import check_classes, true_classes
from kit.errors import InputError


def test_the_column_of_each_row() -> None:
    np.testing.assert_array_equal(true_classes(np.eye(4, dtype=np.float32)[[2, 0, 3]]), [2, 0, 3])


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 1, 0], [0.5, 0.5, 0], [np.nan, 0, 1], [2, -1, 0]])
def test_a_row_of_no_single_class_is_refused(row: list[float]) -> None:
    with pytest.raises(InputError, match="row 1 is of no single class"):
        true_classes(np.array([[0, 1, 0], row], dtype=np.float32))


def test_one_class_is_nothing_to_tell_apart() -> None:
    check_classes(2)
    with pytest.raises(InputError, match="at least two classes"):
        check_classes(1)
