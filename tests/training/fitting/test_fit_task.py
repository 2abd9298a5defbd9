from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kit.data.columns import group_labels
from kit.errors import InputError
from kit.files import DONE, finished_key, read_json
from kit.metrics import MRRMSE
from kit.models.ridge import Ridge
from kit.targets.base import TARGETS, Groups
from kit.targets.identity import IdentityTarget
from kit.training.fitting.fit_task import Job, reduced_score, run_job
from kit.training.fitting.pipeline import Pipeline, fit_target
from kit.training.fitting.target_store import load_target, target_directory
from kit.training.planning.plan import Plan
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.row_sets import TEST, VALIDATION
from kit.training.planning.tasks import METRICS_FILE, Task
from kit.training.workspace import Workspace
from tests.tiny import Tiny, final_tasks

# Every way in which targets enter: transforms, features, choices on inner folds, stopping, bagging.
EVERYTHING = """
target: {kind: svd, params: {n_components: 4, center: group}}
features:
  profile: {kind: target_profile, params: {by: sm_name, center: cell_type}}
  encoded: {kind: leave_one_out, params: {by: [sm_name]}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  chosen:
    kind: ridge
    features: [profile, cell]
    choose: {params.penalty: [0.1, 10.0, 1000.0], target.params.n_components: [2, 5]}
  stopped:
    kind: lightgbm
    features: [encoded]
    target: {kind: identity}
    params: {n_estimators: 4, early_stopping_rounds: 2, min_data_in_leaf: 2, bagging_fraction: 0.8, bagging_freq: 1}
folds:
  kind: held_out_cell_type
  params: {cell_type: cell_type, compound: sm_name}
  inner: {kind: kfold, params: {n_splits: 2}}
"""


def job(tiny: Tiny, plan: Plan, task: Task, run: Path, data: Path | None = None) -> Job:
    competition = tiny.competition if data is None else tiny.read(tiny.standard(), data)
    return Job(task, plan.model(task), competition, run, plan.metric, {}, ("models", task.model))


def files(directory: Path) -> dict[str, bytes]:
    """Return the bytes of every file; of metrics.json what is no time."""
    found = {}
    for path in directory.rglob("*"):
        if path.name == METRICS_FILE:
            content = {key: value for key, value in json.loads(path.read_text()).items() if key[-2:] != "_s"}
            found["metrics"] = json.dumps(content).encode()
        elif path.is_file():
            found[str(path.relative_to(directory))] = path.read_bytes()
    return found


def test_writes_coordinates_model_and_scores(tiny: Tiny, tmp_path: Path) -> None:
    plan = tiny.plan(tiny.standard())
    task = plan.fold_tasks("ridge")[0]
    outcome = run_job(job(tiny, plan, task, tmp_path))
    assert outcome.error is None
    directory = tmp_path / task.path
    assert sorted(path.name for path in directory.iterdir()) == [DONE, METRICS_FILE, "model", TEST, VALIDATION]
    assert finished_key(directory) == task.key
    assert read_json(directory / METRICS_FILE) == outcome.metrics
    target = load_target(tmp_path, outcome.metrics["target"])
    pipeline = Pipeline.load(directory / "model", target)
    assert isinstance(pipeline.model, Ridge)
    rows, Y = Workspace(tiny.standard().config, tiny.competition, plan, tmp_path).select_rows(plan.folds[0].validation)
    Z = np.load(directory / VALIDATION)
    np.testing.assert_array_equal(pipeline.predict_reduced(rows), Z)
    np.testing.assert_array_equal(pipeline.predict_reduced(tiny.competition.test), np.load(directory / TEST))
    # The reduced score is the unclipped score at full width, exactly.
    errors = Y.astype(np.float64) - pipeline.predict(rows)
    assert outcome.metrics["reduced"] == pytest.approx(np.sqrt((errors**2).mean(axis=1)).mean(), rel=1e-6)


def test_a_fit_on_all_rows_takes_the_given_values_and_scores_nothing(tiny: Tiny, tmp_path: Path) -> None:
    plan = tiny.plan(tiny.recipe(EVERYTHING, "everything"))
    [task] = final_tasks(plan, "chosen")
    of_folds = {"params.penalty": 10.0, "target.params.n_components": 2}
    given = job(tiny, plan, task, tmp_path)
    outcome = run_job(Job(**(vars(given) | {"values": of_folds})))
    assert outcome.metrics["values"] == of_folds
    assert "reduced" not in outcome.metrics
    assert not (tmp_path / task.path / VALIDATION).exists()
    assert np.load(tmp_path / task.path / TEST).shape == (len(tiny.competition.test), 2)
    model = Pipeline.load(tmp_path / task.path / "model", load_target(tmp_path, outcome.metrics["target"])).model
    assert model.get_params()["penalty"] == 10.0


