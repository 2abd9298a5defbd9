from __future__ import annotations

import errno
import os
import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from kit.data.columns import group_labels
from kit.errors import RunBusyError, RunError
from kit.files import read_json
from kit.models.boosting.lightgbm_model import LightGBM
from kit.models.ridge import Ridge
from kit.submission import ledger
from kit.training.fitting.target_store import load_target
from kit.training.planning.row_sets import TEST
from kit.training.run_directory import RunDirectory
from kit.training.scoring import summarize as finishing
from kit.training.train import RunResult
from tests.tiny import SINGLE, Notes, Tiny, results

TASKS = 9
"""Of the standard recipe."""


def task_files(run: Path, model: str) -> dict[str, int]:
    """Return the inodes of a model's files in a run."""
    folder = run / "tasks" / "fit" / model
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "DONE"]
    return {str(path.relative_to(folder)): path.stat().st_ino for path in paths}


def decoded(tiny: Tiny, run: Path, task: str) -> np.ndarray:
    """Return a task's test predictions at full width, not clipped."""
    target = load_target(run, read_json(run / task / "metrics.json")["target"])
    return target.inverse_transform(np.load(run / task / TEST), group_labels(tiny.competition.test, "cell_type"))


def clipped(tiny: Tiny, predictions: np.ndarray) -> np.ndarray:
    return np.clip(predictions, tiny.competition.Y.min(axis=0), tiny.competition.Y.max(axis=0))


# ----------------------------------------------------------------------------------------------- what a run leaves


def test_a_run_leaves_everything_that_was_promised(finished: RunResult) -> None:
    names = {path.name for path in finished.path.iterdir()}
    assert names == {
        "features",
        ".lock",
        "DONE",
        "config.resolved.yaml",
        "contents.json",
        "contributions.csv",
        "correlations.csv",
        "folds.parquet",
        "leaderboard.csv",
        "log.txt",
        "manifest.json",
        "by_group.csv",
        "metrics.json",
        "stages",
        "oof.npy",
        "oof_rows.parquet",
        "residuals.npy",
        "targets.json",
        "test_rows.parquet",
        "train_rows.parquet",
        "verdict.txt",
        "scores_by_row.parquet",
        "submission.csv",
        "submission.json",
        "targets",
        "tasks",
        "test.npy",
        "warnings.json",
    }
    assert len(list((finished.path / "tasks").rglob("DONE"))) == finished.fitted == TASKS
    # One target transform for each set of training rows: two folds and all rows.
    assert len(list((finished.path / "targets").iterdir())) == 3
    assert not list(finished.path.parents[1].rglob(".*.tmp*"))


def test_the_log_tells_of_every_task_and_the_score(tiny: Tiny, finished: RunResult) -> None:
    log = (finished.path / "log.txt").read_text()
    for task in tiny.plan(tiny.standard()).tasks:
        assert f"{task}: " in log
    assert f"finished: mrrmse {finished.summary['score']:.5f}" in log


def test_predictions_are_in_the_order_of_the_rows(tiny: Tiny, finished: RunResult) -> None:
    oof, test = np.load(finished.path / "oof.npy"), np.load(finished.path / "test.npy")
    rows = pd.read_parquet(finished.path / "oof_rows.parquet")
    assert oof.shape == (len(rows), tiny.competition.n_targets)
    assert test.shape == (len(tiny.competition.test), tiny.competition.n_targets)
    assert oof.dtype == test.dtype == np.float32
    # Learnt, not shuffled: every row is nearer to its own prediction than to the mean of the others.
    own = np.corrcoef(tiny.competition.Y[rows["row"]], oof)[: len(rows), len(rows) :]
    assert np.diag(own).mean() > own.mean() + 0.2


def test_beats_every_floor_and_stays_below_the_ceiling(finished: RunResult) -> None:
    board = finished.leaderboard
    blend = board.loc[board["kind"] == "blend", "mrrmse"].item()
    assert blend < board.loc[board["kind"] == "floor", "mrrmse"].min()
    assert blend > board.loc[board["kind"] == "ceiling", "mrrmse"].max()


