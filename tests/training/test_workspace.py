"""What a run's functions hand on together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.training.workspace import Workspace
from tests.tiny import Tiny


def test_selected_rows_are_renumbered_and_have_their_own_targets(tiny: Tiny, tmp_path: Path) -> None:
    loaded = tiny.standard()
    workspace = Workspace(loaded.config, tiny.competition, tiny.plan(loaded), tmp_path)
    rows, Y = workspace.select_rows(np.array([5, 2]))
    assert list(rows.index) == [0, 1]
    assert list(rows["sm_name"]) == list(tiny.competition.rows["sm_name"].iloc[[5, 2]])
    np.testing.assert_array_equal(Y, tiny.competition.Y[[5, 2]])
    assert workspace.group_labels(rows).tolist() == tiny.competition.rows["cell_type"].iloc[[5, 2]].tolist()
    # In memory: writing into them must not reach the cached table.
    Y[:] = 0
    assert tiny.competition.Y[[5, 2]].any()


def test_inside_keeps_one_fold_and_the_rest_of_the_workspace(tiny: Tiny, tmp_path: Path) -> None:
    loaded = tiny.standard()
    workspace = Workspace(loaded.config, tiny.competition, tiny.plan(loaded), tmp_path)
    fold = workspace.plan.folds[0]
    inner = workspace.inside(fold)
    assert {task.split.directory for task in inner.plan.tasks} == {fold.directory}
    assert inner.path == tmp_path
    assert inner.recipe is workspace.recipe
    assert inner.competition is workspace.competition
