from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.targets.centring import centre_index, group_centres, group_labels


def test_group_centres_are_the_groups_means_and_last_the_overall_one() -> None:
    Y = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    index = np.array([0, 1, 0, 2, 2, 2, 0])
    centres = group_centres(Y, index, 3)
    expected = [Y[index == group].mean(axis=0) for group in range(3)] + [Y.mean(axis=0)]
    np.testing.assert_allclose(centres, expected, rtol=1e-6, atol=1e-7)


def test_centre_index_sends_unknown_labels_to_the_last() -> None:
    known = np.array(["B cells", "NK cells"])
    labels = np.array(["NK cells", "A", "B cells", "Z"])
    assert centre_index(labels, known).tolist() == [1, 2, 0, 2]


@pytest.mark.parametrize("groups", [None, ["a"], [["a"], ["b"]]])
def test_group_labels_must_be_one_a_row(groups: object) -> None:
    with pytest.raises(InputError, match="one label a row"):
        group_labels(groups, 2)  # type: ignore[arg-type]
