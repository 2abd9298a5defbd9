"""Stages: what one takes from another, with measured and pseudo-labelled rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config.checks.references.stages import LAST_STAGE
from kit.config.schema import KeepConfig
from kit.errors import DataError, InputError
from kit.files.temporary import this_machine
from kit.training.fitting.stage_inputs import prediction_rows, read_output, training_rows
from kit.training.planning.row_sets import TEST, VALIDATION
from kit.training.planning.row_splits import FINAL
from kit.training.planning.stages import AGREEMENT, VARIANCE, Teaching, stages_of
from kit.training.train import RunResult
from tests.tiny import Tiny, final_tasks

FEATURES = """\
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  profile: {kind: target_profile, params: {by: sm_name}}
target: {kind: svd, params: {n_components: 5}}
"""
TWO = (
    FEATURES
    + """\

stages:
  teachers:
    models:
      a: {kind: ridge, features: [cell, profile], params: {penalty: 10.0}}
      b: {kind: extra_trees, features: [cell, profile], repeats: 2, params: {n_estimators: 5}}
    blend: {kind: weighted, params: {weights: {a: 0.3, b: 0.7}}}
models:
  student: {kind: ridge, features: [cell, profile], params: {penalty: 1.0}}
pseudo_labels: {stage: teachers}
"""
)
STACKED = (
    FEATURES.replace("target:", "  first: {kind: stage_predictions, params: {stage: first}}\ntarget:")
    + """\
stages:
  first:
    models: {a: {kind: ridge, features: [cell, profile], params: {penalty: 10.0}}}
    out_of_fold: {kind: kfold, params: {n_splits: 3}}
models:
  second: {kind: ridge, features: [cell, first], params: {penalty: 1.0}}
