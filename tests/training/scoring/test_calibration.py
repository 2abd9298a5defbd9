from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import Competition, read_competition
from kit.errors import InputError
from kit.training.planning.plan import make_plan
from kit.training.scoring.calibration import calibrated_run, calibrated_runs, calibrated_test_rows
from kit.training.scoring.predictions import read_pair
from kit.training.train import RunResult, train
from kit.training.workspace import Workspace
from tests.tiny import SINGLE, Tiny, make_tiny


def workspace_of(tiny: Tiny, run: RunResult) -> Workspace:
    recipe = tiny.standard().config
    return Workspace(recipe, tiny.competition, make_plan(recipe, tiny.competition), run.path)


def test_a_runs_numbers_are_those_of_its_leaderboard(tiny: Tiny, finished: RunResult) -> None:
    table = calibrated_run(workspace_of(tiny, finished), np.load(finished.path / "oof.npy")).set_index("metric")
    board = finished.leaderboard
    for name in ("mrrmse", "pearson", "cosine"):
        floors = board[board["kind"] == "floor"].set_index("member")[name]
        best = floors.min() if name == "mrrmse" else floors.max()
        ceiling = board[board["member"] == "no noise"][name].item()
        value = board[board["kind"] == "blend"][name].item()
        line = table.loc[name]
        assert line[["value", "floor_value", "ceiling_value"]].tolist() == pytest.approx([value, best, ceiling])
        assert floors[line["floor"]] == best
        assert line["ceiling"] == "no noise"
        assert line["calibrated"] == pytest.approx((value - best) / (ceiling - best))
        assert line["low"] < line["calibrated"] < line["high"]
    assert len(table) == 10
    assert (table["dynamic_range"] > 1).all()


def test_the_floor_can_be_named(tiny: Tiny, finished: RunResult) -> None:
    workspace, oof = workspace_of(tiny, finished), np.load(finished.path / "oof.npy")
    table = calibrated_run(workspace, oof, floor="per cell_type").set_index("metric")
    assert set(table["floor"]) == {"per cell_type"}
    # The context's mean cannot tell its compounds apart.
    assert table.loc["discrimination", "floor_value"] == pytest.approx(0.5)
    assert table.loc["delta_pearson", "floor_value"] == pytest.approx(0.0, abs=0.15)
    with pytest.raises(InputError, match=r"no floor 'per cell' \(did you mean 'per cell_type'\?\)"):
        calibrated_run(workspace, oof, floor="per cell")


def test_test_rows_between_floor_and_a_given_ceiling(tiny: Tiny, finished: RunResult) -> None:
    given, true = read_pair(finished.submission, tiny.data / "truth.parquet", "id")
    _, free = read_pair(finished.submission, tiny.data / "truth_noise_free.parquet", "id")
    lines = [calibrated_test_rows(given, true, tiny.competition, upper).set_index("metric") for upper in (None, free)]
    assert [set(line["ceiling"]) for line in lines] == [{"perfect"}, {"given"}]
    assert lines[0].loc["mrrmse", "ceiling_value"] == 0.0
    error = np.sqrt(((true.values.astype(float) - free.values) ** 2).mean(axis=1)).mean()
    assert lines[1].loc["mrrmse", "ceiling_value"] == pytest.approx(error, rel=1e-6)
    assert (lines[1]["value"] == lines[0]["value"]).all()
    # The truth itself is at a perfect ceiling, and above one with noise.
    perfect = calibrated_test_rows(true, true, tiny.competition, free)
    assert (perfect["calibrated"] > 1 - 1e-9).all()
    with pytest.raises(InputError, match="not among the values of the ceiling"):
        calibrated_test_rows(given, true, tiny.competition, free._replace(ids=tuple(f"{i}x" for i in free.ids)))


