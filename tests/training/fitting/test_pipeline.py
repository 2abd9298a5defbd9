from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data.columns import group_labels
from kit.targets.base import TargetTransform
from kit.training.fitting.pipeline import Pipeline, fit_matrix, fit_pipeline, fit_target
from kit.training.planning.recipe_model import RecipeModel
from tests.tiny import Tiny

MODELS = ("ridge", "trees")


def fitted(tiny: Tiny, model: str, *overrides: str) -> Pipeline:
    spec = RecipeModel.of(tiny.standard(*overrides).config, model)
    return fit_pipeline(spec, tiny.competition.rows, np.array(tiny.competition.Y), seed=4)


@pytest.mark.parametrize("model", MODELS)
def test_comes_back_from_disk_with_the_same_predictions(tiny: Tiny, tmp_path: Path, model: str) -> None:
    pipeline = fitted(tiny, model)
    pipeline.target.save(tmp_path / "target")
    pipeline.save(tmp_path / "pipeline")
    again = Pipeline.load(tmp_path / "pipeline", TargetTransform.load(tmp_path / "target"))
    test = tiny.competition.test
    np.testing.assert_array_equal(again.predict(test), pipeline.predict(test))
    np.testing.assert_array_equal(again.predict_reduced(test), pipeline.predict_reduced(test))


@pytest.mark.parametrize("model", MODELS)
def test_a_rows_prediction_depends_on_that_row_alone(tiny: Tiny, model: str) -> None:
    pipeline, test = fitted(tiny, model), tiny.competition.test
    together = pipeline.predict(test)
    assert together.shape == (len(test), tiny.competition.n_targets)
    order = np.random.default_rng(0).permutation(len(test))
    np.testing.assert_allclose(pipeline.predict(test.iloc[order]), together[order], rtol=1e-5, atol=1e-6)
    alone = np.vstack([pipeline.predict(test.iloc[[index]]) for index in range(len(test))])
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-6)


def test_the_matrix_is_the_blocks_side_by_side_in_the_recipes_order(tiny: Tiny) -> None:
    for names in (["profile", "cell"], ["cell", "profile"]):
        pipeline = fitted(tiny, "ridge", f"models.ridge.features={names}")
        test = tiny.competition.test
        parts = [pipeline.features[name].transform(test) for name in names]
        assert list(pipeline.features) == names
        np.testing.assert_array_equal(pipeline.matrix(test), np.hstack(parts))


def test_target_features_live_in_the_targets_space_or_at_full_width(tiny: Tiny) -> None:
    reduced = fitted(tiny, "trees").matrix(tiny.competition.test)
    full = fitted(tiny, "trees", "features.profile.space=full").matrix(tiny.competition.test)
    assert (reduced.shape[1], full.shape[1]) == (5, tiny.competition.n_targets)


def test_features_of_training_rows_are_free_of_their_own_targets(tiny: Tiny) -> None:
    # A model that could read a row's target off its features would fit it perfectly.
    rows, Y = tiny.competition.rows, np.array(tiny.competition.Y)
    spec = RecipeModel.of(tiny.standard("models.ridge.params.penalty=0.000001").config, "ridge")
    target = fit_target(spec, rows, Y)
    other = Y.copy()
    other[0] = -7 * Y[0] + 3
    before, after = (fit_pipeline(spec, rows, values, 0, target) for values in (Y, other))
    # The first row's own features in training are computed without its target, in both fits alike.
    X, X_other = (fit_matrix(spec, rows, values, target, 0)[1].X for values in (Y, other))
    np.testing.assert_array_equal(X[0], X_other[0])
    assert not np.array_equal(before.matrix(rows.iloc[[0]]), after.matrix(rows.iloc[[0]]))


def test_rows_without_the_group_column_belong_to_no_group() -> None:
    rows = pd.DataFrame({"cell_type": ["a", "b"], "n": [1, 2]})
    assert group_labels(rows, "cell_type").tolist() == ["a", "b"]
    assert group_labels(rows, "n").tolist() == ["1", "2"]
    assert group_labels(rows, "absent").tolist() == ["", ""]
    assert group_labels(rows, "absent").dtype.kind == "U"


def test_what_parts_report_of_their_fits_is_in_the_tasks_metrics(tiny: Tiny, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    text = """
target: {kind: svd, params: {n_components: 5}}
features:
  cell: {kind: one_hot, params: {columns: [cell_type, sm_name]}}
  code: {kind: autoencoder, params: {of: cell, layers: [4], n_epochs: 3, scaling: none}}
models:
  mlp: {kind: mlp, features: [cell, code], params: {hidden: [4], n_epochs: 2}}
"""
    result = tiny.train(tmp_path, tiny.recipe(text, "reporting"))
    found = [json.loads(path.read_text())["report"] for path in result.path.glob("tasks/*/*/*/*/metrics.json")]
    assert len(found) == result.fitted
    for report in found:
        assert sorted(report) == ["code", "model", "target"]
        assert len(report["model"]["losses"]) == 2
        assert len(report["code"]["losses"]) == 3
        assert report["code"]["reconstruction_loss"] == pytest.approx(report["code"]["losses"][-1], rel=1e-4)