"""
)


def test_rounds_are_stages_that_teach_each_other(tiny: Tiny) -> None:
    recipe = tiny.recipe(TWO, "rounds", "pseudo_labels.rounds=3").config
    stages = stages_of(recipe)
    assert [stage.name for stage in stages] == ["teachers", "fit.round1", "fit.round2", LAST_STAGE]
    teachers = [stage.teaching.stage if stage.teaching else None for stage in stages]
    assert teachers == [None, "teachers", "fit.round1", "fit.round2"]


def test_a_teacher_measures_what_its_students_choose_by(tiny: Tiny) -> None:
    recipe = tiny.recipe(TWO, "asked", "pseudo_labels.keep={agreement: 0.5}", "pseudo_labels.rounds=1").config
    assert [stage.asked for stage in stages_of(recipe)] == [(AGREEMENT,), ()]
    recipe = tiny.recipe(TWO, "asked").config
    assert [stage.asked for stage in stages_of(recipe)] == [(), ()]


def test_tables_are_predicted_by_every_stage_that_the_taught_one_depends_on(tiny: Tiny, tmp_path: Path) -> None:
    table = pairs(tiny, tmp_path)
    recipe = tiny.recipe(STACKED + f"pseudo_labels: {{stage: first, rows: {table}}}\n", "tables").config
    first, last = stages_of(recipe)
    assert first.tables == (table,)
    assert last.tables == ()
    assert last.teaching == Teaching("first", table, 1.0, False, KeepConfig(), hard=False)


@pytest.fixture(scope="module")
def taught(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return tiny.train(tmp_path_factory.mktemp("taught"), tiny.recipe(TWO, "taught"))


def test_a_student_is_fitted_on_the_hidden_rows_with_their_labels_from_the_teacher(
    tiny: Tiny, taught: RunResult
) -> None:
    plan = tiny.plan(tiny.recipe(TWO, "taught"))
    for task in plan.tasks_of(LAST_STAGE):
        given = training_rows(tiny.competition, task, taught.path)
        split, hidden = task.split, tiny.competition.test
        file = TEST
        if not split.is_final:
            hidden, file = tiny.competition.rows.iloc[split.validation], VALIDATION
        assert given.original == len(split.train)
        np.testing.assert_array_equal(given.Y[: given.original], tiny.competition.Y[split.train])
        labels = read_output(taught.path, "teachers", split, file)
        np.testing.assert_array_equal(given.Y[given.original :], labels)
        pd.testing.assert_series_equal(
            given.rows["sm_name"].iloc[given.original :].reset_index(drop=True),
            hidden["sm_name"].reset_index(drop=True),
        )
        # The measured rows alone set the range.
        low, high = tiny.competition.Y[split.train].min(axis=0), tiny.competition.Y[split.train].max(axis=0)
        assert (labels >= low).all()
        assert (labels <= high).all()


def test_pseudo_labelled_rows_enter_no_score(tiny: Tiny, taught: RunResult) -> None:
    plan = tiny.plan(tiny.recipe(TWO, "taught"))
    counts = taught.rows.groupby(["kind", "member"], sort=False)["row"].agg(list)
    expected = [row for fold in plan.folds for row in fold.validation]
    assert all(list(rows) == expected for rows in counts)
    assert ("stage", "teachers") in counts.index


def test_the_weight_of_pseudo_labelled_rows_reaches_the_fit(tiny: Tiny, tmp_path: Path, taught: RunResult) -> None:
    runs = {
        weight: tiny.train(tmp_path, tiny.recipe(TWO, "weights", f"pseudo_labels.weight={weight}"))
        for weight in ("1.0", "0.0000001")
    }
    np.testing.assert_array_equal(predictions(runs["1.0"]), predictions(taught))
    alone = tiny.train(tmp_path, tiny.recipe(TWO, "alone", "pseudo_labels=null", "stages=null"))
    # Without weight only what is fitted without weights (features, coordinates) still sees the rows.
    far, near = (np.abs(predictions(run) - predictions(alone)).mean() for run in (runs["1.0"], runs["0.0000001"]))
    assert near < far


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_the_rows_that_the_teachers_fits_agree_on_are_kept(tiny: Tiny, tmp_path: Path, share: float) -> None:
    loaded = tiny.recipe(TWO, "agreement", f"pseudo_labels.keep={{agreement: {share}}}")
    run, plan = tiny.train(tmp_path, loaded), tiny.plan(loaded)
    for task in plan.tasks_of(LAST_STAGE):
        file = TEST if task.split.is_final else VALIDATION
        unsure = np.load(run.path / "stages" / "teachers" / task.split.directory / f"{AGREEMENT}-{file}")
        given = training_rows(tiny.competition, task, run.path)
        labels = read_output(run.path, "teachers", task.split, file)
        kept = np.array([any(np.array_equal(row, label) for row in given.Y[given.original :]) for label in labels])
        assert kept.sum() == round(share * len(labels))
        if share < 1:
            assert unsure[kept].max() <= unsure[~kept].min()


def test_the_rows_of_least_predicted_variance_are_kept(tiny: Tiny, tmp_path: Path) -> None:
    text = TWO.replace("kind: ridge, features: [cell, profile], params: {penalty: 10.0}", "kind: gaussian_process")
    loaded = tiny.recipe(text, "variance", "pseudo_labels.keep={variance: 0.25}")
    run, plan = tiny.train(tmp_path, loaded), tiny.plan(loaded)
    [task] = final_tasks(plan, "student")
    unsure = np.load(run.path / "stages" / "teachers" / FINAL / f"{VARIANCE}-{TEST}")
    model = run.path / "tasks" / "teachers" / "a" / "seed=0" / FINAL
    np.testing.assert_allclose(unsure, np.load(model / f"{VARIANCE}-{TEST}"))
    given = training_rows(tiny.competition, task, run.path)
    assert len(given.rows) - given.original == max(1, round(0.25 * len(tiny.competition.test)))


def test_rows_may_weigh_by_one_over_their_predicted_variance(tiny: Tiny, tmp_path: Path) -> None:
    text = TWO.replace("kind: ridge, features: [cell, profile], params: {penalty: 10.0}", "kind: gaussian_process")
    labels = "pseudo_labels={stage: teachers, weight: 0.3, by_variance: true, keep: {variance: 0.5}}"
    loaded = tiny.recipe(text, "weighted", labels)
    run, plan = tiny.train(tmp_path, loaded), tiny.plan(loaded)
    alike = tiny.plan(tiny.recipe(text, "weighted", labels.replace("true", "false")))
    assert {task.key for task in plan.tasks_of(LAST_STAGE)}.isdisjoint(t.key for t in alike.tasks_of(LAST_STAGE))
    for task in plan.tasks_of(LAST_STAGE):
        file = TEST if task.split.is_final else VALIDATION
        variance = np.load(run.path / "stages" / "teachers" / task.split.directory / f"{VARIANCE}-{file}")
        given = training_rows(tiny.competition, task, run.path)
        assert given.weights is not None
        measured, taught = np.split(given.weights, [given.original])
        assert (measured == 1).all()
        assert taught.mean() == pytest.approx(0.3)
        kept = np.sort(variance)[: len(taught)]
        assert kept.max() > 1.01 * kept.min()
        np.testing.assert_allclose(np.sort(taught)[::-1] * kept, (taught.max() * kept.min()) * np.ones(len(kept)))


def test_a_table_of_more_pairs_is_labelled_and_predicted_nowhere(tiny: Tiny, tmp_path: Path) -> None:
    table = pairs(tiny, tmp_path)
    loaded = tiny.recipe(TWO, "table", f"pseudo_labels.rows={table}")
    run, plan = tiny.train(tmp_path, loaded), tiny.plan(loaded)
    n_new = len(pd.read_csv(table)) - 1
    for task in plan.tasks_of(LAST_STAGE):
        given = training_rows(tiny.competition, task, run.path)
        # One of the table's pairs was measured; where it is a training row it is no pseudo-labelled one.
        measured = int(0 in task.split.train)
        assert len(given.rows) - given.original == n_new + 1 - measured
    assert np.load(run.path / "test.npy").shape == (len(tiny.competition.test), tiny.competition.n_targets)


def test_another_table_of_the_same_name_is_another_run(tiny: Tiny, tmp_path: Path) -> None:
    table = pairs(tiny, tmp_path)
    loaded = tiny.recipe(TWO, "table", f"pseudo_labels.rows={table}")
    before = tiny.plan(loaded)
    table.write_text(table.read_text().rsplit("\n", 2)[0] + "\n")
    after = tiny.plan(loaded)
    assert before.key != after.key
    assert not {task.key for task in before.tasks} & {task.key for task in after.tasks}


@pytest.fixture(scope="module")
def stacked(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return tiny.train(tmp_path_factory.mktemp("stacked"), tiny.recipe(STACKED, "stacked"))


def test_features_are_out_of_fold_on_training_rows_and_plain_on_new_ones(tiny: Tiny, stacked: RunResult) -> None:
    plan = tiny.plan(tiny.recipe(STACKED, "stacked"))
    for task in plan.tasks_of(LAST_STAGE):
        [inner] = task.reads.values()
        assert len(inner) == 3
        given = training_rows(tiny.competition, task, stacked.path)
        columns = [name for name in given.rows if name.startswith("first | ")]
        for one in inner:
            assert not set(one.train) & set(one.validation)
            assert {*one.train, *one.validation} == set(task.split.train)
            hidden = np.isin(task.split.train, one.validation)
            expected = read_output(stacked.path, "first", one, VALIDATION)
            found = given.rows.loc[hidden, columns].to_numpy()
            order = np.argsort(one.validation)
            np.testing.assert_array_equal(found[np.argsort(task.split.train[hidden])], expected[order])
        for file, rows in prediction_rows(tiny.competition, task, (), stacked.path).items():
            expected = read_output(stacked.path, "first", task.split, file)
            np.testing.assert_array_equal(rows[columns].to_numpy(), expected)


def test_inner_fits_predict_no_test_rows(tiny: Tiny, stacked: RunResult) -> None:
    plan = tiny.plan(tiny.recipe(STACKED, "stacked"))
    inner = [task for task in plan.tasks_of("first") if not task.split.predicts_test]
    assert len(inner) == 3 * (len(plan.folds) + 1)
    assert not any((stacked.path / task.path / TEST).exists() for task in inner)


def test_a_splitter_that_leaves_rows_out_cannot_make_features(tiny: Tiny) -> None:
    loaded = tiny.recipe(STACKED, "partial", "stages.first.out_of_fold=held_out_cell_type")
    expected = r"partial\.yaml:10: stages\.first\.out_of_fold: .*every row must be held out once"
    with pytest.raises(ValueError, match=expected), loaded.placing():
        tiny.plan(loaded)


@pytest.mark.parametrize("name", ["taught", "stacked"])
def test_a_saved_run_predicts_the_test_rows_as_it_did(request: pytest.FixtureRequest, tiny: Tiny, name: str) -> None:
    from kit.training.joining.saved_run import SavedRun

    run = request.getfixturevalue(name)
    found = SavedRun(run.path).predict(tiny.competition.test)
    np.testing.assert_allclose(found, np.load(run.path / "test.npy"), rtol=1e-5, atol=1e-6)


def test_folds_predict_the_test_rows_through_their_own_stages(tiny: Tiny, tmp_path: Path) -> None:
    from kit.training.joining.saved_run import SavedRun

    run = tiny.train(tmp_path, tiny.recipe(STACKED, "folds", "final=folds"))
    assert not (run.path / "stages" / "first" / FINAL).exists()
    found = SavedRun(run.path).predict(tiny.competition.test)
    np.testing.assert_allclose(found, np.load(run.path / "test.npy"), rtol=1e-5, atol=1e-6)


def test_what_an_earlier_stage_computed_is_taken_over(tiny: Tiny, tmp_path: Path, taught: RunResult) -> None:
    tiny.train(tmp_path, tiny.recipe(TWO, "taught"))
    again = tiny.train(tmp_path, tiny.recipe(TWO, "other", "models.student.params.penalty=7.0"))
    # Three fits of the student; the teachers' nine are there.
    assert again.fitted == 3


def test_a_changed_blend_of_the_teachers_fits_the_students_anew(tiny: Tiny, tmp_path: Path) -> None:
    tiny.train(tmp_path, tiny.recipe(TWO, "taught"))
    again = tiny.train(tmp_path, tiny.recipe(TWO, "other", "stages.teachers.blend=mean"))
    assert again.fitted == 3


def pairs(tiny: Tiny, folder: Path) -> Path:
    """Write a table of pairs: one measured, the others new."""
    first = tiny.competition.rows.iloc[:1][["cell_type", "sm_name"]]
    new = tiny.competition.test[["cell_type", "sm_name"]].iloc[:4]
    path = folder / "pairs.csv"
    pd.concat([first, new]).to_csv(path, index=False)
    return path


def predictions(run: RunResult) -> np.ndarray:
    """Return a run's test predictions."""
    return np.load(run.path / "test.npy")


