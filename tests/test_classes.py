from __future__ import annotations

import numpy as np
import pytest

from kit.classes import as_probabilities, check_classes, likeliest, margins, true_classes
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


def test_scores_become_probabilities() -> None:
    scores = np.array([[0, 1, 0], [0.25, 0.25, 0.5], [1.5, -0.25, 0.5], [-1, -1, 0]], dtype=np.float32)
    expected = [[0, 1, 0], [0.25, 0.25, 0.5], [0.75, 0, 0.25], [1 / 3, 1 / 3, 1 / 3]]
    np.testing.assert_allclose(as_probabilities(scores), expected, rtol=1e-6)


def test_what_are_no_probabilities_is_refused() -> None:
    with pytest.raises(InputError, match="leave out the target transform"):
        as_probabilities(np.array([[0.2, -0.1], [2, 3]], dtype=np.float32))
    with pytest.raises(InputError, match="two classes or more"):
        as_probabilities(np.ones((3, 1), dtype=np.float32))


def test_the_likeliest_class_and_how_far_it_is_above_the_next() -> None:
    given = np.random.default_rng(0).dirichlet(np.ones(5), 30).astype(np.float32)
    ordered = np.sort(given.astype(np.float64), axis=1)
    np.testing.assert_allclose(margins(given), ordered[:, -1] - ordered[:, -2], rtol=1e-12)
    chosen = likeliest(given)
    np.testing.assert_array_equal(true_classes(chosen), given.argmax(axis=1))
    tied = np.array([[0.2, 0.4, 0.4]], dtype=np.float32)
    np.testing.assert_array_equal(likeliest(tied), [[0, 1, 0]])
    np.testing.assert_array_equal(margins(tied), [0])