@pytest.fixture(scope="module")
def donors(tmp_path_factory: pytest.TempPathFactory) -> tuple[Competition, Workspace, np.ndarray]:
    """The competition measured in two donors, a few pairs in one alone; and a run of it."""
    folder = make_tiny(tmp_path_factory.mktemp("donors")).folder
    table = pd.read_parquet(folder / "data" / "de_train.parquet")
    free = pd.read_parquet(folder / "data" / "train_noise_free.parquet")
    genes = list(free.columns[free.dtypes == np.float32])
    first, second = table.assign(donor="one"), table.iloc[3:].assign(donor="two")
    noise = np.random.default_rng(0).normal(scale=0.5, size=(len(second), len(genes)))
    second[genes] = free[genes].to_numpy()[3:] + noise
    pd.concat([first, second]).to_parquet(folder / "data" / "de_train.parquet")
    tests = pd.read_csv(folder / "data" / "id_map.csv").assign(donor="one")
    tests.to_csv(folder / "data" / "id_map.csv", index=False)
    text = (folder / "competition.yaml").read_text().replace("[cell_type, sm_name]", "[cell_type, sm_name, donor]")
    text = text.replace("  noise_free_train: train_noise_free.parquet\n", "")
    (folder / "competition.yaml").write_text(text)
    (folder / "one.yaml").write_text(f"extends: competition.yaml\n{SINGLE}")
    loaded = load_recipe(folder / "one.yaml")
    competition = read_competition(loaded.config, folder / "data", folder / "cache")
    run = train(loaded, competition, folder / "out", 1)
    workspace = Workspace(loaded.config, competition, make_plan(loaded.config, competition), run.path)
    return competition, workspace, np.load(run.path / "oof.npy")


def test_replicates_are_the_ceiling(donors: tuple[Competition, Workspace, np.ndarray]) -> None:
    competition, workspace, oof = donors
    table = calibrated_run(workspace, oof, ["donor"]).set_index("metric")
    assert set(table["ceiling"]) == {"replicates"}
    rows, Y = competition.rows, np.asarray(competition.Y, dtype=float)
    errors = []
    for split in workspace.plan.folds:
        of_fold = []
        for row in split.validation:
            same = (rows["cell_type"] == rows["cell_type"][row]) & (rows["sm_name"] == rows["sm_name"][row])
            others = np.flatnonzero(same & (rows["donor"] != rows["donor"][row]))
            if len(others):
                of_fold.append(np.sqrt(((Y[row] - Y[others].mean(axis=0)) ** 2).mean()))
        errors.append(np.mean(of_fold))
    weights = [split.weight for split in workspace.plan.folds]
    assert table.loc["mrrmse", "ceiling_value"] == pytest.approx(np.average(errors, weights=weights), rel=1e-5)
    # Without being asked they are not taken: some rows have none.
    assert set(calibrated_run(workspace, oof)["ceiling"]) == {"svd alone"}
    # What one run's transform loses is no ceiling of others.
    assert set(calibrated_runs(workspace, {"a": oof, "b": oof})["ceiling"]) == {"perfect"}


def test_replicates_that_are_none_are_refused(donors: tuple[Competition, Workspace, np.ndarray]) -> None:
    _, workspace, oof = donors
    with pytest.raises(InputError, match=r"'doner' is no key column \(did you mean 'donor'\?\)"):
        calibrated_run(workspace, oof, ["doner"])
    with pytest.raises(InputError, match="replicates need a key that they share"):
        calibrated_run(workspace, oof, ["cell_type", "sm_name", "donor"])


def test_a_table_without_replicates_says_so(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    workspace, oof = workspace_of(tiny, finished), np.load(finished.path / "oof.npy")
    # Every compound is in several cell types: asked for, these are taken for replicates.
    assert set(calibrated_run(workspace, oof, ["cell_type"])["ceiling"]) == {"replicates"}
    single = Workspace(workspace.recipe, _without_repeats(tiny.competition), workspace.plan, workspace.path)
    with pytest.raises(InputError, match="no two rows have the same cell_type: the table has no replicates"):
        calibrated_run(single, oof, ["sm_name"])


def _without_repeats(competition: Competition) -> Competition:
    from dataclasses import replace

    rows = competition.rows.assign(cell_type=[f"cell type {place}" for place in range(competition.n_rows)])
    return replace(competition, rows=rows)
