from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_squared_error

from kit.config import load_competition
from kit.data.columns import group_labels
from kit.errors import ConfigError, InputError
from kit.metrics import DeltaPearson, TopDirection, TopOverlap, WeightedMSE
from kit.metrics.groupwise import score
from tests.tiny import SINGLE, Tiny


def matrices(n_rows: int = 12, n_targets: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.standard_t(3, size=(n_rows, n_targets))
    return Y.astype(np.float32), (0.5 * Y + rng.normal(size=Y.shape)).astype(np.float32)


def test_weighted_mse_is_sklearns_with_the_papers_weights() -> None:
    Y, P = matrices()
    oracle = []
    for y, p in zip(Y.astype(float), P.astype(float), strict=True):
        scaled = (np.abs(y) - np.abs(y).min()) / (np.abs(y).max() - np.abs(y).min())
        oracle.append(mean_squared_error(y, p, sample_weight=scaled**2))
    assert WeightedMSE().per_row(Y, P) == pytest.approx(oracle, rel=1e-6)


def test_only_misses_where_much_happens_cost() -> None:
    y = np.array([[0.0, 0.0, 10.0, -10.0]], dtype=np.float32)
    weak, strong = y + np.array([3, -3, 0, 0]), y + np.array([0, 0, 3, -3])
    assert WeightedMSE()(y, weak.astype(np.float32)) == 0.0
    assert WeightedMSE()(y, strong.astype(np.float32)) == pytest.approx(9.0)
    # Without a strongest target all count the same.
    level = np.array([[2.0, -2.0]], dtype=np.float32)
    assert WeightedMSE()(level, np.zeros_like(level)) == pytest.approx(4.0)


@pytest.mark.parametrize("k", [1, 7, 40])
def test_overlap_and_direction_of_the_strongest_are_those_of_sets(k: int) -> None:
    Y, P = matrices()
    overlaps, directions = [], []
    for y, p in zip(Y, P, strict=True):
        true, predicted = (set(np.argsort(-np.abs(values))[:k]) for values in (y, p))
        overlaps.append(len(true & predicted) / k)
        directions.append(np.mean([y[place] * p[place] > 0 for place in true]))
    assert TopOverlap(k).per_row(Y, P) == pytest.approx(overlaps)
    assert TopDirection(k).per_row(Y, P) == pytest.approx(directions)
    assert TopOverlap(k)(Y, Y) == TopDirection(k)(Y, Y) == 1.0
    assert TopDirection(k)(Y, -Y) == 0.0


def test_ties_share_the_places_whatever_the_order_of_targets() -> None:
    Y, _ = matrices(n_targets=40)
    flat = np.ones_like(Y)
    assert TopOverlap(10)(Y, flat) == pytest.approx(10 / 40)  # chance
    assert TopOverlap(10)(Y, np.zeros_like(Y)) == pytest.approx(10 / 40)
    assert TopDirection(10)(Y, np.zeros_like(Y)) == 0.0
    y = np.array([[5, 2, 2, 2, 1]], dtype=np.float32)
    assert TopOverlap(3).strongest(y.astype(float)).tolist() == [[1, 2 / 3, 2 / 3, 2 / 3, 0]]
    assert TopOverlap(3)(y, y) == pytest.approx(1.0)
    assert TopDirection(3)(y, np.array([[1, -1, 1, 1, 1]], dtype=np.float32)) == pytest.approx(1 - 2 / 9)


def test_more_targets_than_there_are_is_refused() -> None:
    Y, P = matrices(n_targets=40)
    for metric in (TopOverlap(41), TopDirection(41)):
        with pytest.raises(InputError, match="k=41 strongest targets were asked for, but there are 40"):
            metric(Y, P)


@pytest.mark.parametrize("kind", ["top_overlap", "top_direction"])
def test_it_is_refused_at_its_line_before_the_first_fit(tiny: Tiny, kind: str) -> None:
    recipe = tiny.recipe(f"{SINGLE}metric: {{kind: {kind}, params: {{k: 31}}}}\n", "too-many")
    with pytest.raises(InputError, match=r"k=31 .* there are 30") as raised, recipe.placing():
        tiny.plan(recipe)
    line = len(SINGLE.splitlines()) + 2
    assert f"too-many.yaml:{line}" in str(raised.value)
    with pytest.raises(ConfigError, match=f"too-few.yaml:{line}.*"):
        tiny.recipe(f"{SINGLE}metric: {{kind: {kind}, params: {{k: 0}}}}\n", "too-few")


def test_without_a_column_of_contexts_all_rows_are_one(tiny: Tiny) -> None:
    given = (tiny.folder / "competition.yaml").read_text()
    path = tiny.folder / "no-context.yaml"
    path.write_text(given.replace("  group: cell_type\n", "") + "metric: delta_pearson\n")
    config = load_competition(path).config
    assert config.columns.group is None
    Y, P = matrices()
    labels = group_labels(pd.DataFrame(index=range(len(Y))), config.columns.group)
    metric = DeltaPearson()
    assert score(metric, Y, P, labels) == pytest.approx(metric(Y, P))
