"""What models expect of their own errors, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from kit.models.base import MODELS, PredictsVariance
from kit.training.fitting.target_store import TargetTransformCache
from kit.training.joining.stage_outputs import mean_variance
from kit.training.planning.row_sets import TEST, VALIDATION
from kit.training.planning.row_splits import RowSplit, final_split
from kit.training.workspace import Workspace


def expected_errors(workspace: Workspace) -> pd.DataFrame | None:
    """Return the root mean squared errors that models of the last stage expect of their out-of-fold and test rows.

    Those that predict targets themselves: in coordinates, what a truncated basis loses of a hidden row is not known.

    Args:
        workspace: A run whose tasks are finished.

    Returns:
        The columns ``model``, ``part`` (validation or test), ``fold`` (its name; empty for test rows), ``row`` (the
        position in the training or test table) and ``expected``; None where no model forecasts its errors.
    """
    plan = workspace.plan
    final = [final_split(workspace.competition.n_rows)] if workspace.recipe.final == "refit" else plan.folds
    tables = []
    for name in _models(workspace):
        for split in plan.folds:
            tables.append(_table(workspace, name, [split], VALIDATION).assign(fold=split.name, row=split.validation))
        if len(workspace.competition.test):
            test = _table(workspace, name, final, TEST)
            tables.append(test.assign(fold="", row=np.arange(len(test))))
    if not tables:
        return None
    return pd.concat(tables, ignore_index=True)[["model", "part", "fold", "row", "expected"]]


def _models(workspace: Workspace) -> Iterator[str]:
    """Yield the models that forecast their errors, in units of the targets."""
    plan, targets = workspace.plan, TargetTransformCache(workspace.path)
    for name, model in plan.last.models.items():
        if issubclass(MODELS.get(model.entry.kind), PredictsVariance):
            task = plan.tasks_of(plan.last.name, model=name)[0]
            if targets.of(workspace.path / task.path).is_identity:
                yield name


def _table(workspace: Workspace, model: str, splits: Sequence[RowSplit], file: str) -> pd.DataFrame:
    plan = workspace.plan
    tasks = [task for split in splits for task in plan.tasks_of(plan.last.name, split, model)]
    expected = np.sqrt(mean_variance(workspace.path, tasks, file))
    return pd.DataFrame({"model": model, "part": file.removesuffix(".npy"), "expected": expected})
