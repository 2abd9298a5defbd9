"""A recipe of a classification goes down the same road as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.classes import likeliest, margins
from kit.config import load_recipe
from kit.config.schema import ColumnsConfig
from kit.data import read_competition
from kit.errors import ConfigError
from kit.problem_types import PROBLEM_TYPES, Classification
from kit.reporting.run_page import write_run_page
from kit.splits import Fold
from kit.submission import check_submission
from kit.training.fitting.stage_inputs import read_output, training_rows
from kit.training.planning.plan import make_plan
from kit.training.planning.row_sets import VALIDATION
from kit.training.train import RunResult, train
from tests.labelled import FEATURES, RECIPE, make_rows, write_labelled

KIND = Classification()
Y = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 2]]
ROWS = pd.DataFrame({"batch": list("aabbcc")})
COLUMNS = ColumnsConfig(group="batch")

STAGED = (
    FEATURES
    + """\
stages:
  first:
    models: {ridge: {kind: ridge, params: {penalty: 1.0}}, nearest: {kind: nearest, params: {k: 5}}}
models: {trees: {kind: extra_trees, repeats: 2, params: {n_estimators: 10}}, ridge: {kind: ridge}}
pseudo_labels: {stage: first, keep: {agreement: 0.5}}
blend: nnls
metric: f1
"""
)


def trained(folder: Path, recipe: str = RECIPE) -> RunResult:
    loaded = load_recipe(write_labelled(folder, recipe))
    return train(loaded, read_competition(loaded.config, loaded.root, folder / "cache"), folder / "out", jobs=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return trained(tmp_path_factory.mktemp("labelled"))


def test_floors_are_guesses() -> None:
    new = pd.DataFrame({"batch": ["a", "b", "c", "new"]})
    found = dict(KIND.floors(COLUMNS, ROWS, Y, new))
    assert list(found) == ["chance", "majority", "prior", "prior per batch"]
    assert (found["chance"].sum(axis=1) == 1).all()
    np.testing.assert_array_equal(found["majority"], np.tile([1, 0, 0], (4, 1)))
    np.testing.assert_allclose(found["prior"], np.tile([1 / 2, 1 / 3, 1 / 6], (4, 1)), rtol=1e-6)
    np.testing.assert_allclose(found["prior per batch"][:3], [[1, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]])
    np.testing.assert_allclose(found["prior per batch"][3].sum(), 1, rtol=1e-6)


def test_chance_names_classes_as_often_as_they_are() -> None:
    many = dict(KIND.floors(ColumnsConfig(), ROWS, Y, pd.DataFrame(index=range(6000))))["chance"]
    np.testing.assert_allclose(many.mean(axis=0), Y.mean(axis=0), atol=0.02)


def test_a_class_that_a_fold_never_saw_is_named() -> None:
    folds = [Fold("c", np.arange(4), np.array([4, 5]), 1.0), Fold("a", np.arange(2, 6), np.array([0, 1]), 1.0)]
    folds += [Fold("b", np.array([0, 2, 4, 5]), np.array([1, 3]), 1.0)]
    [warning] = KIND.fold_warnings(folds, Y, ("x", "y", "z"))
    assert "fold 'c' validates rows of 1 classes that its training rows lack" in warning
    assert warning.endswith("'z'")


def test_a_class_that_one_fold_alone_validates_is_named() -> None:
    folds = [
        Fold("c", np.array([0, 2, 4]), np.array([1, 3, 5]), 1.0),
        Fold("a", np.array([1, 2, 4]), np.array([0]), 1.0),
    ]
    labels = np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 2, 2]]
    [warning] = KIND.fold_warnings(folds, labels, ("x", "y", "z"))
    assert "classes that one fold alone validates" in warning
    assert warning.endswith("'y' (fold 'c'), 'z' (fold 'c')")
    assert KIND.fold_warnings(folds[:1], labels, ("x", "y", "z")) == []


def test_models_are_far_above_the_floors_and_every_number_is_scikit_learns(run: RunResult) -> None:
    board = run.leaderboard.set_index("member")
    assert run.summary["metric"] == "accuracy"
    assert board.loc["blend", "accuracy"] > 0.9 > 0.5 > board.loc["majority", "accuracy"]
    assert {"accuracy", "top_k", "mrr", "log_loss"} <= set(board.columns)
    assert "best_scale" not in run.summary
    oof, rows = np.load(run.path / "oof.npy"), pd.read_parquet(run.path / "oof_rows.parquet")
    truth = make_rows().iloc[rows["row"]]["kind"].to_numpy()
    named = np.array(sorted(set(truth)))[oof.argmax(axis=1)]
    assert board.loc["blend", "accuracy"] == pytest.approx(np.mean(named == truth))
    np.testing.assert_allclose(oof.sum(axis=1), 1, rtol=1e-5)
    assert (oof >= 0).all()


def test_a_run_keeps_how_each_class_fares_in_each_batch(run: RunResult) -> None:
    classes = pd.read_csv(run.path / "classes.csv")
    assert classes["rows"].sum() == 120
    assert classes["hit"].sum() / 120 == pytest.approx(run.summary["score"])
    assert set(classes["part"]) == {"b0", "b1", "b2"}
    coverage = pd.read_csv(run.path / "coverage.csv")
    assert coverage["accuracy"].iloc[0] == pytest.approx(run.summary["score"])


def test_a_submission_names_the_class_of_every_row(run: RunResult) -> None:
    assert run.submission is not None
    handed_in = pd.read_csv(run.submission)
    assert list(handed_in.columns) == ["id", "kind"]
    truth = make_rows(24, seed=1)["kind"]
    assert (handed_in["kind"] == truth).mean() > 0.9
    assert list(handed_in["id"]) == [f"t{row}" for row in range(24)]


def test_a_sample_may_ask_for_probabilities(tmp_path: Path) -> None:
    recipe = write_labelled(tmp_path, RECIPE)
    pd.DataFrame({"id": [f"t{row}" for row in range(24)]}).assign(gamma=0.0, alpha=0.0, beta=0.0, delta=0.0).to_csv(
        tmp_path / "sample.csv", index=False
    )
    loaded = load_recipe(recipe, ["data.sample_submission=sample.csv"])
    competition = read_competition(loaded.config, loaded.root, tmp_path / "cache")
    run = train(loaded, competition, tmp_path / "out", jobs=1)
    assert run.submission is not None
    handed_in = pd.read_csv(run.submission)
    assert list(handed_in.columns) == ["id", "gamma", "alpha", "beta", "delta"]
    np.testing.assert_allclose(handed_in.drop(columns="id").sum(axis=1), 1, rtol=1e-5)
    assert (handed_in.drop(columns="id").idxmax(axis=1) == make_rows(24, seed=1)["kind"]).mean() > 0.9
    assert check_submission(run.submission, competition) == []


@pytest.fixture(scope="module", params=["keep: {agreement: 0.5}", "labels: hard, keep: {margin: 0.5}"])
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunResult]:
    """Return a recipe whose last stage is taught by an earlier one, and its run."""
    folder = tmp_path_factory.mktemp("staged")
    run = trained(folder, STAGED.replace("keep: {agreement: 0.5}", request.param))
    return folder / "recipe.yaml", run


def test_other_labels_of_validated_rows_change_no_prediction_of_them(
    staged: tuple[Path, RunResult], tmp_path: Path
) -> None:
    """Stages, pseudo-labels, a learnt blend and repeats included."""
    path, first = staged
    recipe = write_labelled(tmp_path / "second", path.read_text(encoding="utf-8"))
    rows = make_rows()
    hidden = rows["batch"] == "b2"
    rows.loc[hidden, "kind"] = np.roll(rows.loc[hidden, "kind"].to_numpy(), 1)
    rows.to_csv(recipe.parent / "train.csv", index=False)
    loaded = load_recipe(recipe)
    tables = read_competition(loaded.config, loaded.root, tmp_path / "second" / "cache")
    second = train(loaded, tables, tmp_path / "second" / "out", jobs=1)
    of_fold = pd.read_parquet(first.path / "oof_rows.parquet")["fold"] == "b2"
    before, after = (np.load(run.path / "oof.npy") for run in (first, second))
    np.testing.assert_array_equal(before[of_fold], after[of_fold])
    assert not np.array_equal(before[~of_fold], after[~of_fold])  # there the rows are training rows
    assert first.summary["score"] > 0.9 > second.summary["score"]


def test_rows_are_labelled_with_the_surest_classes_of_a_teacher_that_has_not_seen_them(
    staged: tuple[Path, RunResult],
) -> None:
    path, run = staged
    loaded = load_recipe(path)
    tables = read_competition(loaded.config, loaded.root, path.parent / "cache")
    plan = make_plan(loaded.config, tables)
    for task in plan.tasks_of("fit", plan.folds[1]):
        given, teaching = training_rows(tables, task, run.path), task.teaching
        assert teaching is not None
        predicted = read_output(run.path, teaching.stage, task.split, VALIDATION)
        kept = np.arange(len(given.Y) - given.original)
        if teaching.hard:
            kept = np.sort(np.argsort(-margins(predicted), kind="stable")[: round(0.5 * len(predicted))])
            np.testing.assert_array_equal(given.Y[given.original :], likeliest(predicted[kept]))
            assert list(given.rows["well"][given.original :]) == list(
                tables.rows["well"].iloc[task.split.validation[kept]]
            )
        assert given.original == len(task.split.train)
        assert len(kept) == round(0.5 * len(predicted))


def test_every_kind_has_the_name_under_which_it_stands() -> None:
    assert {name: kind.name for name, kind in PROBLEM_TYPES.items()} == {name: name for name in PROBLEM_TYPES}


def test_the_page_of_a_run_leaves_out_what_only_measured_values_have(run: RunResult, tmp_path: Path) -> None:
    page = write_run_page(run.path, file=tmp_path / "report.html").read_text(encoding="utf-8")
    assert run.summary["metric"] in page
    assert "chance" in page
    assert "The hardest class is" in page
    assert "of the rows are kept and" in page
    assert "as far as measurements" not in page


CLASSIFIERS = (
    FEATURES
    + """\
stages:
  first: {models: {ridge: {kind: ridge, params: {penalty: 1.0}}}}
models:
  logistic: {kind: logistic, params: {class_weight: balanced}}
  lda: {kind: lda, params: {shrinkage: auto}}
  boosted:
    kind: lightgbm_classifier
    params: {n_estimators: 20, min_data_in_leaf: 5, early_stopping_rounds: 5}
pseudo_labels: {stage: first}
"""
)


def test_classifiers_learn_from_labels_and_from_what_a_stage_thinks(tmp_path: Path) -> None:
    board = trained(tmp_path, CLASSIFIERS).leaderboard.set_index("member")
    assert (board.loc[["blend", "logistic", "lda", "boosted"], "accuracy"] > 0.9).all()


def test_a_classifier_is_refused_where_numbers_are_predicted(tmp_path: Path) -> None:
    recipe = write_labelled(tmp_path, FEATURES + "problem_type: retrieval\nmodels: {lda: {kind: lda}}\n")
    with pytest.raises(ConfigError, match=r"recipe.yaml:5.*the model 'lda' is for classification"):
        load_recipe(recipe)
