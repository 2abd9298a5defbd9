from __future__ import annotations

import json
import platform

import numpy as np
import pandas as pd

from kit.files import finished_key
from kit.training.manifest import folds_table
from kit.training.train import RunResult
from tests.tiny import Tiny


def test_folds_table_says_for_every_row_of_every_fold_where_it_is(tiny: Tiny) -> None:
    plan = tiny.plan(tiny.standard())
    table = folds_table(plan.folds, tiny.competition.rows)
    assert list(table.columns) == ["fold", "name", "weight", "part", "row"]
    for index, fold in enumerate(plan.folds):
        mine = table[table["fold"] == index]
        assert set(mine["name"]) == {fold.name}
        assert set(mine["weight"]) == {fold.weight}
        for part in ("train", "validation"):
            np.testing.assert_array_equal(mine.loc[mine["part"] == part, "row"], getattr(fold, part))


def test_a_run_says_what_it_was_made_of(tiny: Tiny, finished: RunResult) -> None:
    manifest = json.loads((finished.path / "manifest.json").read_text())
    plan = tiny.plan(tiny.standard())
    assert manifest["key"] == plan.key == finished_key(finished.path)
    assert manifest["libraries"]["numpy"] == np.__version__
    assert manifest["python"] == platform.python_version()
    assert manifest["threads_per_task"] == 1
    assert manifest["data"]["sha256"] == tiny.competition.hashes
    assert set(manifest["data"]["sha256"]) >= {"de_train.parquet", "id_map.csv", "sample_submission.csv"}
    assert manifest["seeds"] == {str(task.path): task.seed for task in plan.tasks}
    assert manifest["categories"]["cell_type"] == sorted(set(tiny.competition.rows["cell_type"]))
    pd.testing.assert_frame_equal(
        pd.read_parquet(finished.path / "folds.parquet"), folds_table(plan.folds, tiny.competition.rows)
    )