def test_the_test_predictions_are_the_weighted_blend_of_the_fits_on_all_rows(tiny: Tiny, finished: RunResult) -> None:
    ridge = decoded(tiny, finished.path, "tasks/fit/ridge/seed=0/final")
    trees = [decoded(tiny, finished.path, f"tasks/fit/trees/seed={seed}/final") for seed in (0, 1)]
    assert not np.allclose(*trees)
    expected = clipped(tiny, 0.7 * ridge + 0.3 * np.mean(trees, axis=0))
    np.testing.assert_allclose(np.load(finished.path / "test.npy"), expected, atol=2e-6)


# ------------------------------------------------------------------------------------------------------ again


def test_a_finished_run_is_not_run_again(tiny: Tiny, tmp_path: Path) -> None:
    first = tiny.train(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in first.path.rglob("*")}
    notes = Notes()
    second = tiny.train(tmp_path, observer=notes)
    assert second.fitted == 0
    assert notes.notes == [f"{first.path} is finished already; --fresh runs it again"]
    assert (second.path, second.submission, second.summary) == (first.path, first.submission, first.summary)
    pd.testing.assert_frame_equal(second.rows, first.rows)
    pd.testing.assert_frame_equal(second.leaderboard, first.leaderboard)
    assert {path: path.stat().st_mtime_ns for path in first.path.rglob("*")} == before


def test_fresh_sets_the_run_aside_and_fits_all_anew_to_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    first = tiny.train(tmp_path)
    before = results(first.path)
    notes = Notes()
    second = tiny.train(tmp_path, fresh=True, observer=notes)
    assert second.fitted == TASKS
    [aside] = first.path.parent.glob(".standard-*.old")
    assert notes.notes == [f"set the earlier run aside: {aside}"]
    assert results(second.path) == results(aside) == before
    assert len(ledger.read(tmp_path / "ledger.csv")) == 1


def test_an_interrupted_run_fits_only_what_is_missing(tiny: Tiny, tmp_path: Path) -> None:
    first = tiny.train(tmp_path)
    before = results(first.path)
    for gone in ("DONE", "tasks/fit/trees/seed=1/fold=0/DONE", "tasks/fit/ridge/seed=0/final/DONE"):
        (first.path / gone).unlink()
    notes = Notes()
    again = tiny.train(tmp_path, observer=notes)
    assert again.fitted == 2
    assert notes.begun == (TASKS, TASKS - 2)
    assert notes.notes == [f"{TASKS - 2} of {TASKS} tasks done, continuing"]
    assert {str(outcome.task) for outcome in notes.outcomes} == {"trees, repeat 1, NK cells", "ridge, repeat 0, final"}
    assert results(again.path) == before
    assert len(ledger.read(tmp_path / "ledger.csv")) == 1


def test_a_submission_that_was_moved_away_is_handed_in_again(tiny: Tiny, tmp_path: Path) -> None:
    first = tiny.train(tmp_path)
    content = first.submission.read_bytes()
    first.submission.unlink()
    again = tiny.train(tmp_path)
    assert (again.submission, again.fitted) == (first.submission, 0)
    assert again.submission.read_bytes() == content
    assert len(ledger.read(tmp_path / "ledger.csv")) == 1


# ----------------------------------------------------------------------------------------- what is refitted


def test_changing_one_model_refits_that_model_alone(tiny: Tiny, tmp_path: Path) -> None:
    first = tiny.train(tmp_path)
    notes = Notes()
    second = tiny.train(tmp_path, tiny.standard("models.ridge.params.penalty=20.0"), observer=notes)
    assert second.path != first.path
    assert (second.fitted, {outcome.task.model for outcome in notes.outcomes}) == (3, {"ridge"})
    assert notes.notes == [
        "6 of 9 tasks were computed by other runs and are taken over",
        "model 'ridge' is fitted again (3 fits), changed since: its parameters",
    ]
    assert task_files(second.path, "trees") == task_files(first.path, "trees")
    ridge = task_files(first.path, "ridge"), task_files(second.path, "ridge")
    assert ridge[0].keys() == ridge[1].keys()
    assert not set(ridge[0].values()) & set(ridge[1].values())
    # As if it had been alone in the world.
    alone = tiny.train(tmp_path / "elsewhere", tiny.standard("models.ridge.params.penalty=20.0"))
    assert alone.fitted == TASKS
    assert results(second.path) == results(alone.path)


