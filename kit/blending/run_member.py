"""One model of a finished run as a member of a blend: its own predictions, joined anew from the run's tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kit.arrays import Floats
from kit.blending.finished_run import FinishedRun
from kit.data import Competition
from kit.errors import InputError, StateError, did_you_mean
from kit.files import digest
from kit.postprocess.rows import for_rows
from kit.training.joining.join import Aggregators, fit_postprocess, joined_models, postprocess
from kit.training.joining.stage_blend import fits_of
from kit.training.planning.plan import make_plan
from kit.training.planning.row_sets import TEST, VALIDATION
from kit.training.planning.row_splits import RowSplit, final_split
from kit.training.scoring.evaluation import CEILING, FLOOR, MODEL
from kit.training.workspace import Workspace


def of_member(run: FinishedRun, name: str, competition: Competition) -> FinishedRun:
    """Return a run as if it had one of its models alone: predictions after post-processing, and that model's scores.

    Args:
        run: The run.
        name: A model of its last stage.
        competition: The tables that it was made of.

    Raises:
        InputError: The run has no model of that name.
        StateError: Its folds are not those of its recipe, or a task was changed or removed.
    """
    models = list(run.recipe.models)
    if name not in models:
        raise InputError(f"{run.path}: no model {name!r}{did_you_mean(name, models)}")
    workspace = Workspace(run.recipe, competition, make_plan(run.recipe, competition), run.path)
    validated = np.concatenate([split.validation for split in workspace.plan.folds])
    if not np.array_equal(validated, run.validated()["row"]):
        raise StateError(f"{run.path}: its folds are not those that its recipe makes now; train it again")
    oof = [_predictions(workspace, name, [split], VALIDATION, split) for split in workspace.plan.folds]
    everything = final_split(competition.n_rows)
    splits = [everything] if run.recipe.final == "refit" else list(workspace.plan.folds)
    scores = run.scores
    kept = [scores.where(kind=FLOOR), scores.where(kind=MODEL, member=name), scores.where(kind=CEILING)]
    return replace(
        run,
        sha256=digest([run.sha256, name]),
        oof=np.vstack(oof),
        test=_predictions(workspace, name, splits, TEST, everything),
        scores=type(scores).join([one for one in kept if len(one.rows)]),
    )


def _predictions(workspace: Workspace, name: str, splits: list[RowSplit], file: str, joining: RowSplit) -> Floats:
    """Return a model's (n_rows, n_targets) predictions of the rows of a file, after post-processing.

    Args:
        workspace: The run.
        name: The model.
        splits: What it was fitted on.
        file: The file of its predictions.
        joining: The split on whose training rows the post-processing is fitted.
    """
    recipe, competition, stage = workspace.recipe, workspace.competition, workspace.plan.last
    rows, train_rows, Y_train = competition.test, competition.rows, np.array(competition.Y)
    if not joining.is_final:
        rows, _ = workspace.select_rows(joining.validation)
        train_rows, Y_train = workspace.select_rows(joining.train)
    fits = {name: fits_of(workspace, stage, splits, file)[name]}
    predictions = joined_models(fits, Aggregators.of(recipe, stage), workspace.group_labels(rows))[name]
    return postprocess(for_rows(fit_postprocess(recipe.postprocess, Y_train, train_rows), rows), predictions)
