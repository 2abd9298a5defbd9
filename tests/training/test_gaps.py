"""Targets with gaps, from the tables to the submission."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import Competition
from kit.errors import InputError
from kit.files import read_array, read_json
from kit.testing.rows import make_gaps
from kit.training.planning.plan import make_plan
from kit.training.train import RunResult
from tests.tiny import Tiny

ALLOWED = ("columns.missing_targets=allow", "folds={kind: kfold, params: {n_splits: 3}}")

RECIPE = """\
target: {kind: svd, params: {n_components: 4, center: mean}}
features:
  both: {kind: one_hot, params: {columns: [cell_type, sm_name]}}
  cell_type: {kind: category_codes, params: {columns: [cell_type]}}
  sm_name: {kind: category_codes, params: {columns: [sm_name]}}
models:
  reduced: {kind: ridge, features: [both], params: {penalty: [0.3, 3.0, 30.0]}}
  full: {kind: ridge, features: [both], target: {kind: identity}, choose: {params.penalty: [0.3, 3.0, 30.0]}}
  process: {kind: coregionalized_gp, features: [cell_type, sm_name], target: {kind: identity}, params: {n_steps: 8}}
blend: {kind: mrrmse_weights}
"""


def block(Y: np.ndarray) -> np.ndarray:
    """Two panels of targets, each of half of the rows."""
    missing = np.zeros(Y.shape, dtype=bool)
    missing[::2, : Y.shape[1] // 2] = True
    return missing


def trained(tiny: Tiny, folder: Path, missing: np.ndarray, name: str) -> RunResult:
    Y = np.where(missing, np.float32(np.nan), tiny.competition.Y)
    data = tiny.with_targets(folder / name, Y)
    return tiny.train(folder / f"{name}-out", tiny.recipe(RECIPE, "gaps", *ALLOWED), data)


def error_to_the_truth(tiny: Tiny, run: RunResult) -> float:
    """The mean row-wise error of out-of-fold predictions against the targets without noise, whole."""
    rows = pd.read_parquet(run.path / "oof_rows.parquet")["row"].to_numpy()
    truth = np.asarray(tiny.competition.noise_free)[rows]
    return float(np.sqrt(np.mean((read_array(run.path / "oof.npy") - truth) ** 2, axis=1)).mean())


@pytest.fixture(scope="module")
def runs(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunResult]:
    folder, Y = tmp_path_factory.mktemp("gaps"), tiny.competition.Y
    missing = {"whole": np.zeros(Y.shape, dtype=bool), "at random": make_gaps(Y, 0.12), "a block": block(Y)}
    return {name: trained(tiny, folder, of_run, name) for name, of_run in missing.items()}


def test_gaps_cost_little(tiny: Tiny, runs: dict[str, RunResult]) -> None:
    errors = {name: error_to_the_truth(tiny, run) for name, run in runs.items()}
    assert errors["at random"] < 1.06 * errors["whole"]
    assert errors["a block"] < 1.25 * errors["whole"]


@pytest.mark.parametrize("name", ["at random", "a block"])
def test_predictions_are_whole_and_scores_count_what_was_measured(
    tiny: Tiny, runs: dict[str, RunResult], name: str
) -> None:
    run = runs[name].path
    Y = tiny.competition.Y
    missing = make_gaps(Y, 0.12) if name == "at random" else block(Y)
    oof, lines = read_array(run / "oof.npy"), pd.read_parquet(run / "oof_rows.parquet")
    assert np.isfinite(oof).all()
    assert np.isfinite(read_array(run / "test.npy")).all()
    rows = lines["row"].to_numpy()
    squares = np.where(missing[rows], np.nan, (oof - Y[rows]) ** 2)
    expected = np.average(np.sqrt(np.nanmean(squares, axis=1)), weights=lines["weight"])
    summary = read_json(run / "metrics.json")
    assert summary["score"] == pytest.approx(expected, rel=1e-5)
    low, high = summary["interval"]
    assert low < summary["score"] < high
    board = pd.read_csv(run / "leaderboard.csv").set_index("member")["mrrmse"]
    assert {"zeros", "mean", "per cell_type", "per sm_name", "additive", "no noise"} <= set(board.index)
    assert np.isfinite(board).all()


def gapped_plan(tiny: Tiny, folder: Path, text: str) -> None:
    Y = np.array(tiny.competition.Y)
    Y[1, 2] = np.nan
    loaded = tiny.recipe(text, "gaps-checked", *ALLOWED)
    competition: Competition = tiny.read(loaded, tiny.with_targets(folder / "data", Y))
    with loaded.placing():
        make_plan(loaded.config, competition)


BLOCK = "features: {both: {kind: one_hot, params: {columns: [cell_type, sm_name]}}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            BLOCK + "target: identity\nmodels: {first: ridge, second: random_forest}",
            r"gaps-checked.yaml:4: models.second: the model 'random_forest' cannot be given targets with gaps .*"
            r"those that can: .*coregionalized_gp, .*ridge.*; or give it coordinates, which are whole",
        ),
    ],
    ids=["model"],
)
def test_what_cannot_be_given_gaps_is_refused_at_its_place(tiny: Tiny, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gapped_plan(tiny, tmp_path, text)


def test_coordinates_are_whole_for_every_model(tiny: Tiny, tmp_path: Path) -> None:
    gapped_plan(tiny, tmp_path, BLOCK + "target: svd\nmodels: {m: random_forest}")