@pytest.mark.parametrize("override", ["blend=mean", "blend.params.weights.trees=0.0", "final=folds"])
def test_joining_otherwise_refits_nothing(tiny: Tiny, tmp_path: Path, finished: RunResult, override: str) -> None:
    out = tmp_path / "out"
    (out / "tiny" / "runs").mkdir(parents=True)
    (out / "tiny" / "runs" / finished.path.name).symlink_to(finished.path)
    result = tiny.train(out, tiny.standard(override))
    assert result.fitted == 0
    assert result.path != finished.path
    assert (result.path / "test.npy").read_bytes() != (finished.path / "test.npy").read_bytes()


def test_a_second_repeat_keeps_the_first(tiny: Tiny, tmp_path: Path) -> None:
    one = tiny.train(tmp_path, tiny.standard("models.trees.repeats=1"))
    two = tiny.train(tmp_path)
    assert (one.fitted, two.fitted) == (6, 3)
    inodes = task_files(one.path, "trees")
    assert inodes.items() < task_files(two.path, "trees").items()


# ------------------------------------------------------------------------------------------------ ways to join


def test_clips_the_blend_to_the_range_of_the_rows_it_was_fitted_on(tiny: Tiny, tmp_path: Path) -> None:
    # A blend three times too large goes beyond every range.
    blend = "blend={kind: weighted, params: {weights: {ridge: 2.0, trees: 1.0}, normalize: false}}"
    run = tiny.train(tmp_path, tiny.standard(blend, "models.trees.repeats=1")).path
    plan = tiny.plan(tiny.standard())
    total = 2 * decoded(tiny, run, "tasks/fit/ridge/seed=0/final") + decoded(tiny, run, "tasks/fit/trees/seed=0/final")
    assert not np.allclose(clipped(tiny, total), total)
    np.testing.assert_allclose(np.load(run / "test.npy"), clipped(tiny, total), atol=1e-5)
    oof, oof_rows = np.load(run / "oof.npy"), pd.read_parquet(run / "oof_rows.parquet")
    for fold in plan.folds:
        Y_train = tiny.competition.Y[fold.train]
        mine = oof[(oof_rows["fold"] == fold.name).to_numpy()]
        low, high = Y_train.min(axis=0), Y_train.max(axis=0)
        assert (mine >= low).all()
        assert (mine <= high).all()
        assert ((mine == low) | (mine == high)).any()
    free = tiny.train(tmp_path, tiny.standard(blend, "models.trees.repeats=1", "postprocess=[]")).path
    np.testing.assert_allclose(np.load(free / "test.npy"), total, atol=1e-5)


def test_final_folds_joins_what_the_folds_predict_and_warns_where_they_lack_a_group(tiny: Tiny, tmp_path: Path) -> None:
    notes = Notes()
    drop = "folds.params={cell_type: cell_type, compound: sm_name, anchors: drop}"
    result = tiny.train(tmp_path, tiny.standard("final=folds", "blend=mean", drop), observer=notes)
    assert result.fitted == 6
    assert not list(result.path.glob("tasks/*/*/*/final"))
    of_models = [
        np.mean(
            [
                np.mean([decoded(tiny, result.path, f"tasks/fit/{name}/seed={seed}/fold={fold}") for seed in seeds], 0)
                for fold in (0, 1)
            ],
            axis=0,
        )
        for name, seeds in (("ridge", [0]), ("trees", [0, 1]))
    ]
    expected = clipped(tiny, np.mean(of_models, axis=0))
    np.testing.assert_allclose(np.load(result.path / "test.npy"), expected, atol=2e-6)
    log = (result.path / "log.txt").read_text()
    for cell_type in ("NK cells", "T cells"):
        warning = f"final: folds, but the fold {cell_type!r} keeps 0 of 14 rows of {cell_type!r}; "
        assert sum(warning in note for note in notes.notes) == 1
        assert warning in log


