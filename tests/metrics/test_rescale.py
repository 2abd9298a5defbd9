from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InputError
from kit.metrics import MRRMSE, MeanAbsoluteError, Metric, Pearson, best_scale

KINDS = [MRRMSE(), MeanAbsoluteError()]


@pytest.mark.parametrize("metric", KINDS)
@pytest.mark.parametrize("factor", [2.0, 0.01, -3.0, 500.0])
def test_a_planted_factor_is_found_exactly(metric: Metric, factor: float) -> None:
    P = np.random.default_rng(0).normal(size=(12, 30))
    scale, score = best_scale(factor * P, P, metric)
    assert scale == pytest.approx(factor, rel=1e-6)
    assert score == pytest.approx(0.0, abs=1e-5 * abs(factor))


@pytest.mark.parametrize("metric", KINDS)
@given(seed=st.integers(0, 1000), size=st.sampled_from([1e-3, 0.3, 1.0, 40.0, -0.3, -5.0]))
@settings(max_examples=20, deadline=None)
def test_no_factor_of_a_fine_grid_does_better(metric: Metric, seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(6, 9)) * rng.gamma(1.0, 2.0, (6, 1))
    P = size * (0.4 * Y + rng.normal(size=Y.shape))
    scale, score = best_scale(Y, P, metric)
    assert score == pytest.approx(metric(Y, scale * P), rel=1e-5)
    grid = scale + np.linspace(-2.0, 2.0, 201) / size
    assert score <= min(metric(Y, s * P) for s in grid) * (1 + 1e-6)
    assert score <= metric(Y, P) * (1 + 1e-12)


@pytest.mark.parametrize("metric", KINDS)
def test_degenerate_predictions(metric: Metric) -> None:
    Y = np.random.default_rng(0).normal(size=(4, 5))
    zeros = np.zeros_like(Y)
    assert best_scale(Y, zeros, metric) == (1.0, pytest.approx(metric(Y, zeros)))
    assert best_scale(zeros, Y, metric) == (0.0, 0.0)
    assert best_scale(zeros, zeros, metric) == (1.0, 0.0)


def test_a_metric_without_a_best_scale_is_refused() -> None:
    with pytest.raises(InputError, match="no best scale by pearson"):
        best_scale(np.ones((2, 2)), np.ones((2, 2)), Pearson())
