"""From the tasks' predicted coordinates to scores: every model, the blend, floors and ceilings, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.blends.base import Blend
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.metrics.rowwise import row_scores
from kit.splits.base import Fold
from kit.training.fitting import METRICS, VALIDATION, load_target, take
from kit.training.floors import floors
from kit.training.joining import Coordinates, Joined, fit_postprocess, join, postprocess
from kit.training.pipeline import group_labels
from kit.training.plan import Plan
from kit.training.store import read_json

BLEND = "blend"
"""The name of the blend in tables."""

MODEL, FLOOR, CEILING = "model", "floor", "ceiling"
"""The kinds of members of a table, besides `BLEND`."""


@dataclass(frozen=True)
class Evaluation:
    """The scores of a cross-validation.

    Attributes:
        rows: One line for every member and validated row: ``member``, ``kind``, ``fold``, ``row`` (position in the
            training table), ``group``, ``weight`` and one column a metric.
        oof: (n_entries, n_targets) float32 out-of-fold predictions of the blend, after post-processing.
        oof_rows: One line for every entry of ``oof``: fold, row, weight and the row's keys.
    """

    rows: pd.DataFrame
    oof: Floats
    oof_rows: pd.DataFrame


def evaluate(recipe: RecipeConfig, competition: Competition, plan: Plan, run: Path, blend: Blend) -> Evaluation:
    """Score every fold of a run at full width, with what was fitted on the fold's training rows alone.

    Args:
        recipe: The recipe.
        competition: The tables.
        plan: The plan whose fold tasks are all finished in ``run``.
        run: The run's directory.
        blend: The fitted blend.
    """
    lines: list[pd.DataFrame] = []
    oof, oof_rows, of_blend, differs = [], [], [], len(plan.models) > 1
    for index, fold in enumerate(plan.folds):
        rows, Y = take(competition, fold.validation)
        train_rows, Y_train = take(competition, fold.train)
        steps = fit_postprocess(recipe, Y_train)
        groups = group_labels(rows, recipe.columns.group)

        known = {
            "fold": fold.name,
            "row": fold.validation,
            "group": groups,
            "weight": fold.weight / len(fold.validation),
        }

        def scored(member: str, kind: str, predictions: Floats, known: dict = known, Y: Floats = Y) -> pd.DataFrame:
            return pd.DataFrame({"member": member, "kind": kind} | known | row_scores(Y, predictions))

        coordinates = {
            name: [[Coordinates.of(run, task, VALIDATION) for task in plan.fold_tasks(name) if task.fold == index]]
            for name in plan.models
        }
        joined = join(coordinates, recipe, groups, blend, steps)
        oof.append(joined.blend)
        lines += [scored(name, MODEL, predictions) for name, predictions in joined.models.items()]
        of_blend.append(scored(BLEND, BLEND, joined.blend))
        # With one model the blend is that model, unless it rescales.
        differs = differs or not _same(joined)
        keys = rows[recipe.columns.keys]
        oof_rows.append(keys.assign(fold=fold.name, row=fold.validation, weight=fold.weight / len(fold.validation)))
        for name, predictions in floors(recipe.columns, train_rows, Y_train, rows):
            lines.append(scored(name, FLOOR, postprocess(steps, predictions)))
        for name, predictions in _ceilings(run, plan, index, Y, groups, competition, fold):
            lines.append(scored(name, CEILING, postprocess(steps, predictions)))
    lines += of_blend if differs else []
    return Evaluation(pd.concat(lines, ignore_index=True), np.vstack(oof), pd.concat(oof_rows, ignore_index=True))


def _transforms(run: Path, plan: Plan) -> dict[tuple[str, ...], list[str]]:
    """Return the models by the target transforms that their first repeat has in the folds."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in plan.models:
        tasks = [task for task in plan.fold_tasks(name) if task.repeat == 0]
        keys = tuple(read_json(run / task.path / METRICS)["target"] for task in tasks)
        found.setdefault(keys, []).append(name)
    return found


def _same(joined: Joined) -> bool:
    return all(np.array_equal(joined.blend, predictions) for predictions in joined.models.values())


def _ceilings(
    run: Path, plan: Plan, index: int, Y: Floats, groups: np.ndarray, competition: Competition, fold: Fold
) -> Iterator[tuple[str, Floats]]:
    """Yield what would be predicted without any error of the models, and without noise where that is known."""
    for keys, models in _transforms(run, plan).items():
        kind = plan.models[models[0]].target.kind
        if kind == "identity":
            continue
        target = load_target(run, keys[index])
        name = f"{kind} alone" if len(models) == len(plan.models) else f"{kind} alone ({', '.join(models)})"
        yield name, target.inverse_transform(target.transform(Y, groups), groups)
    if competition.noise_free is not None:
        yield "no noise", np.array(competition.noise_free[fold.validation])
