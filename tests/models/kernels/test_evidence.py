from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from kit.models.kernels import RBF, Linear
from kit.models.kernels.evidence import Evidence
from kit.models.kernels.kernel_rows import KernelRows
from tests.models.kernels.planted import random


@pytest.mark.parametrize("rank", [4, 20])
def test_log_likelihood_is_that_of_the_normal_distribution(rank: int) -> None:
    X, Y = random(20, rank)
    wide = X.astype(np.float64)
    K = wide @ wide.T  # of full rank, or with directions that only noise explains
    weights = np.random.default_rng(1).uniform(0.3, 2, 20)
    rows = KernelRows(Linear().fit(X), X, weights, None)
    evidence = Evidence.of(rows, Y, np.full(5, 3.0), shared=False)
    variances = evidence.signal_variance(0.7)
    expected = sum(
        multivariate_normal(np.full(20, 3.0), variances[j] * (K + 0.7 * np.diag(1 / weights))).logpdf(Y[:, j])
        for j in range(5)
    )
    assert evidence.log_likelihood(0.7) == pytest.approx(expected, rel=1e-9)


def test_the_likeliest_noise_is_no_less_likely_than_any_on_a_fine_grid() -> None:
    X, Y = random(40)
    rows = KernelRows(RBF(0.05).fit(X), X, np.ones(40), None)
    evidence = Evidence.of(rows, Y, np.zeros(5), shared=True)
    found = evidence.log_likelihood(evidence.likeliest(None))
    grid = [evidence.log_likelihood(noise) for noise in np.logspace(-6, 4, 300)]
    assert found >= max(grid) - 1e-4


def test_of_equals_the_greatest_noise_is_taken() -> None:
    X = np.eye(5, dtype=np.float32)
    rows = KernelRows(Linear().fit(X), X, np.ones(5), None)
    flat = Evidence.of(rows, np.zeros((5, 2), dtype=np.float32), np.zeros(2), shared=False)
    assert flat.likeliest([0.1, 2.0, 1.0]) == 2.0
    assert flat.log_likelihood(1.0) == 0.0