def test_replaced_validation_targets_change_nothing_that_is_fitted_or_predicted(tiny: Tiny, tmp_path: Path) -> None:
    loaded = tiny.recipe(EVERYTHING, "everything")
    plan = tiny.plan(loaded)
    fold = plan.folds[1]
    Y = np.array(tiny.competition.Y)
    rng = np.random.default_rng(0)
    # Another scale, sign and mean: a permutation would leave ranges, means and bases as they are.
    Y[fold.validation] = -100 * rng.standard_normal(Y[fold.validation].shape) + 1000
    other = tiny.with_targets(tmp_path / "data", Y)
    for model in plan.last.models:
        [task] = [task for task in plan.fold_tasks(model) if task.split.fold == 1]
        outcomes = [run_job(job(tiny, plan, task, tmp_path / name, data)) for name, data in (("a", None), ("b", other))]
        assert [outcome.error for outcome in outcomes] == [None, None]
        before, after = (files(tmp_path / name / task.path) for name in ("a", "b"))
        metrics = [json.loads(content.pop("metrics")) for content in (before, after)]
        for content in (before, after):
            content.pop(DONE)  # it holds the digest of the metrics, which hold times
        assert before == after
        assert metrics[0]["values"] == metrics[1]["values"]
        assert metrics[0]["reduced"] < 100 < metrics[1]["reduced"]
        transforms = [files(target_directory(tmp_path / n, m["target"])) for n, m in zip("ab", metrics, strict=True)]
        for content in transforms:
            content.pop(DONE)  # its key holds the data's digest
        assert transforms[0] == transforms[1]


def test_replaced_training_targets_change_everything(tiny: Tiny, tmp_path: Path) -> None:
    # The test above could pass because nothing is read at all; this one shows that it is.
    plan = tiny.plan(tiny.recipe(EVERYTHING, "everything"))
    Y = np.array(tiny.competition.Y)
    Y[plan.folds[1].train] *= -2
    other = tiny.with_targets(tmp_path / "data", Y)
    for model in plan.last.models:
        [task] = [task for task in plan.fold_tasks(model) if task.split.fold == 1]
        for name, data in (("a", None), ("b", other)):
            run_job(job(tiny, plan, task, tmp_path / name, data))
        a, b = (np.load(tmp_path / name / task.path / VALIDATION) for name in ("a", "b"))
        assert a.shape != b.shape or not np.allclose(a, b)


class CubeRoot(IdentityTarget):
    """Not linear: distances in its space are not those of the targets."""

    @property
    def linear(self) -> bool:
        return False

    def transform(self, Y: np.ndarray, groups: Groups = None) -> np.ndarray:
        return np.cbrt(Y)

    def inverse_transform(self, Z: np.ndarray, groups: Groups = None) -> np.ndarray:
        return Z**3


@pytest.mark.parametrize("kind", ["svd", "identity", "cube_root"])
def test_the_reduced_score_is_the_unclipped_score(tiny: Tiny, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TARGETS, "_classes", dict(TARGETS._classes))
    TARGETS.register("cube_root")(CubeRoot)
    spec = RecipeModel.of(tiny.standard(f"target={{kind: {kind}}}").config, "ridge")
    rows, Y = tiny.competition.rows, np.array(tiny.competition.Y)
    groups = group_labels(rows, "cell_type")
    target = fit_target(spec, rows, Y)
    Z_hat = target.transform(Y, groups) + np.float32(0.3)
    errors = Y - target.inverse_transform(Z_hat, groups).astype(np.float64)
    expected = np.sqrt((errors**2).mean(axis=1)).mean()
    assert reduced_score(target, Y, Z_hat, groups, MRRMSE()) == pytest.approx(expected, rel=1e-5)


def test_a_mistake_of_the_users_is_told_in_its_own_words(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise InputError("penalty: must be greater than 0, got -1")

    plan = tiny.plan(tiny.standard())
    monkeypatch.setattr(Ridge, "fit", fail)
    outcome = run_job(job(tiny, plan, plan.tasks[0], tmp_path))
    assert (outcome.error, outcome.metrics) == ("penalty: must be greater than 0, got -1", {})
    assert not (tmp_path / plan.tasks[0].path).exists()
    assert not (tmp_path / "errors").exists()


def test_any_other_error_is_logged_with_its_traceback(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Ridge, directory: Path) -> None:
        raise ZeroDivisionError("in a plug-in")

    plan = tiny.plan(tiny.standard())
    task = plan.tasks[0]
    monkeypatch.setattr(Ridge, "save", fail)
    outcome = run_job(job(tiny, plan, task, tmp_path))
    log = tmp_path / "errors" / "tasks" / "fit" / "ridge" / "seed=0" / "fold=0.log"
    assert outcome.error == f"ZeroDivisionError: in a plug-in (traceback in {log})"
    assert "in fail" in log.read_text()
    # The error came while the directory was being filled: nothing of it is left.
    assert list((tmp_path / task.path).parent.iterdir()) == []


def test_a_task_takes_one_thread(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from threadpoolctl import threadpool_info, threadpool_limits

    seen: list[int] = []
    fit = Ridge.fit

    def spy(self: Ridge, X: np.ndarray, Y: np.ndarray) -> Ridge:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return fit(self, X, Y)

    monkeypatch.setattr(Ridge, "fit", spy)
    plan = tiny.plan(tiny.standard())
    with threadpool_limits(2):
        run_job(job(tiny, plan, plan.tasks[0], tmp_path))
    assert seen
    assert set(seen) == {1}
