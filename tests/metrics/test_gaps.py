"""Metrics of targets with gaps count what was measured, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.metrics import (
    METRICS,
    MRRMSE,
    DeltaPearson,
    Discrimination,
    ExplainedVariance,
    MeanAbsoluteError,
    Metric,
    RowMetric,
    Scorer,
    TargetPearson,
    best_scale,
    row_scores,
)
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


SETS = [TargetPearson(), ExplainedVariance(), DeltaPearson(), Discrimination()]


@pytest.mark.parametrize("metric", SETS, ids=str)
def test_metrics_of_sets_go_by_what_was_measured(metric: Metric) -> None:
    """Whatever is predicted in gaps changes nothing; with the same gaps in every row, a target is there no more."""
    Y, P = gapped(30, 12)
    if not isinstance(metric, Discrimination):  # which compares a prediction with what other rows measured
        assert metric(Y, np.where(np.isnan(Y), np.float32(77), P)) == pytest.approx(metric(Y, P), rel=1e-6)
        assert metric(Y, np.where(np.isnan(Y), np.float32(5), Y)) == pytest.approx(metric.best, abs=1e-6)
    same = np.where(np.isnan(Y), np.float32(1), Y)
    less = same.copy()
    less[:, [1, 4]] = np.nan
    kept = [0, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert metric(less, P) == pytest.approx(metric(same[:, kept], P[:, kept]), rel=1e-5)
    weights = np.arange(1.0, 31)
    assert metric(less, P, weights) == pytest.approx(metric(same[:, kept], P[:, kept], weights), rel=1e-5)
    Y[3] = np.nan
    others = np.arange(30) != 3
    assert metric(Y, P) == pytest.approx(metric(Y[others], P[others]), rel=1e-9)
    repeated = np.repeat(np.arange(30), np.arange(30) % 3)
    assert metric(Y, P, np.arange(30) % 3) == pytest.approx(metric(Y[repeated], P[repeated]), rel=1e-6)


def test_the_correlation_across_rows_is_that_of_the_rows_that_measured_the_target() -> None:
    Y, P = gapped(30, 6)
    there = ~np.isnan(Y)
    expected = [np.corrcoef(Y[there[:, j], j], P[there[:, j], j])[0, 1] for j in range(6)]
    assert TargetPearson()(Y, P) == pytest.approx(np.mean(expected), rel=1e-5)
