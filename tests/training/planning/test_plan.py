from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Floats
from kit.blends.fixed import Mean
from kit.errors import InputError
from kit.features.augmentation import Noise
from kit.features.categorical import OneHot
from kit.metrics import MRRMSE
from kit.models import Ridge, Zeros
from kit.models.kernels.pairwise import RBF
from kit.postprocess.clip import Clip
from kit.splits.base import SPLITTERS, Fold
from kit.splits.kfold import KFoldSplitter
from kit.targets.identity import IdentityTarget
from kit.training.planning.plan import Plan, make_plan
from kit.training.planning.row_splits import FINAL
from kit.training.planning.versions import library_versions
from kit.training.run_directory import RunDirectory
from tests.tiny import Tiny, final_tasks

CHOOSING = """
models:
  open: {kind: ridge, params: {fit_intercept: false}, choose: {params.penalty: [1.0, 10.0]}}
  fixed: {kind: ridge, params: {fit_intercept: false}}
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
folds: {kind: kfold, params: {n_splits: 3}, inner: {kind: kfold, params: {n_splits: 4}}}
"""


def keys(plan: Plan, model: str | None = None, final: bool | None = None) -> dict[str, str]:
    return {
        str(task.path): task.key
        for task in plan.tasks
        if model in (None, task.model) and final in (None, task.split.is_final)
    }


def test_unrolls_models_repeats_and_folds(tiny: Tiny) -> None:
    plan = tiny.plan(tiny.standard())
    assert [fold.name for fold in plan.folds] == ["NK cells", "T cells"]
    assert [str(task.path) for task in plan.tasks] == [
        "tasks/fit/ridge/seed=0/fold=0",
        "tasks/fit/ridge/seed=0/fold=1",
        "tasks/fit/trees/seed=0/fold=0",
        "tasks/fit/trees/seed=0/fold=1",
        "tasks/fit/trees/seed=1/fold=0",
        "tasks/fit/trees/seed=1/fold=1",
        "tasks/fit/ridge/seed=0/final",
        "tasks/fit/trees/seed=0/final",
        "tasks/fit/trees/seed=1/final",
    ]
    assert len({task.key for task in plan.tasks}) == len({task.seed for task in plan.tasks}) == 9
    assert [str(task) for task in final_tasks(plan, "ridge")] == [f"ridge, repeat 0, {FINAL}"]


def test_training_rows_are_the_folds_or_all(tiny: Tiny) -> None:
    plan = tiny.plan(tiny.standard())
    n = tiny.competition.n_rows
    for task in plan.fold_tasks():
        assert task.split is plan.folds[task.split.fold or 0]
        np.testing.assert_array_equal(task.split.train, np.setdiff1d(np.arange(n), task.split.validation))
    for task in final_tasks(plan):
        np.testing.assert_array_equal(task.split.train, np.arange(n))


@pytest.mark.parametrize(
    ("override", "changed"),
    [
        ("models.ridge.params.penalty=20.0", {"ridge"}),
        ("models.trees.params.n_estimators=5", {"trees"}),
        ("models.ridge.target={kind: identity}", {"ridge"}),
        ("features.cell.params.columns=[sm_name]", {"ridge"}),
        ("features.profile.params.shrinkage=1.0", {"ridge", "trees"}),
        ("features.profile.space=full", {"ridge", "trees"}),
        ("models.ridge.features=[cell, profile]", {"ridge"}),
        ("target.params.n_components=4", {"ridge", "trees"}),
        ("seed=4", {"ridge", "trees"}),
        # Nothing of these enters a fit.
        ("blend=mean", set()),
        ("blend.params.weights.ridge=0.6", set()),
        ("postprocess=[]", set()),
        ("final=folds", set()),
        ("repeats_blend=median", set()),
        ("metric=mae", set()),
        ("title=Another", set()),
        ("models.trees.repeats=3", set()),
        ("folds.inner={kind: kfold, params: {n_splits: 2}}", set()),
    ],
)
def test_a_fits_key_changes_with_what_determines_it_and_with_nothing_else(
    tiny: Tiny, override: str, changed: set[str]
) -> None:
    before, after = tiny.plan(tiny.standard()), tiny.plan(tiny.standard(override))
    for model in ("ridge", "trees"):
        old, new = keys(before, model), keys(after, model)
        common = old.keys() & new.keys()
        assert common
        assert {old[path] != new[path] for path in common} == {model in changed}


@pytest.mark.parametrize(
    ("override", "same"),
    [
        ("title=Another", True),
        ("default_recipe=other.yaml", True),
        ("blend=mean", False),
        ("postprocess=[]", False),
        ("metric=mae", False),
        ("final=folds", False),
        ("folds_blend=median", False),
        ("models.trees.repeats=3", False),
    ],
)
def test_a_runs_key_changes_with_what_its_results_depend_on(tiny: Tiny, override: str, same: bool) -> None:
    assert (tiny.plan(tiny.standard()).key == tiny.plan(tiny.standard(override)).key) == same


def test_the_weights_of_folds_are_a_part_of_the_runs_key_only(tiny: Tiny) -> None:
    schemes = "schemes: [{kind: held_out_cell_type, params: {cells: [NK cells]}}, {kind: kfold, params: {n_splits: 2}}]"
    plans = [
        tiny.plan(tiny.standard(f"folds={{kind: mix, params: {{{schemes}, weights: [{weights}]}}}}"))
        for weights in ("1.0, 1.0", "1.0, 3.0")
    ]
    assert keys(plans[0]) == keys(plans[1])
    assert plans[0].key != plans[1].key


