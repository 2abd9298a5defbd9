from __future__ import annotations

import numpy as np
import pytest

from kit.targets.rank import (
    gavish_donoho_rank,
    marchenko_pastur_median,
    numerical_rank,
    optimal_threshold,
    rank_for_share,
)


@pytest.mark.parametrize("beta", [0.02, 0.1, 0.5, 1.0])
def test_threshold_agrees_with_the_paper_s_polynomial(beta: float) -> None:
    # Gavish and Donoho 2014, section V: within 0.02 for all aspect ratios.
    assert optimal_threshold(beta) == pytest.approx(0.56 * beta**3 - 0.95 * beta**2 + 1.82 * beta + 1.43, abs=0.02)


def test_threshold_of_a_square_matrix_is_the_published_one() -> None:
    assert optimal_threshold(1.0) == pytest.approx(2.858, abs=5e-4)


def test_marchenko_pastur_median_agrees_with_a_random_matrix() -> None:
    noise = np.random.default_rng(0).normal(size=(300, 1000))
    eigenvalues = np.linalg.svd(noise, compute_uv=False) ** 2 / 1000
    assert marchenko_pastur_median(0.3) == pytest.approx(np.median(eigenvalues), rel=0.01)


def test_gavish_donoho_finds_planted_rank_and_nothing_in_noise() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(80, 400))
    signal = 4 * rng.normal(size=(80, 5)) @ rng.normal(size=(5, 400))
    assert gavish_donoho_rank(np.linalg.svd(noise, compute_uv=False), 80, 400) == 0
    assert gavish_donoho_rank(np.linalg.svd(signal + noise, compute_uv=False), 80, 400) == 5


def test_numerical_rank_ignores_rounding() -> None:
    values = np.array([1.0, 1e-2, 1e-9, 0.0])
    assert numerical_rank(values, norm=1.0) == 2
    assert numerical_rank(values, norm=1e9) == 0  # all of it is float32 rounding of a matrix that large
    assert numerical_rank(np.array([]), norm=1.0) == 0


@pytest.mark.parametrize(("share", "rank"), [(0.5, 1), (0.75, 1), (0.9, 2), (0.97, 3), (0.999999, 3)])
def test_rank_for_share_is_the_least_that_holds_it(share: float, rank: int) -> None:
    # Squares 16, 3, 1 of 20: cumulative shares .80, .95, 1.
    assert rank_for_share(np.sqrt([16.0, 3.0, 1.0]), share) == rank


def test_rank_for_share_of_nothing() -> None:
    assert rank_for_share(np.zeros(3), 0.9) == 0
