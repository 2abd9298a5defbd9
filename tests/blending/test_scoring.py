from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.blending.finished_run import FinishedRun
from kit.blending.out_of_fold import OutOfFold
from kit.blending.scoring import BlendScores, no_score, score_blend
from kit.blends import Blend, ByScore, Mean, Median, NonNegative
from kit.config.schema import PluginConfig
from kit.metrics import MRRMSE
from kit.postprocess import Clip
from kit.testing import replace_targets
from tests.blending.conftest import Runs

CLIP = [PluginConfig(kind="clip")]


@pytest.fixture
def out_of_fold(runs: Runs) -> OutOfFold:
    return OutOfFold({path.name: FinishedRun.read(path) for path in runs.paths}, runs.competition)


def score(out_of_fold: OutOfFold, blend: Blend, runs: Runs) -> BlendScores:
    return score_blend(out_of_fold, blend, CLIP, runs.competition, MRRMSE())


def test_fixed_blends_are_combined_and_clipped(out_of_fold: OutOfFold, runs: Runs) -> None:
    stack = np.stack([np.load(path / "oof.npy") for path in runs.paths])
    Y = np.array(runs.competition.Y)
    for blend, expected in ((Mean(), stack.mean(axis=0)), (Median(), np.median(stack, axis=0))):
        scores = score(out_of_fold, blend, runs)
        for fold in out_of_fold.folds:
            clipped = Clip().fit(Y[fold.train]).transform(expected[fold.entries])
            np.testing.assert_allclose(scores.oof[fold.entries], clipped, rtol=1e-5, atol=1e-6)
        mine = scores.scores.rows[scores.scores.rows["kind"] == "blend"]
        errors = np.sqrt(np.mean((scores.oof.astype(float) - Y[out_of_fold.rows]) ** 2, axis=1))
        np.testing.assert_allclose(mine["mrrmse"], errors, rtol=1e-5)
        assert scores.of_folds == {}


def test_a_folds_weights_are_learnt_from_the_other_folds(out_of_fold: OutOfFold, runs: Runs) -> None:
    scores = score(out_of_fold, NonNegative(), runs)
    for fold in out_of_fold.folds:
        members = out_of_fold.predictions(fold.others)
        expected = NonNegative().fit(members, out_of_fold.targets(fold.others), out_of_fold.weights[fold.others])
        found = scores.of_folds[fold.name]["weights"]
        assert found == pytest.approx(expected.weights_of(members), abs=1e-6)


@pytest.mark.parametrize("blend", [NonNegative(), ByScore()], ids=repr)
def test_other_targets_of_a_fold_change_none_of_its_predictions(
    blend: Blend, out_of_fold: OutOfFold, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = score(out_of_fold, blend, runs)
    fold = out_of_fold.folds[0]
    Y = replace_targets(np.array(runs.competition.Y), fold.rows)
    changed = runs.tiny.read(runs.tiny.standard())
    object.__setattr__(changed, "Y", Y)
    other = OutOfFold(out_of_fold.runs, changed)
    after = score_blend(other, blend, CLIP, changed, MRRMSE())
    assert after.oof[fold.entries].tobytes() == before.oof[fold.entries].tobytes()
    # The test would notice: the other fold's weights learn from these rows.
    assert after.of_folds[out_of_fold.folds[1].name] != before.of_folds[out_of_fold.folds[1].name]


def test_members_floors_and_noise_stand_beside_it(out_of_fold: OutOfFold, runs: Runs) -> None:
    scores = score(out_of_fold, Mean(), runs)
    kinds = scores.scores.rows.drop_duplicates(["kind", "member"]).groupby("kind")["member"].agg(list).to_dict()
    assert kinds["model"] == [path.name for path in runs.paths]
    assert kinds["ceiling"] == ["no noise"]
    assert {"zeros", "mean", "additive"} < set(kinds["floor"])
    own = pd.read_parquet(runs.trees / "scores_by_row.parquet")
    own = own[own["kind"] == "model"]["mrrmse"]
    np.testing.assert_array_equal(scores.scores.where(member=runs.trees.name).rows["mrrmse"], own)
    table = scores.contributions.table().set_index("member")
    parts = scores.scores.rows.groupby("member")
    mean = {name: np.average(part["mrrmse"], weights=part["weight"]) for name, part in parts}
    assert scores.contributions.score == pytest.approx(mean["blend"])
    for path in runs.paths:
        assert table.loc[path.name, "score"] == pytest.approx(mean[path.name], rel=1e-5)


def test_one_fold_teaches_no_weights_for_itself(runs: Runs) -> None:
    run = FinishedRun.read(runs.ridge)
    object.__setattr__(run, "folds", run.folds[run.folds["fold"] == 0])
    only = OutOfFold({"run": run}, runs.competition)
    assert no_score(only, Mean()) is None
    assert "other folds' rows" in str(no_score(only, NonNegative()))
