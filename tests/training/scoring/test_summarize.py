from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.metrics.bootstrap import bootstrap_interval
from kit.metrics.rowwise import MeanAbsoluteError
from kit.metrics.scores import Scores
from kit.training.scoring.summarize import main_member, summary_of
from kit.training.train import RunResult
from tests.tiny import SINGLE, Tiny
from tests.training.formulas import row_rmse

MIX = (
    "folds={kind: mix, params: {weights: [3.0, 1.0], schemes: ["
    "{kind: held_out_cell_type}, {kind: kfold, params: {n_splits: 3}}]}}"
)


def test_the_summary_is_that_of_the_out_of_fold_predictions(tiny: Tiny, finished: RunResult) -> None:
    summary = json.loads((finished.path / "metrics.json").read_text())
    oof, oof_rows = np.load(finished.path / "oof.npy"), pd.read_parquet(finished.path / "oof_rows.parquet")
    rmse = row_rmse(tiny.competition.Y[oof_rows["row"]], oof)
    by_fold = {name: rmse[oof_rows["fold"] == name].mean() for name in ("NK cells", "T cells")}
    assert (summary["member"], summary["metric"], summary["validated_rows"]) == ("blend", "mrrmse", 20)
    assert summary["score"] == pytest.approx(rmse.mean(), rel=1e-6)
    assert summary["by_fold"] == pytest.approx(by_fold, rel=1e-6)
    assert summary["by_group"] == pytest.approx(by_fold, rel=1e-6)  # these folds hold out a cell type each
    assert summary["folds_sd"] == pytest.approx(np.std(list(by_fold.values()), ddof=1), rel=1e-5)
    assert summary["interval"] == pytest.approx(list(bootstrap_interval(rmse)), rel=1e-5)
    assert list(summary["metrics"]) == ["mrrmse", "mae", "pearson", "spearman", "cosine"]
    scale = summary["best_scale"]
    assert scale["mrrmse"] == pytest.approx(row_rmse(tiny.competition.Y[oof_rows["row"]], scale["scale"] * oof).mean())
    assert scale["mrrmse"] < summary["score"]
    for other in (scale["scale"] * 0.98, scale["scale"] * 1.02):
        assert row_rmse(tiny.competition.Y[oof_rows["row"]], other * oof).mean() > scale["mrrmse"]


def test_what_is_written_is_what_is_returned(finished: RunResult) -> None:
    assert json.loads((finished.path / "metrics.json").read_text()) == finished.summary
    pd.testing.assert_frame_equal(pd.read_parquet(finished.path / "scores_by_row.parquet"), finished.rows)
    pd.testing.assert_frame_equal(pd.read_csv(finished.path / "leaderboard.csv"), finished.leaderboard)


def test_a_mix_of_folds_scores_the_weighted_mean(tiny: Tiny, tmp_path: Path) -> None:
    result = tiny.train(tmp_path, tiny.recipe(SINGLE, "single", MIX))
    oof, rows = np.load(result.path / "oof.npy"), pd.read_parquet(result.path / "oof_rows.parquet")
    rmse = row_rmse(tiny.competition.Y[rows["row"]], oof)
    held = rows["fold"].isin(["NK cells", "T cells"]).to_numpy()
    # Within a scheme every validated row counts the same here: its folds weigh as many rows as they have.
    parts = rmse[held].mean(), rmse[~held].mean()
    assert (held.sum(), (~held).sum()) == (20, tiny.competition.n_rows)
    assert parts[0] != pytest.approx(parts[1], rel=1e-2)
    assert result.summary["score"] == pytest.approx((3 * parts[0] + parts[1]) / 4, rel=1e-6)
    board = result.leaderboard.set_index("member")
    assert board.loc["ridge", "mrrmse"] == pytest.approx(result.summary["score"])
    by_fold = {name: rmse[(rows["fold"] == name).to_numpy()].mean() for name in rows["fold"].unique()}
    assert result.summary["by_fold"] == pytest.approx(by_fold, rel=1e-6)


def scores(*members: tuple[str, str, list[float]]) -> Scores:
    rows = pd.concat(
        pd.DataFrame({"member": name, "kind": kind, "fold": "f", "group": "g", "weight": 1.0, "mae": values})
        for name, kind, values in members
    )
    return Scores((MeanAbsoluteError(),), rows)


@pytest.mark.parametrize("name", ["mean", "zeros", "blend"])
def test_a_model_may_have_the_name_of_another_kind_of_member(name: str) -> None:
    model, floor = (name, "model", [1.0, 2.0]), (name, "floor", [7.0, 9.0])
    assert summary_of(scores(model, floor))["score"] == 1.5
    both = scores(model, ("other", "model", [3.0, 3.0]), ("blend", "blend", [4.0, 6.0]), floor)
    assert summary_of(both)["score"] == 5.0
    assert set(main_member(both).rows["kind"]) == {"blend"}


def test_a_run_whose_model_is_called_like_a_floor_scores_the_model(tiny: Tiny, tmp_path: Path) -> None:
    named = tiny.train(tmp_path, tiny.recipe(SINGLE.replace("  ridge: {", "  additive: {"), "named"))
    model = named.leaderboard[named.leaderboard["kind"] == "model"].iloc[0]
    assert (named.summary["member"], named.summary["validated_rows"]) == ("additive", 20)
    assert named.summary["score"] == model["mrrmse"]
