from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.targets.base import TargetTransform
from kit.training.fitting.pipeline import fit_target
from kit.training.fitting.stage_inputs import training_rows
from kit.training.fitting.target_store import TargetTransformCache, shared_target
from kit.training.planning.recipe_model import RecipeModel
from kit.training.train import RunResult
from tests.tiny import Tiny


def test_the_target_transform_of_the_same_rows_is_fitted_once(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tiny.plan(tiny.standard())
    fits = []

    def counted(spec: RecipeModel, rows: object, Y: np.ndarray) -> TargetTransform:
        fits.append(len(Y))
        return fit_target(spec, rows, Y)  # type: ignore[arg-type]

    monkeypatch.setattr("kit.training.fitting.target_store.fit_target", counted)
    targets: dict[str, TargetTransform] = {}
    for task in plan.fold_tasks():
        train = training_rows(tiny.competition, task, tmp_path)
        target, key = shared_target(tmp_path, plan.model(task), tiny.competition, task.split.train, train)
        targets.setdefault(key, target)
        np.testing.assert_array_equal(target.transform(train.Y), targets[key].transform(train.Y))
    assert len(targets) == len(fits) == len(plan.folds)


def test_fits_of_one_fold_share_the_transform_in_memory(tiny: Tiny, finished: RunResult) -> None:
    plan, targets = tiny.plan(tiny.standard()), TargetTransformCache(finished.path)
    loaded = [targets.of(finished.path / task.path) for task in plan.fold_tasks()]
    assert len({id(target) for target in loaded}) == len(plan.folds)