def test_another_model_changes_no_key_and_no_seed(tiny: Tiny) -> None:
    before = tiny.plan(tiny.standard("blend=mean"))
    after = tiny.plan(tiny.standard("blend=mean", "models.again={kind: ridge, features: [cell]}"))
    assert keys(before).items() < keys(after).items()
    seeds = {str(task.path): task.seed for task in after.tasks}
    assert all(seeds[str(task.path)] == task.seed for task in before.tasks)


def test_a_fold_that_stays_keeps_its_fits(tiny: Tiny) -> None:
    both = tiny.plan(tiny.standard())
    one = tiny.plan(tiny.standard("folds.params.cells=[T cells]"))
    assert [fold.name for fold in one.folds] == ["T cells"]
    of = {task.key for task in both.fold_tasks() if task.split.name == "T cells"}
    assert {task.key for task in one.fold_tasks()} == of
    assert keys(one, final=True) == keys(both, final=True)


def test_changed_targets_change_every_key(tiny: Tiny, tmp_path: Path) -> None:
    Y = np.array(tiny.competition.Y)
    Y[0, 0] += 1
    before = tiny.plan(tiny.standard())
    after = tiny.plan(tiny.standard(), tiny.with_targets(tmp_path / "data", Y))
    assert not {task.key for task in before.tasks} & {task.key for task in after.tasks}


def test_the_place_of_tables_and_runs_changes_no_key(tiny: Tiny, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in tiny.data.iterdir():
        (moved / path.name).write_bytes(path.read_bytes())
    before, after = tiny.plan(tiny.standard()), tiny.plan(tiny.standard(), moved)
    assert before.key == after.key
    names = {RunDirectory.of(tmp_path / out, "tiny", "standard", before.key).name for out in ("a", "b")}
    assert names == {f"standard-{before.key[:8]}"}


def test_fits_on_all_rows_hang_on_the_folds_where_those_choose(tiny: Tiny) -> None:
    three, two = (tiny.plan(tiny.recipe(CHOOSING, "choosing", f"folds.params.n_splits={n}")) for n in (3, 2))
    finals = [{task.model: task.key for task in final_tasks(plan)} for plan in (three, two)]
    assert [len(plan.fold_tasks("open")) for plan in (three, two)] == [3, 2]
    assert finals[0]["open"] != finals[1]["open"]
    assert finals[0]["fixed"] == finals[1]["fixed"]


def test_the_inner_folds_are_a_part_of_a_choosing_fits_key_only(tiny: Tiny) -> None:
    three, two = (tiny.plan(tiny.recipe(CHOOSING, "choosing", f"folds.inner.params.n_splits={n}")) for n in (3, 2))
    for task, other in zip(three.tasks, two.tasks, strict=True):
        assert (task.key == other.key) == (task.model == "fixed")


CODE = "kit.training.planning.versions.provenance"


@pytest.mark.parametrize(
    ("cls", "tasks"),
    [
        (Ridge, {"open", "fixed"}),
        (OneHot, {"open", "fixed"}),
        (IdentityTarget, {"open", "fixed"}),
        (KFoldSplitter, {"open"}),  # the splitter of the inner folds; those that are scored count by their rows
        (Noise, {"fixed"}),
        (Mean, set()),
        (Clip, set()),
        (MRRMSE, {"open"}),  # what is chosen is chosen by the metric; what is fitted alone knows nothing of it
        (Zeros, set()),
    ],
)
def test_the_code_of_a_plugin_is_in_the_keys_of_what_it_computes(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, cls: type, tasks: set[str]
) -> None:
    loaded = tiny.recipe(CHOOSING, "choosing", "models.fixed.augment=[{kind: noise}]", "postprocess=[{kind: clip}]")
    found = []
    for version in ("1.0", "1.0", "2.0"):
        described = {"packages": {"theirs": {"version": version}}}
        monkeypatch.setattr(CODE, lambda one, described=described: described if one is cls else {})
        found.append(tiny.plan(loaded))
    first, same, changed = found
    assert same.key == first.key
    assert (changed.key == first.key) == (cls is Zeros)  # a plug-in that the recipe does not name
    for model in ("open", "fixed"):
        assert (keys(changed, model) != keys(first, model)) == (model in tasks), model


def test_an_inner_plugin_and_a_candidate_count_as_well(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = """
models:
  one: {kind: nearest, choose: {params.kernel: [cosine, {kind: sum, params: {left: rbf, right: cosine}}]}}
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
"""
    plain = tiny.plan(tiny.recipe(recipe, "nested")).key
    monkeypatch.setattr(CODE, lambda one: {"libraries": {"theirs": "1.0"}} if one is RBF else {})
    assert tiny.plan(tiny.recipe(recipe, "nested")).key != plain


def test_folds_of_one_name_are_refused(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SPLITTERS, "_classes", dict(SPLITTERS._classes))

    @SPLITTERS.register("twins")
    class Twins(KFoldSplitter):
        def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
            return super().folds(rows, Y)[:1] * 2

    held = "{kind: held_out_cell_type, params: {cells: [NK cells]}}"
    loaded = tiny.standard(f"folds={{kind: mix, params: {{schemes: [{held}, {held}]}}}}")
    names = [fold.name for fold in make_plan(loaded.config, tiny.competition).folds]
    assert len(set(names)) == 2

    twice = tiny.standard("folds={kind: twins}")
    with pytest.raises(InputError, match="two folds have the same name: fold 1, fold 1"):
        make_plan(twice.config, tiny.competition)


def test_versions_are_those_of_the_imported_libraries() -> None:
    assert library_versions()["numpy"] == np.__version__