def test_nothing_is_warned_of_where_the_fits_see_all_rows(tiny: Tiny, tmp_path: Path) -> None:
    notes = Notes()
    tiny.train(tmp_path, observer=notes)
    assert notes.notes == []


def test_fits_on_all_rows_take_the_middle_of_what_the_folds_chose(tiny: Tiny, tmp_path: Path) -> None:
    text = SINGLE + (
        "  trees: {kind: lightgbm, params: {n_estimators: 9, early_stopping_rounds: 9, learning_rate: 0.4, "
        "min_data_in_leaf: 3, num_leaves: 3}}\n"
        "folds: {kind: kfold, params: {n_splits: 4}, inner: {kind: kfold, params: {n_splits: 3}}}\n"
    )
    text = text.replace("params: {penalty: 10.0,", "choose: {params.penalty: [0.1, 10.0, 300.0]}, params: {")
    run = tiny.train(tmp_path, tiny.recipe(text, "chosen")).path
    for model, path in (("ridge", "params.penalty"), ("trees", "params.n_estimators")):
        folds = [read_json(run / f"tasks/fit/{model}/seed=0/fold={fold}/metrics.json") for fold in range(4)]
        chosen = [metrics["values"][path] for metrics in folds]
        assert len(set(chosen)) > 1  # else the test shows little
        final = read_json(run / f"tasks/fit/{model}/seed=0/final/metrics.json")["values"]
        assert final == {path: statistics.median_low(chosen)}
    state = read_json(run / "tasks/fit/trees/seed=0/final/model/model/state.json")
    assert state["params"]["n_estimators"] == final["params.n_estimators"]


# ------------------------------------------------------------------------------------------------ what goes wrong


def test_a_second_process_is_told_and_leaves_the_run_alone(tiny: Tiny, tmp_path: Path) -> None:
    plan = tiny.plan(tiny.standard())
    run = RunDirectory.of(tmp_path, "tiny", "standard", plan.key)
    for fresh in (False, True):
        with run.locked(), pytest.raises(RunBusyError, match="another process works on"):
            tiny.train(tmp_path, fresh=fresh)
    assert [path.name for path in run.path.iterdir()] == [".lock"]