LEARNT = (
    FEATURES
    + """\
models:
  a: {kind: ridge, features: [cell, profile], params: {penalty: 10.0}}
  b: {kind: extra_trees, features: [cell, profile], params: {n_estimators: 5}}
blend: nnls
folds:
  kind: held_out_cell_type
  inner:
    kind: mix
    params:
      schemes: [kfold, {kind: group_kfold, params: {column: sm_name, n_splits: 3}}]
      weights: [1.0, 1.0]
"""
)


def test_a_learnt_blend_is_fitted_inside_of_every_fold(tiny: Tiny, tmp_path: Path) -> None:
    loaded = tiny.recipe(LEARNT, "learnt")
    run, plan = tiny.train(tmp_path, loaded), tiny.plan(loaded)
    for fold in plan.folds:
        inner = plan.blend_splits[LAST_STAGE, fold.directory]
        assert all({*split.train, *split.validation} <= set(fold.train) for split in inner)
    assert plan.blend_splits[LAST_STAGE, FINAL] == plan.folds
    assert run.contributions is not None
    assert set(run.contributions["member"]) == {"a", "b"}
    np.testing.assert_allclose(run.contributions["weight"].sum(), 1.0, atol=1e-6)


def test_weights_of_inner_folds_are_a_part_of_the_runs_key(tiny: Tiny, tmp_path: Path) -> None:
    even = tiny.train(tmp_path, tiny.recipe(LEARNT, "learnt"))
    uneven = tiny.train(tmp_path, tiny.recipe(LEARNT.replace("[1.0, 1.0]", "[1.0, 1000.0]"), "learnt"))
    assert even.path != uneven.path
    assert uneven.fitted == 0
    assert even.summary["score"] != uneven.summary["score"]


