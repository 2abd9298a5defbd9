"""The field's metrics against `cell-eval2` (0.20.0), where it is installed; it is no dependency of the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kit.metrics import DeltaPearson, Discrimination, TopDirection, TopOverlap

CONTROL = "non-targeting"


def bulks(seed: int, ties: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=50) + rng.normal(size=(15, 50))
    P = 0.4 * Y + rng.normal(size=Y.shape)
    if ties:
        P[:4] = 0.0
    names = np.array([f"compound {row:02d}" for row in range(len(Y))])
    return names, Y.astype(np.float32), P.astype(np.float32)


def with_control(names: np.ndarray, values: np.ndarray, control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.append(names, CONTROL), np.vstack([values, control]).astype(np.float64)


@pytest.mark.parametrize("seed", range(3))
def test_discrimination(seed: int) -> None:
    module = pytest.importorskip("cell_eval2.metrics.discrimination")
    for ties in (False, True):
        names, Y, P = bulks(seed, ties)
        zero = np.zeros(Y.shape[1])
        theirs = module.discrimination_score(
            pred_bulk=with_control(names, P, zero),
            real_bulk=with_control(names, Y, zero),
            distance="cosine",
            rank_denominator="n-1",
            exclude_target_gene=False,
        )
        ours = Discrimination().of_rows(Y, P, np.full((1, len(Y)), 1 / len(Y)))[0]
        assert ours == pytest.approx([theirs[name] for name in names], abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_delta_pearson(seed: int) -> None:
    module = pytest.importorskip("cell_eval2.metrics.delta")
    names, Y, P = bulks(seed)
    centroid = Y.astype(np.float64).mean(axis=0)
    pred, real = with_control(names, P, centroid), with_control(names, Y, centroid)
    theirs = module.pearson_delta(pred_bulk=pred, real_bulk=real, control=CONTROL)
    ours = DeltaPearson().of_rows(Y, P, np.full((1, len(Y)), 1 / len(Y)))[0]
    assert ours == pytest.approx([theirs[name] for name in names], abs=1e-9)


def de_table(names: np.ndarray, values: np.ndarray, strongest: int | None = None) -> Any:
    """Return a table of differential expression; with ``strongest``, these alone are significant."""
    polars = pytest.importorskip("polars")
    ranks = np.argsort(np.argsort(-np.abs(values), axis=1), axis=1)
    significant = ranks < (values.shape[1] if strongest is None else strongest)
    n_rows, n_targets = values.shape
    return polars.DataFrame(
        {
            "target": np.repeat(names, n_targets),
            "feature": np.tile([f"gene {place}" for place in range(n_targets)], n_rows),
            "log2_fold_change": values.astype(np.float64).ravel(),
            "p_value": np.where(significant, 1e-4, 0.5).ravel(),
            "p_adj": np.where(significant, 1e-3, 0.9).ravel(),
        }
    )


@pytest.mark.parametrize("seed", range(3))
def test_overlap_and_direction_of_the_strongest(seed: int) -> None:
    module = pytest.importorskip("cell_eval2.metrics.de")
    names, Y, P = bulks(seed)
    theirs = module.de_overlap(de_pred=de_table(names, P), de_real=de_table(names, Y), k=10)
    assert TopOverlap(10).per_row(Y, P) == pytest.approx([theirs[name] for name in names])
    theirs = module.de_direction_match(de_pred=de_table(names, P), de_real=de_table(names, Y, 10))
    assert TopDirection(10).per_row(Y, P) == pytest.approx([theirs[name] for name in names])
