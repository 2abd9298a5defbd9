"""Importance of feature blocks: a block that carries the targets costs most when shuffled, noise costs nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.reporting.facts import RunFacts
from kit.reporting.importance import importance
from kit.training.train import RunResult, train
from tests.tiny import Tiny

RECIPE = """\
competition: planted
data: {root: ., train: train.csv}
columns: {metadata: [strong, weak, noise]}
metric: mrrmse
folds: {kind: kfold, params: {n_splits: 3}}
target: {kind: identity}
features:
  noise: {kind: numeric, params: {columns: [noise]}}
  weak: {kind: numeric, params: {columns: [weak]}}
  strong: {kind: numeric, params: {columns: [strong]}}
models:
  first: {kind: ridge, params: {penalty: 0.001}}
  second: {kind: ridge, features: [strong, noise], params: {penalty: 0.001}, repeats: 2}
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> RunFacts:
    """A run on targets that are 3 × strong + weak in one half of the targets' directions each."""
    folder, rng = tmp_path_factory.mktemp("planted"), np.random.default_rng(0)
    inputs = rng.normal(size=(90, 3))
    directions = rng.normal(size=(2, 6))
    Y = inputs[:, :2] @ (np.array([[3.0], [1.0]]) * directions) + 0.1 * rng.normal(size=(90, 6))
    table = pd.DataFrame(inputs, columns=["strong", "weak", "noise"])
    table[[f"y{number}" for number in range(6)]] = Y
    table.to_csv(folder / "train.csv", index=False)
    (folder / "recipe.yaml").write_text(RECIPE)
    loaded = load_recipe(folder / "recipe.yaml")
    tables = read_competition(loaded.config, folder, folder / "cache")
    return RunFacts(train(loaded, tables, folder / "runs", 1).path, tables)


def test_the_block_that_carries_costs_most_and_noise_nothing(planted: RunFacts) -> None:
    found = importance(planted, budget_s=60)
    assert found is not None
    table = found.tables["Feature blocks"].set_index("block")
    assert list(table.index) == ["strong", "weak", "noise"]
    assert table.loc["weak", "loss"] > 0
    assert abs(table.loc["noise", "loss"]) < 0.02 * table.loc["weak", "loss"]
    assert table.loc["strong", "lowest"] > 0
    assert found.title.startswith("strong carries the score")
    assert (table["shuffles"] == 3 * 10).all()
    assert table.loc["weak", "read_by"] == "first"
    assert "the first repeat of every model" in found.text
    assert "folds" not in found.text.rpartition("Based on ")[2]


def test_without_time_every_block_is_shuffled_once_in_one_fold_and_the_page_says_so(planted: RunFacts) -> None:
    found = importance(planted, budget_s=0)
    assert found is not None
    assert (found.tables["Feature blocks"]["shuffles"] == 1).all()
    assert "1 of 3 folds" in found.text


def test_of_many_values_a_sample_of_rows_is_shuffled(planted: RunFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.reporting.importance.MOST_CELLS", 60)
    found = importance(planted, budget_s=60)
    assert found is not None
    assert "a sample of the rows" in found.text
    assert found.tables["Feature blocks"].iloc[0]["block"] == "strong"


def test_a_block_that_is_alike_in_all_hidden_rows_is_not_judged(tiny: Tiny, finished: RunResult) -> None:
    # Each fold hides one cell type.
    found = importance(RunFacts(finished.path, tiny.competition))
    assert found is not None
    table = found.tables["Feature blocks"].set_index("block")
    assert not table.loc["cell", "differs"]
    assert table.loc["cell", "loss"] == 0
    assert "cell is the same in all rows that a fold hides" in found.text


def test_a_run_that_kept_no_models_of_its_folds_says_so(planted: RunFacts, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(planted.path, run)
    shutil.rmtree(run / "tasks" / "fit" / "first" / "seed=0" / "fold=1" / "model")
    found = importance(RunFacts(run, planted.tables))
    assert found is not None
    assert "kept no models of its folds" in found.title
    assert found.figure == ""
    assert importance(RunFacts(run, None)) is None