@pytest.mark.parametrize("blend", ["nnls", "{kind: per_group, params: {blend: nnls}}"])
def test_a_learnt_blend_of_one_model_is_that_model(tiny: Tiny, tmp_path: Path, blend: str) -> None:
    loaded = tiny.recipe(LEARNT, "single", "models.b.enabled=false", f"blend={blend}")
    run = tiny.train(tmp_path, loaded)
    alone = tiny.train(tmp_path, tiny.recipe(LEARNT, "single", "models.b.enabled=false", "blend=mean"))
    np.testing.assert_array_equal(predictions(run), predictions(alone))


def test_a_table_that_cannot_be_read_is_said_before_any_fit(tiny: Tiny) -> None:
    text = TWO.replace("{stage: teachers}", "{stage: teachers, rows: nowhere.csv}")
    with pytest.raises(DataError, match=r"no such file .*nowhere\.csv"):
        tiny.plan(tiny.recipe(text, "missing"))


def test_shares_are_of_the_rows_that_are_not_training_rows(tiny: Tiny, tmp_path: Path) -> None:
    keys = ["cell_type", "sm_name"]
    every = pd.concat([tiny.competition.rows[keys], tiny.competition.test[keys]])
    table = tmp_path / "all.csv"
    every.to_csv(table, index=False)
    overrides = [f"pseudo_labels.rows={table}", "pseudo_labels.keep={agreement: 0.5}"]
    loaded = tiny.recipe(TWO, "all", *overrides)
    run, plan = tiny.train(tmp_path, loaded), tiny.plan(loaded)
    for task in plan.tasks_of(LAST_STAGE):
        given = training_rows(tiny.competition, task, run.path)
        assert len(given.rows) - given.original == round(0.5 * (len(every) - len(task.split.train)))


