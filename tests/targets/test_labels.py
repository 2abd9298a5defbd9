from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.targets import LabelsTarget


def test_the_targets_of_a_retrieval_are_labels_on_one_side_and_any_vectors_on_the_other() -> None:
    Y = np.eye(3, dtype=np.float32)
    target = LabelsTarget().fit(Y)
    np.testing.assert_array_equal(target.transform(Y), Y)
    assert target.inverse_transform(np.ones((2, 17))).shape == (2, 17)
    with pytest.raises(InputError, match="expected 3 columns"):
        target.transform(np.ones((2, 2)))
