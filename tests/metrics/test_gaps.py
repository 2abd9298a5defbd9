"""Metrics of targets with gaps count what was measured, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.metrics import METRICS, MRRMSE, MeanAbsoluteError, RowMetric, Scorer, best_scale, row_scores
from kit.testing.rows import make_gaps

KINDS: list[tuple[str, dict[str, Any]]] = [
    *((kind, {}) for kind in ("mrrmse", "mae", "pearson", "spearman", "cosine", "weighted_mse")),
    ("top_overlap", {"k": 3}),
    ("top_direction", {"k": 3}),
]


class Largest(RowMetric):
    """A row-wise metric of somebody else, who has not heard of gaps."""

    def per_row(self, Y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        assert np.isfinite(Y).all()
        return np.abs(Y - predictions).max(axis=1).astype(np.float64)


def gapped(n_rows: int = 12, n_targets: int = 9) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(n_rows, n_targets)).astype(np.float32)
    P = (Y + rng.normal(size=Y.shape)).astype(np.float32)
    # Rows that lack the same, rows that lack nothing, rows of their own.
    missing = make_gaps(Y, 0.3)
    missing[1], missing[2], missing[3] = missing[0], False, False
    return np.where(missing, np.float32(np.nan), Y), P


@pytest.mark.parametrize("metric", [*(METRICS.get(kind)(**params) for kind, params in KINDS), Largest()], ids=str)
def test_a_row_is_scored_by_what_it_measured(metric: RowMetric) -> None:
    Y, P = gapped()
    there = ~np.isnan(Y)
    expected = [metric.per_row(y[None, at], p[None, at])[0] for y, p, at in zip(Y, P, there, strict=True)]
    np.testing.assert_allclose(metric.row_values(Y, P), expected, rtol=1e-6)
    np.testing.assert_allclose(metric(Y, P), np.mean(expected), rtol=1e-6)
    weights = np.arange(1.0, 13)
    np.testing.assert_allclose(metric(Y, P, weights), np.average(expected, weights=weights), rtol=1e-6)
    [values] = row_scores(Y, P, [metric]).values()
    np.testing.assert_allclose(values, expected, rtol=1e-6)


@pytest.mark.parametrize("metric", [MRRMSE(), Largest()], ids=str)
def test_a_row_that_measured_nothing_counts_not_at_all(metric: RowMetric) -> None:
    Y, P = gapped()
    Y[4] = np.nan
    others = np.arange(12) != 4
    assert np.isnan(metric.row_values(Y, P)[4])
    assert metric(Y, P) == metric(Y[others], P[others])
    weights = np.ones(12)
    assert metric(Y, P, weights) == metric(Y[others], P[others], weights[others])
    known = pd.DataFrame({"member": "m", "kind": "model", "fold": "f", "row": range(12), "group": "g", "weight": 1.0})
    scores = Scorer(metric, range(12)).score(known, np.arange(12), Y, P)
    assert scores.rows["row"].tolist() == np.flatnonzero(others).tolist()
    assert np.isfinite(scores.interval()).all()


def test_nothing_measured_is_nothing_to_score() -> None:
    with pytest.raises(InputError, match="no value was measured"):
        row_scores(np.full((2, 3), np.nan), np.zeros((2, 3)))


@pytest.mark.parametrize("metric", [MRRMSE(), MeanAbsoluteError()], ids=str)
def test_the_best_scale_is_that_of_what_was_measured(metric: RowMetric) -> None:
    Y, P = gapped()
    found = best_scale(Y, P, metric)
    tried = [metric(Y, np.float32(scale) * P) for scale in np.linspace(-1, 2, 301)]
    assert found.score <= min(tried) + 1e-6
    np.testing.assert_allclose(metric(Y, np.float32(found.scale) * P), found.score, rtol=1e-5)
    Y[5] = np.nan
    assert np.isfinite(best_scale(Y, P, metric).score)