def test_a_failing_task_is_named_and_what_is_finished_stays(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, calls = LightGBM.fit, []

    def fail_third(self: LightGBM, X: np.ndarray, Y: np.ndarray) -> LightGBM:
        calls.append(self)
        if len(calls) == 3:
            raise ZeroDivisionError("a plug-in's mistake")
        return fit(self, X, Y)

    with monkeypatch.context() as patch:
        patch.setattr(LightGBM, "fit", fail_third)
        with pytest.raises(RunError) as caught:
            tiny.train(tmp_path)
    [run] = (tmp_path / "tiny" / "runs").iterdir()
    log = run / "errors" / "tasks/fit/trees/seed=1/fold=0.log"
    assert str(caught.value) == (
        "task trees, repeat 1, NK cells failed after 4 of 6 tasks: ZeroDivisionError: a plug-in's mistake "
        f"(traceback in {log}); what is finished stays in {run}, the same command continues"
    )
    assert "fail_third" in log.read_text()
    assert len(list(run.rglob("tasks/*/*/*/*/DONE"))) == 4
    assert not (run / "DONE").exists()
    assert not list(tmp_path.rglob("*.csv"))
    again = tiny.train(tmp_path)
    assert again.fitted == TASKS - 4
    assert results(again.path) == results(tiny.train(tmp_path / "other").path)


def test_a_place_that_cannot_be_written_is_a_run_error(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RunError, match=r"cannot write .*give another directory with --out"):
        tiny.train(tmp_path / "file" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("missing", [1, 2, 3, 9, 1000])
def test_a_full_disk_is_a_run_error_with_nothing_half_written(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: RunResult, missing: int
) -> None:
    save, room = np.save, max(0, len(list(finished.path.rglob("*.npy"))) - missing)

    def save_while_there_is_room(path: Path, values: np.ndarray, **options: bool) -> None:
        nonlocal room
        room -= 1
        if room < 0:
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        save(path, values, **options)

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", save_while_there_is_room)
        with pytest.raises(RunError, match="No space left on device; free some space"):
            tiny.train(tmp_path)
    [run] = (tmp_path / "tiny" / "runs").iterdir()
    for path in run.rglob("*.npy"):
        np.load(path)
    for folder in run.glob("tasks/*/*/*/*"):
        assert (folder / "DONE").is_file()
    assert not list(tmp_path.rglob(".*.tmp*"))
    assert not (run / "DONE").exists()
    assert not list(tmp_path.rglob("*.csv"))
    assert results(tiny.train(tmp_path).path) == results(finished.path)


# ------------------------------------------------------------------------------------------------------ promises


def test_one_worker_and_two_make_the_same_bytes(tiny: Tiny, tmp_path: Path, finished: RunResult) -> None:
    two = tiny.train(tmp_path, jobs=2)
    assert two.fitted == TASKS
    assert results(two.path) == results(finished.path)
    assert two.submission.read_bytes() == finished.submission.read_bytes()


def test_this_process_joins_with_one_thread(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    evaluate = finishing.evaluate

    def spy(*arguments: object) -> object:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return evaluate(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(finishing, "evaluate", spy)
    with threadpool_limits(2):
        tiny.train(tmp_path)
    assert set(seen) == {1}


def test_replaced_validation_targets_change_no_prediction_of_their_fold(tiny: Tiny, tmp_path: Path) -> None:
    plan = tiny.plan(tiny.standard())
    Y = np.array(tiny.competition.Y)
    hidden = plan.folds[0].validation
    Y[hidden] = 50 - 30 * np.random.default_rng(0).standard_normal(Y[hidden].shape)
    other = tiny.with_targets(tmp_path / "data", Y)
    runs = [tiny.train(tmp_path / name, data=data) for name, data in (("a", None), ("b", other))]
    for task in plan.fold_tasks():
        for name in ("validation.npy", "test.npy"):
            before, after = ((run.path / task.path / name).read_bytes() for run in runs)
            # The rows are validation rows of one fold and training rows of the other.
            assert (before == after) == (task.split.fold == 0)
    tables = [pd.read_parquet(run.path / "oof_rows.parquet") for run in runs]
    pd.testing.assert_frame_equal(*tables)
    first = (tables[0]["fold"] == "NK cells").to_numpy()
    oof = [np.load(run.path / "oof.npy") for run in runs]
    np.testing.assert_array_equal(oof[0][first], oof[1][first])
    assert not np.allclose(oof[0][~first], oof[1][~first])
    floors = [run.rows[(run.rows["kind"] == "floor") & (run.rows["fold"] == "NK cells")] for run in runs]
    # Their own scores do change, or nothing of this shows anything.
    assert (floors[1]["mrrmse"].to_numpy() > floors[0]["mrrmse"].to_numpy()).all()


def test_shuffled_rows_of_the_tables_are_predicted_the_same(tiny: Tiny, tmp_path: Path) -> None:
    for path in tiny.data.iterdir():
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / path.name).write_bytes(path.read_bytes())
    test = pd.read_csv(tmp_path / "data" / "id_map.csv")
    test.iloc[::-1].to_csv(tmp_path / "data" / "id_map.csv", index=False)
    recipe = tiny.recipe(SINGLE, "single")
    plain, turned = (
        tiny.train(tmp_path / name, recipe, data) for name, data in (("a", None), ("b", tmp_path / "data"))
    )
    files = [pd.read_csv(result.submission) for result in (plain, turned)]
    assert list(files[0]["id"]) == list(files[1]["id"])
    np.testing.assert_allclose(files[0].to_numpy(), files[1].to_numpy(), rtol=1e-5, atol=1e-5)


def test_a_ridge_that_counts_its_fits_is_fitted_once_a_task(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, sizes = Ridge.fit, []

    def count(self: Ridge, X: np.ndarray, Y: np.ndarray) -> Ridge:
        sizes.append(len(X))
        return fit(self, X, Y)

    monkeypatch.setattr(Ridge, "fit", count)
    tiny.train(tmp_path, tiny.recipe(SINGLE, "single"))
    n_rows = tiny.competition.n_rows
    assert sizes == [n_rows - 10, n_rows - 10, n_rows]
