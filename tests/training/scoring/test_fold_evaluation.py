from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import RunError
from kit.metrics.rowwise import MRRMSE
from kit.training.fitting import fit_task as fitting
from kit.training.fitting import target_store
from kit.training.scoring.fold_evaluation import FoldEvaluation, evaluate_fold
from kit.training.train import RunResult
from kit.training.workspace import Workspace
from tests.tiny import Tiny

LINEAR = """
target: {kind: svd, params: {n_components: 5, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
models:
  a: {kind: ridge, params: {penalty: 10.0}}
  b: {kind: ridge, params: {penalty: 500.0}}
postprocess: []
"""


def evaluate(tiny: Tiny, tmp_path: Path, fold: int, *overrides: str, text: str | None = None) -> FoldEvaluation:
    loaded = tiny.standard(*overrides) if text is None else tiny.recipe(text, "evaluated", *overrides)
    workspace = Workspace(loaded.config, tiny.competition, tiny.plan(loaded), tmp_path / "scratch")
    return evaluate_fold(workspace, fold, tmp_path / "shared")


def test_the_score_is_that_of_a_run(tiny: Tiny, tmp_path: Path, finished: RunResult) -> None:
    blend = finished.rows[finished.rows["kind"] == "blend"]
    for fold, (_, rows) in enumerate(blend.groupby("fold", sort=False)):
        found = evaluate(tiny, tmp_path / str(fold), fold)
        np.testing.assert_array_equal(found.rows["row"], rows["row"])
        np.testing.assert_allclose(found.rows["score"], rows["mrrmse"], rtol=0, atol=1e-12)
        assert found.score == pytest.approx(rows["mrrmse"].mean(), abs=1e-12)


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["target.params.center=mean"],
        ["repeats=2"],
        ["blend={kind: weighted, params: {weights: {a: 3.0, b: 1.0}}}"],
        # Those for which the identity does not hold.
        ["blend={kind: weighted, params: {weights: {a: 0.9, b: 0.4}, normalize: false}}", "target.params.center=mean"],
        ["models.b.target={kind: identity}"],
        ["blend=median", "repeats=2", "repeats_blend=median"],
    ],
)
def test_without_postprocessing_reduced_is_the_score(tiny: Tiny, tmp_path: Path, overrides: list[str]) -> None:
    found = evaluate(tiny, tmp_path, 1, *overrides, text=LINEAR)
    np.testing.assert_allclose(found.rows["reduced"], found.rows["score"], rtol=2e-6)
    assert found.reduced == pytest.approx(found.rows["reduced"].mean())


def test_reduced_is_not_clipped(tiny: Tiny, tmp_path: Path) -> None:
    # A model without any penalty on few rows goes far beyond the range of the training rows.
    wild = LINEAR.replace("penalty: 10.0", "penalty: 0.0001").replace("postprocess: []", "postprocess: [clip]")
    found = evaluate(tiny, tmp_path, 0, text=wild)
    assert found.reduced > found.score + 1e-4


def test_the_recipes_metric_is_used(tiny: Tiny, tmp_path: Path) -> None:
    found = evaluate(tiny, tmp_path, 0, "metric=pearson", text=LINEAR)
    assert -1 <= found.reduced <= 1
    assert found.reduced == pytest.approx(found.score, abs=1e-6)
    assert found.score != pytest.approx(evaluate(tiny, tmp_path / "other", 0, text=LINEAR).score, abs=1e-3)


def test_what_trials_have_in_common_is_fitted_once(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = evaluate(tiny, tmp_path, 0, text=LINEAR)
    kept = sorted(path for path in (tmp_path / "shared").rglob("*") if path.name == "DONE")
    assert len(kept) == 2  # one target transform, one block

    def fit(*arguments: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(target_store, "fit_target", fit)
    other = LINEAR.replace("penalty: 10.0", "penalty: 70.0")
    loaded = tiny.recipe(other, "other")
    workspace = Workspace(loaded.config, tiny.competition, tiny.plan(loaded), tmp_path / "second")
    second = evaluate_fold(workspace, 0, tmp_path / "shared")
    assert second.score != first.score
    assert sorted(path for path in (tmp_path / "shared").rglob("*") if path.name == "DONE") == kept
    # The tasks' own files are in the scratch directories alone.
    assert not list((tmp_path / "shared").rglob("validation.npy"))
    assert len(list((tmp_path / "second").rglob("validation.npy"))) == 2


def test_a_failed_fit_says_which(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(fitting, "fit_pipeline", broken)
    with pytest.raises(RunError, match=r"a, repeat 0, .*RuntimeError: no more"):
        evaluate(tiny, tmp_path, 0, text=LINEAR)


def test_validation_targets_reach_no_prediction(tiny: Tiny, tmp_path: Path) -> None:
    """Other targets in the fold's validation rows change its scores by what those targets themselves say, no more."""
    loaded = tiny.recipe(LINEAR, "leak")
    plan = tiny.plan(loaded)
    validation = plan.folds[0].validation
    Y = np.array(tiny.competition.Y)
    changed = Y.copy()
    changed[validation] = 5.0 - 3.0 * Y[validation][::-1]
    competition = tiny.read(loaded, tiny.with_targets(tmp_path / "changed", changed))
    predictions = []
    for name, tables in (("before", tiny.competition), ("after", competition)):
        scratch = tmp_path / name
        evaluation = evaluate_fold(
            Workspace(loaded.config, tables, tiny.plan(loaded), scratch), 0, tmp_path / f"shared {name}"
        )
        predictions.append([np.load(path) for path in sorted(scratch.rglob("validation.npy"))])
        assert np.isfinite(evaluation.score)
    for one, other in zip(*predictions, strict=True):
        np.testing.assert_array_equal(one, other)
    assert MRRMSE()(Y[validation], changed[validation]) > 1
