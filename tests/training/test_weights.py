"""Weights of rows: in fits, and on request in the metric and all that goes by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import DataError, InputError
from kit.files import read_array, read_json
from kit.training.planning.plan import make_plan
from kit.training.train import RunResult
from tests.tiny import Tiny

RECIPE = """\
target: {kind: identity}
features: {both: {kind: one_hot, params: {columns: [cell_type, sm_name]}}}
models:
  first: {kind: ridge, choose: {params.penalty: [0.3, 30.0]}}
  second: {kind: kernel_ridge}
blend: {kind: mrrmse_weights}
"""
FOLDS = "folds={kind: kfold, params: {n_splits: 3}}"


def tables(tiny: Tiny, folder: Path, weights: np.ndarray | None, rows: np.ndarray | None = None) -> Path:
    """Write the tables with weights, of some of the training rows, repeated as often as they are named."""
    folder.mkdir(parents=True)
    for path in tiny.data.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    frame = pd.read_parquet(folder / "de_train.parquet")
    if weights is not None:
        frame["w"] = weights
    if rows is not None:
        frame = frame.iloc[rows].reset_index(drop=True)
    frame.to_parquet(folder / "de_train.parquet")
    return folder


def trained(tiny: Tiny, folder: Path, weights: np.ndarray, *overrides: str) -> RunResult:
    loaded = tiny.recipe(RECIPE, "weighted", "columns.weight=w", FOLDS, "data.noise_free_train=null", *overrides)
    return tiny.train(folder / "out", loaded, tables(tiny, folder / "data", weights))


@pytest.fixture(scope="module")
def weights(tiny: Tiny) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 6, tiny.competition.n_rows) * 100.0


def test_their_scale_changes_nothing(tiny: Tiny, tmp_path: Path, weights: np.ndarray) -> None:
    one = trained(tiny, tmp_path / "one", weights, "weighted=true")
    other = trained(tiny, tmp_path / "other", weights / 100, "weighted=true")
    for name in ("oof.npy", "test.npy"):
        np.testing.assert_allclose(read_array(one.path / name), read_array(other.path / name), rtol=1e-5, atol=1e-6)


def test_fits_know_them_and_scores_on_request(tiny: Tiny, tmp_path: Path, weights: np.ndarray) -> None:
    plain = trained(tiny, tmp_path / "plain", np.ones(len(weights)))
    own = trained(tiny, tmp_path / "own", weights)
    assert not np.allclose(read_array(plain.path / "oof.npy"), read_array(own.path / "oof.npy"), atol=1e-3)
    weighted = trained(tiny, tmp_path / "weighted", weights, "weighted=true")
    for run, counts in ((own, np.ones(len(weights))), (weighted, weights)):
        lines = pd.read_parquet(run.path / "oof_rows.parquet")
        rows, folds = lines["row"].to_numpy(), lines["fold"].to_numpy()
        errors = np.sqrt(np.mean((read_array(run.path / "oof.npy") - tiny.competition.Y[rows]) ** 2, axis=1))
        of_folds = [np.average(errors[folds == f], weights=counts[rows][folds == f]) for f in np.unique(folds)]
        assert read_json(run.path / "metrics.json")["score"] == pytest.approx(np.mean(of_folds), rel=1e-5)
    members = pd.read_csv(weighted.path / "contributions.csv").set_index("member")["score"]
    board = pd.read_csv(weighted.path / "leaderboard.csv").set_index("member")["mrrmse"]
    np.testing.assert_allclose(members[["first", "second"]], board[["first", "second"]], rtol=0.05)


def test_a_row_of_weight_0_is_as_if_it_were_not_there(tiny: Tiny, tmp_path: Path) -> None:
    n_rows = tiny.competition.n_rows
    there = np.arange(n_rows) % 5 != 0
    loaded = tiny.recipe(
        "target: {kind: identity}\nfeatures: {both: {kind: one_hot, params: {columns: [cell_type, sm_name]}}}\n"
        "models: {first: ridge}\npostprocess: []\n",
        "absent",
        "columns.weight=w",
        FOLDS,
        "data.noise_free_train=null",
    )
    with_zeros = tiny.train(tmp_path / "a", loaded, tables(tiny, tmp_path / "data-a", there.astype(float)))
    rows = np.flatnonzero(there)
    without = tiny.train(tmp_path / "b", loaded, tables(tiny, tmp_path / "data-b", np.ones(n_rows), rows))
    # Their mean is 4/5 here and 1 there: the same fit has a penalty that is so much larger.
    one, other = read_array(with_zeros.path / "test.npy"), read_array(without.path / "test.npy")
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (3, -1.0, r"de_train.parquet: the weight 'w' \(columns.weight\) is -1 in row 3; expected a finite number"),
        (3, np.nan, r"the weight 'w' \(columns.weight\) is empty in row 3; expected"),
        (3, np.inf, r"the weight 'w' \(columns.weight\) is inf in row 3; expected"),
        (3, "heavy", r"the weight 'w' \(columns.weight\) is 'heavy' in row 3; expected a number"),
        (slice(None), 0.0, r"the weight 'w' \(columns.weight\) is 0 in every row"),
    ],
)
def test_bad_weights_are_named_by_file_and_row(
    tiny: Tiny, tmp_path: Path, at: int | slice, value: float | str, message: str
) -> None:
    weights = np.ones(tiny.competition.n_rows, dtype=object if isinstance(value, str) else float)
    weights[at] = value
    if isinstance(value, str):
        weights = weights.astype(str)
    loaded = tiny.recipe(RECIPE, "bad", "columns.weight=w", FOLDS)
    with pytest.raises(DataError, match=message):
        tiny.read(loaded, tables(tiny, tmp_path / "data", weights))


def test_there_must_be_such_a_column(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"de_train.parquet: the column 'w' \(metadata\) is missing"):
        tiny.read(tiny.recipe(RECIPE, "bad", "columns.weight=w", FOLDS), tables(tiny, tmp_path / "data", None))
    loaded = tiny.recipe(RECIPE + "weighted: true\n", "unnamed", FOLDS)
    with loaded.placing(), pytest.raises(InputError, match="name their column"):
        make_plan(loaded.config, tiny.read(loaded))


def test_folds_of_weightless_rows_cannot_be_scored_by_weight(tiny: Tiny, tmp_path: Path) -> None:
    weights = (tiny.competition.rows["cell_type"] == "T cells").to_numpy().astype(float)
    loaded = tiny.recipe(
        RECIPE.replace("choose: {params.penalty: [0.3, 30.0]}", "").replace("{kind: mrrmse_weights}", "mean"),
        "weightless",
        "columns.weight=w",
        "folds={kind: held_out_cell_type, params: {cells: [NK cells]}}",
        "weighted=true",
    )
    with pytest.raises(InputError, match="every validated row has the weight 0"):
        tiny.train(tmp_path / "out", loaded, tables(tiny, tmp_path / "data", weights))