def test_what_a_killed_run_left_of_a_stage_is_made_again(tiny: Tiny, tmp_path: Path, taught: RunResult) -> None:
    run = tiny.train(tmp_path, tiny.recipe(TWO, "taught"))
    # Killed while the teachers' labels of the final fit were written: they and what follows are missing.
    (run.path / "DONE").unlink()
    shutil.rmtree(run.path / "stages" / "teachers" / FINAL)
    (run.path / "stages" / "teachers" / f".{FINAL}.{this_machine()}-1.tmp").mkdir()
    shutil.rmtree(run.path / "tasks" / LAST_STAGE / "student" / "seed=0" / FINAL)
    again = tiny.train(tmp_path, tiny.recipe(TWO, "taught"))
    assert again.fitted == 1
    np.testing.assert_array_equal(predictions(again), predictions(taught))


def test_no_rows_cannot_be_predicted(tiny: Tiny, stacked: RunResult) -> None:
    from kit.training.joining.saved_run import SavedRun

    with pytest.raises(InputError, match="no rows to predict"):
        SavedRun(stacked.path).predict(tiny.competition.test.iloc[:0])


def test_every_stages_blend_says_what_its_members_contribute(taught: RunResult, stacked: RunResult) -> None:
    found = taught.contributions
    assert found is not None
    assert set(zip(found["stage"], found["member"], strict=True)) == {("teachers", "a"), ("teachers", "b")}
    assert found.set_index("member")["weight"].to_dict() == pytest.approx({"a": 0.3, "b": 0.7})
    pd.testing.assert_frame_equal(pd.read_csv(taught.path / "contributions.csv"), found)
    assert stacked.contributions is None
