from __future__ import annotations

import numpy as np
import pytest

from kit.models.kernels.votes import votes

INF = np.inf


def shares(similarity: list[float], k: int, weights: list[float] | None = None, by_similarity: bool = False) -> list:
    row_weights = np.ones(len(similarity)) if weights is None else np.array(weights)
    return votes(np.array([similarity]), np.array([1e-9]), k, row_weights, by_similarity)[0].tolist()


def test_the_nearest_count() -> None:
    assert shares([0.1, 0.9, 0.5], 2) == [0, 0.5, 0.5]
    assert shares([0.1, 0.9, 0.5], 2, by_similarity=True) == pytest.approx([0, 9 / 14, 5 / 14])
    assert shares([0.1, 0.9, 0.5], 2, [1, 1, 3]) == [0, 0.25, 0.75]


def test_those_that_tie_share_the_last_places() -> None:
    assert shares([0.9, 0.5, 0.5, 0.5], 2) == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert shares([0.9, 0.5, 0.5 + 1e-12, 0.5 - 1e-12], 2) == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert shares([0.9, 0.5, 0.5 + 1e-12, 0.5 - 1e-12], 3) == pytest.approx([1 / 3, 2 / 9, 2 / 9, 2 / 9])
    assert shares([0.9, 0.9, 0.9, 0.1], 2) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


def test_where_candidates_are_few_all_are_taken() -> None:
    assert shares([-INF, 0.9, 0.5, -INF], 3) == [0, 0.5, 0.5, 0]
    assert shares([-INF, -0.5], 7, by_similarity=True) == [0, 1]


def test_unlike_rows_count_nothing_unless_all_are_unlike() -> None:
    assert shares([0.5, -0.5, 0.0], 3, by_similarity=True) == [1, 0, 0]
    assert shares([1e-12, -0.5], 2, by_similarity=True) == [0.5, 0.5]
