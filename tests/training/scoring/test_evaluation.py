from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.training.planning.plan import Plan
from kit.training.scoring.evaluation import Evaluation, evaluate
from kit.training.train import RunResult
from kit.training.workspace import Workspace
from tests.tiny import SINGLE, Tiny
from tests.training.formulas import floor_predictions, row_cosine, row_pearson, row_rmse, row_spearman


@pytest.fixture(scope="module")
def plan(tiny: Tiny) -> Plan:
    return tiny.plan(tiny.standard())


def of(result: RunResult | Evaluation, member: str, kind: str) -> pd.DataFrame:
    rows = result.scores.rows
    return rows[(rows["member"] == member) & (rows["kind"] == kind)]


def test_the_blends_scores_are_those_of_its_out_of_fold_predictions(
    tiny: Tiny, plan: Plan, finished: RunResult
) -> None:
    oof, oof_rows = np.load(finished.path / "oof.npy"), pd.read_parquet(finished.path / "oof_rows.parquet")
    expected_rows = np.concatenate([fold.validation for fold in plan.folds])
    np.testing.assert_array_equal(oof_rows["row"], expected_rows)
    keys = tiny.competition.rows.loc[expected_rows, ["cell_type", "sm_name"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(oof_rows[["cell_type", "sm_name"]], keys)
    Y = tiny.competition.Y[expected_rows]
    blend = of(finished, "blend", "blend")
    np.testing.assert_array_equal(blend["row"], expected_rows)
    assert list(blend["group"]) == list(keys["cell_type"])
    for column, formula in (
        ("mrrmse", row_rmse),
        ("pearson", row_pearson),
        ("spearman", row_spearman),
        ("cosine", row_cosine),
    ):
        np.testing.assert_allclose(blend[column], formula(Y, oof), rtol=1e-6)
    np.testing.assert_allclose(blend["mae"], np.abs(Y.astype(float) - oof).mean(axis=1), rtol=1e-6)


def test_every_member_is_scored_on_the_same_rows(finished: RunResult) -> None:
    members = finished.rows.groupby(["kind", "member"], sort=False)
    expected = of(finished, "blend", "blend")[["fold", "row", "group", "weight"]].to_numpy().tolist()
    for name, rows in members:
        assert rows[["fold", "row", "group", "weight"]].to_numpy().tolist() == expected, name
    assert [name for name, _ in members] == [
        ("model", "ridge"),
        ("model", "trees"),
        ("floor", "zeros"),
        ("floor", "mean"),
        ("floor", "per cell_type"),
        ("floor", "per sm_name"),
        ("floor", "additive"),
        ("ceiling", "svd alone"),
        ("ceiling", "no noise"),
        ("blend", "blend"),
    ]


def test_floors_are_the_controls_of_the_folds_training_rows(tiny: Tiny, plan: Plan, finished: RunResult) -> None:
    competition = tiny.competition
    for fold in plan.folds:
        Y_train, Y = competition.Y[fold.train], competition.Y[fold.validation]
        rows, new = competition.rows.iloc[fold.train], competition.rows.iloc[fold.validation]
        for name, values in floor_predictions(rows, Y_train, new).items():
            mine = of(finished, name, "floor")
            found = mine.loc[mine["fold"] == fold.name, "mrrmse"]
            np.testing.assert_allclose(found, row_rmse(Y, values), rtol=1e-5, err_msg=name)


def test_floors_and_ceilings_of_targets_far_from_zero_are_what_their_names_say(tiny: Tiny, tmp_path: Path) -> None:
    """The recipe clips to the range of the training rows, in which there is no zero."""
    data = tiny.with_targets(tmp_path / "data", tiny.competition.Y + 30)
    competition = tiny.read(tiny.recipe(SINGLE, "single"), data)
    result = tiny.train(tmp_path / "out", tiny.recipe(SINGLE, "single"), data)
    for member, kind, values in (
        ("zeros", "floor", np.zeros_like(competition.Y)),
        ("no noise", "ceiling", competition.noise_free),
    ):
        found = of(result, member, kind)
        expected = row_rmse(competition.Y, values)[found["row"]]
        np.testing.assert_allclose(found["mrrmse"], expected, rtol=1e-5)


def test_ceilings_are_what_the_transform_and_the_noise_lose(tiny: Tiny, plan: Plan, finished: RunResult) -> None:
    competition = tiny.competition
    assert competition.noise_free is not None
    for fold in plan.folds:
        Y_train, Y = competition.Y[fold.train].astype(float), competition.Y[fold.validation].astype(float)
        basis = np.linalg.svd(Y_train, full_matrices=False)[2][:5]
        for name, values in (("svd alone", Y @ basis.T @ basis), ("no noise", competition.noise_free[fold.validation])):
            mine = of(finished, name, "ceiling")
            expected = row_rmse(Y, values)
            np.testing.assert_allclose(mine.loc[mine["fold"] == fold.name, "mrrmse"], expected, rtol=1e-5)


def test_a_fold_counts_by_its_weight_and_its_rows_share_it(plan: Plan, finished: RunResult) -> None:
    rows = of(finished, "ridge", "model")
    for fold in plan.folds:
        weights = rows.loc[rows["fold"] == fold.name, "weight"]
        np.testing.assert_allclose(weights, fold.weight / len(fold.validation))


def test_a_single_model_is_its_own_blend_unless_the_blend_rescales_it(tiny: Tiny, tmp_path: Path) -> None:
    blend = "blend={kind: weighted, params: {weights: {ridge: 1.5}, normalize: false}}"
    plain = tiny.train(tmp_path / "plain", tiny.recipe(SINGLE, "single"))
    scaled = tiny.train(tmp_path / "scaled", tiny.recipe(SINGLE, "single", blend))
    assert set(plain.rows["kind"]) == {"model", "floor", "ceiling"}
    assert set(scaled.rows["kind"]) == {"model", "blend", "floor", "ceiling"}
    assert (plain.summary["member"], scaled.summary["member"]) == ("ridge", "blend")
    pd.testing.assert_frame_equal(
        of(plain, "ridge", "model").reset_index(drop=True), of(scaled, "ridge", "model").reset_index(drop=True)
    )


def test_ceilings_say_whose_transform_they_are(tiny: Tiny, tmp_path: Path) -> None:
    other = tiny.standard("models.trees.target={kind: svd, params: {n_components: 2}}")
    ceilings = tiny.train(tmp_path, other).leaderboard.set_index("kind").loc["ceiling"]
    assert list(ceilings["member"]) == ["svd alone (ridge)", "svd alone (trees)", "no noise"]
    # Two components lose more than five.
    assert ceilings["mrrmse"].iloc[0] < ceilings["mrrmse"].iloc[1]


def test_without_known_noise_there_is_no_noise_ceiling(tiny: Tiny, plan: Plan, finished: RunResult) -> None:
    recipe = tiny.standard("blend=mean").config
    known = replace(tiny.competition, noise_free=None)
    found = evaluate(Workspace(recipe, known, plan, finished.path))
    ceilings = found.scores.where(kind="ceiling").rows
    assert list(ceilings["member"].unique()) == ["svd alone"]
