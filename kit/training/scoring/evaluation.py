"""From the tasks' predicted coordinates to scores: every model, the blend, floors and ceilings, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data import Competition
from kit.files import read_json
from kit.metrics.scores import Scorer, Scores
from kit.postprocess.base import Postprocessor
from kit.training.fitting.stage_inputs import read_output
from kit.training.fitting.target_store import load_target
from kit.training.joining.join import Aggregators, blend_models, fit_postprocess, joined_models, postprocess
from kit.training.joining.stage_blend import StageBlend, fit_blend, fits_of
from kit.training.planning.row_sets import VALIDATION
from kit.training.planning.row_splits import RowSplit
from kit.training.planning.stages import Stage
from kit.training.planning.tasks import METRICS_FILE
from kit.training.scoring.contributions import Contributions
from kit.training.scoring.floors import floors
from kit.training.workspace import Workspace

BLEND = "blend"
"""The name of the blend in tables."""

MODEL, STAGE, FLOOR, CEILING = "model", "stage", "floor", "ceiling"
"""The kinds of members of a table, besides `BLEND`."""


@dataclass(frozen=True)
class Evaluation:
    """The scores of a cross-validation.

    Attributes:
        scores: The scores of every member on every validated row; ``row`` is its position in the training table.
        oof: (n_entries, n_targets) float32 out-of-fold predictions of the blend, after post-processing.
        oof_rows: One line for every entry of ``oof``: fold, row, weight and the row's keys.
        contributions: For every stage of several models, what each contributes to the stage's blend.
    """

    scores: Scores
    oof: Floats
    oof_rows: pd.DataFrame
    contributions: dict[str, Contributions]


def evaluate(workspace: Workspace) -> Evaluation:
    """Score every fold of a run at full width, with what was fitted on the fold's training rows alone.

    Args:
        workspace: Where all fold tasks of the plan are finished.
    """
    recipe, plan = workspace.recipe, workspace.plan
    stage, levels = plan.last, Aggregators.of(recipe, plan.last)
    contributions = {one.name: Contributions(plan.metric) for one in plan.stages if len(one.models) > 1}
    clusters = cluster_labels(workspace.competition)
    scorer = Scorer(plan.metric, clusters[np.concatenate([fold.validation for fold in plan.folds])])
    lines: list[Scores] = []
    oof, oof_rows, of_blend, differs = [], [], [], len(stage.models) > 1
    for fold in plan.folds:
        rows, Y = workspace.select_rows(fold.validation)
        train_rows, Y_train = workspace.select_rows(fold.train)
        steps = fit_postprocess(recipe.postprocess, Y_train)
        groups = workspace.group_labels(rows)
        scored = partial(_scored, scorer, fold, groups, clusters[fold.validation], Y)
        contribute = partial(_contribute, contributions, fold, Y, steps, groups)
        fitted = fit_blend(workspace, stage, fold)
        joined = joined_models(fits_of(workspace, stage, [fold], VALIDATION), levels, groups)
        blended = blend_models(joined, groups, fitted.blend, steps)
        oof.append(blended)
        models = {name: postprocess(steps, predictions) for name, predictions in joined.items()}
        lines += [scored(name, MODEL, predictions) for name, predictions in models.items()]
        of_blend.append(scored(BLEND, BLEND, blended))
        if stage.name in contributions:
            contribute(stage, joined, fitted)
        # With one model the blend is that model, unless it rescales.
        differs = differs or not all(np.array_equal(blended, predictions) for predictions in models.values())
        for earlier in plan.stages[:-1]:
            lines.append(scored(earlier.name, STAGE, read_output(workspace.path, earlier.name, fold, VALIDATION)))
            if earlier.name in contributions:
                of_stage = fit_blend(workspace, earlier, fold)
                fits = fits_of(workspace, earlier, [fold], VALIDATION)
                contribute(earlier, joined_models(fits, Aggregators.of(recipe, earlier), groups), of_stage)
        keys = rows[recipe.columns.keys]
        oof_rows.append(keys.assign(fold=fold.name, row=fold.validation, weight=fold.weight / len(fold.validation)))
        # As their names say, without the recipe's post-processing: zeros are zeros where it clips to another range.
        for name, predictions in floors(recipe.columns, train_rows, Y_train, rows):
            lines.append(scored(name, FLOOR, predictions))
        for name, predictions in _ceilings(workspace, fold, Y, groups):
            lines.append(scored(name, CEILING, predictions))
    lines += of_blend if differs else []
    return Evaluation(Scores.join(lines), np.vstack(oof), pd.concat(oof_rows, ignore_index=True), contributions)


def cluster_labels(competition: Competition) -> np.ndarray:
    """Return (n_rows,) what a bootstrap draws together: the training rows' compounds, or every row for itself."""
    compound = competition.config.columns.compound
    return np.arange(competition.n_rows) if compound is None else competition.rows[compound].astype(str).to_numpy()


def _scored(
    scorer: Scorer,
    fold: RowSplit,
    groups: np.ndarray,
    clusters: np.ndarray,
    Y: Floats,
    member: str,
    kind: str,
    predictions: Floats,
) -> Scores:
    weight = fold.weight / len(fold.validation)
    known = {"fold": fold.name, "row": fold.validation, "group": groups, "weight": weight}
    return scorer.score(pd.DataFrame({"member": member, "kind": kind} | known), clusters, Y, predictions)


def _contribute(
    contributions: Mapping[str, Contributions],
    fold: RowSplit,
    Y: Floats,
    steps: Sequence[Postprocessor],
    groups: np.ndarray,
    stage: Stage,
    models: Mapping[str, Floats],
    fitted: StageBlend,
) -> None:
    """Add a fold to what the members of a stage's blend contribute."""
    contributions[stage.name].add(fold.name, fold.weight, models, Y, fitted.blend, fitted.refit, steps, groups)


def _transforms(workspace: Workspace) -> dict[tuple[str, ...], list[str]]:
    """Return the models by the target transforms that their first repeat has in the folds."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in workspace.plan.last.models:
        tasks = [task for task in workspace.plan.fold_tasks(name) if task.repeat == 0]
        keys = tuple(read_json(workspace.path / task.path / METRICS_FILE)["target"] for task in tasks)
        found.setdefault(keys, []).append(name)
    return found


def _ceilings(workspace: Workspace, fold: RowSplit, Y: Floats, groups: np.ndarray) -> Iterator[tuple[str, Floats]]:
    """Yield what would be predicted without any error of the models, and without noise where that is known."""
    every = workspace.plan.last.models
    for keys, models in _transforms(workspace).items():
        target = load_target(workspace.path, keys[fold.fold or 0])
        if target.is_identity:
            continue
        kind = target.kind
        name = f"{kind} alone" if len(models) == len(every) else f"{kind} alone ({', '.join(models)})"
        yield name, target.inverse_transform(target.transform(Y, groups), groups)
    noise_free = workspace.competition.noise_free
    if noise_free is not None:
        yield "no noise", np.array(noise_free[fold.validation])
