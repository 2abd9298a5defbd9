"""A class derived from one of the kit's, under another name, goes the same ways as the kit's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.blends.base import BLENDS
from kit.blends.fixed import Mean, Weighted
from kit.config import load_recipe
from kit.errors import ConfigError
from kit.features.base import FEATURES
from kit.features.stage_predictions import StagePredictions
from kit.metrics.base import METRICS
from kit.metrics.rowwise import MRRMSE
from kit.targets.base import TARGETS
from kit.targets.identity import IdentityTarget
from kit.training.planning.estimate import estimate
from kit.training.scoring import fold_evaluation
from kit.training.workspace import Workspace
from tests.tiny import Tiny

RECIPE = """
metric: {metric}
target: {target}
features:
  cell: {{kind: one_hot, params: {{columns: [cell_type]}}}}
  profile: {{kind: target_profile, params: {{by: sm_name}}}}
  before: {{kind: {stacked}, params: {{stage: first}}}}
stages:
  first:
    models: {{plain: {{kind: ridge, features: [cell, profile], params: {{penalty: 10.0}}}}}}
models:
  one: {{kind: ridge, features: [before, cell], params: {{penalty: 10.0}}}}
  two: {{kind: ridge, features: [cell, profile], params: {{penalty: 10.0}}}}
blend: {blend}
"""
OURS = {"metric": "mrrmse", "target": "identity", "stacked": "stage_predictions", "blend": "mean"}
THEIRS = {name: f"their_{kind}" for name, kind in OURS.items()}
CLASSES = {METRICS: MRRMSE, TARGETS: IdentityTarget, FEATURES: StagePredictions, BLENDS: Mean}


@pytest.fixture(autouse=True)
def theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    registries: dict[Any, type] = dict(CLASSES)
    for registry, cls in registries.items():
        monkeypatch.setattr(registry, "_classes", dict(registry._classes))
        registry.register(f"their_{cls.kind}")(type(f"Their{cls.__name__}", (cls,), {"__module__": "theirs"}))
    BLENDS.register("their_weighted")(type("TheirWeighted", (Weighted,), {"__module__": "theirs"}))


def test_a_run_is_the_same(tiny: Tiny, tmp_path: Path) -> None:
    runs = {}
    for name, kinds in (("ours", OURS), ("theirs", THEIRS)):
        recipe = tiny.recipe(RECIPE.format(**kinds), name)
        costs = [cost.n_outputs for cost in estimate(tiny.plan(recipe), tiny.competition)]
        run = tiny.train(tmp_path / name, recipe)
        runs[name] = (costs, run.leaderboard.rename(columns={kinds["metric"]: "score"}), np.load(run.path / "oof.npy"))
    (costs, board, oof), (other_costs, other_board, other_oof) = runs.values()
    assert other_costs == costs
    assert set(board["kind"]) == {"blend", "model", "stage", "floor", "ceiling"}
    assert list(other_board["member"]) == list(board["member"])  # no ceiling of a transform that loses nothing
    np.testing.assert_array_equal(other_board["score"], board["score"])
    np.testing.assert_array_equal(other_oof, oof)


def test_a_trial_is_scored_in_the_coordinates_all_the_same(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    reduced = fold_evaluation.reduced_per_row

    def counted(*arguments: Any) -> Any:
        seen.append(arguments)
        return reduced(*arguments)

    monkeypatch.setattr(fold_evaluation, "reduced_per_row", counted)
    for number, kinds in enumerate((OURS, THEIRS), start=1):
        recipe = tiny.recipe(RECIPE.format(**kinds), "trial")
        workspace = Workspace(recipe.config, tiny.competition, tiny.plan(recipe), tmp_path / str(number))
        fold_evaluation.evaluate_fold(workspace, 0, tmp_path / f"shared {number}")
        assert len(seen) == number


def test_names_of_stages_models_and_blocks_are_checked_before_the_first_fit(tiny: Tiny) -> None:
    path = tiny.folder / "wrong.yaml"
    text = RECIPE.format(**THEIRS).replace("stage: first", "stage: frist")
    text = text.replace("blend: their_mean", "blend: {kind: their_weighted, params: {weights: {one: 1.0, tow: 1.0}}}")
    path.write_text(f"extends: competition.yaml\n{text}")
    with pytest.raises(ConfigError) as caught:
        load_recipe(path)
    assert "'frist'" in str(caught.value)
    assert "no model 'tow' (did you mean 'two'?)" in str(caught.value)
    path.write_text(f"extends: competition.yaml\n{text}".replace("frist", "first").replace(", tow: 1.0", ""))
    with pytest.raises(ConfigError, match="no weight for 'two'; give one to every model"):
        load_recipe(path)
