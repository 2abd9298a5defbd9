"""From the tasks' predicted coordinates to scores: every model, the blend, floors and ceilings, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.blends.base import Blend
from kit.data import Competition
from kit.files import read_json
from kit.large import room, row_blocks, stacked, take_rows
from kit.metrics.scores import Scorer, Scores
from kit.postprocess.rows import Step, for_rows
from kit.training.fitting.stage_inputs import read_output
from kit.training.fitting.target_store import load_target
from kit.training.joining.join import (
    Aggregators,
    blend_models,
    fit_postprocess,
    joined_models,
    joined_variances,
    postprocessed,
)
from kit.training.joining.stage_blend import fit_blend, fits_of
from kit.training.planning.row_sets import VALIDATION
from kit.training.planning.row_splits import RowSplit
from kit.training.planning.stages import Stage
from kit.training.planning.tasks import METRICS_FILE
from kit.training.scoring.contributions import Contributions
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
        residuals: (n_entries, n_targets) float32 what was measured minus ``oof``; None where that is no error.
        oof_rows: One line for every entry of ``oof``: fold, row, weight and the row's keys.
        contributions: For every stage of several models, what each contributes to the stage's blend.
    """

    scores: Scores
    oof: Floats
    residuals: Floats | None
    oof_rows: pd.DataFrame
    contributions: dict[str, Contributions]


def evaluate(workspace: Workspace) -> Evaluation:
    """Score every fold of a run at full width, with what was fitted on the fold's training rows alone.

    Args:
        workspace: Where all fold tasks of the plan are finished.
    """
    recipe, plan = workspace.recipe, workspace.plan
    contributions = {stage.name: Contributions(plan.metric) for stage in plan.stages if len(stage.models) > 1}
    clusters = cluster_labels(workspace.competition)
    scorer = Scorer(plan.metric, clusters[np.concatenate([split.validation for split in plan.folds])])
    scores: list[Scores] = []
    of_blend, oof, residuals, oof_rows, differs = [], [], [], [], len(plan.last.models) > 1
    for split in plan.folds:
        train_rows, Y_train = workspace.select_rows(split.train)
        rows, Y = workspace.select_rows(split.validation)
        groups = workspace.group_labels(rows)
        steps = for_rows(fit_postprocess(recipe.postprocess, Y_train, train_rows), rows)
        weights = workspace.scoring_weights(split)
        fold = _Fold(split, rows, Y, groups, clusters[split.validation], weights, steps, scorer)
        joined, variances, blend = _join_stage(workspace, plan.last, fold, contributions)
        blended = blend_models(joined, variances, groups, blend, steps)
        for name in plan.last.models:
            # One after another, and let go: with many models these are many times the targets.
            predictions = postprocessed(steps, joined.pop(name))
            scores.append(fold.score(name, MODEL, predictions))
            # With one model the blend is that model, unless it rescales.
            differs = differs or not np.array_equal(blended, predictions)
        of_blend.append(fold.score(BLEND, BLEND, blended))
        for stage in plan.stages[:-1]:
            if stage.name in contributions:
                _join_stage(workspace, stage, fold, contributions)
            scores.append(fold.score(stage.name, STAGE, read_output(workspace.path, stage.name, split, VALIDATION)))
        # As their names say, without the recipe's post-processing: zeros are zeros where it clips to another range.
        for name, predictions in workspace.recipe.problem.floors(recipe.columns, train_rows, Y_train, rows):
            scores.append(fold.score(name, FLOOR, predictions))
        for name, predictions in ceilings(workspace, split, Y, groups):
            scores.append(fold.score(name, CEILING, predictions))
        oof.append(blended)
        if workspace.recipe.problem.measures:
            residuals.append(_differences(Y, blended))
        oof_rows.append(rows[recipe.columns.keys].assign(fold=split.name, row=split.validation, weight=weights))
    scores += of_blend if differs else []
    return Evaluation(
        Scores.join(scores),
        stacked(oof, sum(map(len, oof))),
        stacked(residuals, sum(map(len, residuals))) if residuals else None,
        pd.concat(oof_rows, ignore_index=True),
        contributions,
    )


def _differences(Y: Floats, predictions: Floats) -> Floats:
    """Return the (n_rows, n_targets) differences of two matrices."""
    differences: Floats = room(Y.shape)
    for rows in row_blocks(Y):
        np.subtract(Y[rows], predictions[rows], out=differences[rows])
    return differences


@dataclass(frozen=True)
class _Fold:
    """The validated rows of a fold, and what their predictions are scored with.

    Attributes:
        split: The fold.
        rows: (n_rows, …) its validated rows.
        Y: (n_rows, n_targets) their targets.
        groups: (n_rows,) their group labels.
        clusters: (n_rows,) what a bootstrap draws together.
        weights: (n_rows,) what each counts; together the fold's weight.
        steps: Post-processing of the validated rows, fitted on the fold's training rows.
        scorer: Scores predictions.
    """

    split: RowSplit
    rows: pd.DataFrame
    Y: Floats
    groups: np.ndarray
    clusters: np.ndarray
    weights: Doubles
    steps: Sequence[Step]
    scorer: Scorer

    def score(self, member: str, kind: str, predictions: Floats) -> Scores:
        """Return the scores of a member's (n_rows, n_targets) predictions, taken as they are."""
        known = {"fold": self.split.name, "row": self.split.validation, "group": self.groups, "weight": self.weights}
        rows = pd.DataFrame({"member": member, "kind": kind} | known)
        return self.scorer.score(rows, self.clusters, self.Y, predictions)


def _join_stage(
    workspace: Workspace, stage: Stage, fold: _Fold, contributions: Mapping[str, Contributions]
) -> tuple[dict[str, Floats], dict[str, Doubles], Blend]:
    """Return the (n_rows, n_targets) predictions of a stage's models, the errors that they expect, and their blend.

    What each model contributes is noted.
    """
    fitted = fit_blend(workspace, stage, fold.split)
    fits = fits_of(workspace, stage, [fold.split], VALIDATION)
    models = joined_models(fits, Aggregators.of(workspace.recipe, stage), fold.groups)
    variances = joined_variances(fits)
    if stage.name in contributions:
        contributions[stage.name].add(
            fold.split.name,
            fold.split.weight if not workspace.recipe.weighted else fold.weights,
            models,
            fold.Y,
            fitted.blend,
            fitted.refit,
            fold.steps,
            fold.groups,
            variances,
        )
    return models, variances, fitted.blend


def cluster_labels(competition: Competition) -> np.ndarray:
    """Return (n_rows,) what a bootstrap draws together: the training rows' compounds, or every row for itself."""
    compound = competition.config.columns.compound
    return np.arange(competition.n_rows) if compound is None else competition.rows[compound].astype(str).to_numpy()


def ceilings(workspace: Workspace, split: RowSplit, Y: Floats, groups: np.ndarray) -> Iterator[tuple[str, Floats]]:
    """Yield what would be predicted without any error of the models, and without noise where that is known.

    Args:
        workspace: Where the tasks of the fold are finished.
        split: The fold.
        Y: (n_rows, n_targets) the targets of its validated rows.
        groups: (n_rows,) their group labels.
    """
    n_models = len(workspace.plan.last.models)
    for keys, models in _shared_targets(workspace).items():
        target = load_target(workspace.path, keys[split.fold or 0])
        if target.is_identity:
            continue
        name = f"{target.kind} alone" if len(models) == n_models else f"{target.kind} alone ({', '.join(models)})"
        yield name, target.inverse_transform(target.transform(Y, groups), groups)
    competition = workspace.competition
    if competition.replicate_ceiling is not None and competition.n_replicates is not None:
        validated = np.concatenate([fold.validation for fold in workspace.plan.folds])
        # A member is scored on all rows or on none: rows without a replicate have nothing to be predicted by.
        if (competition.n_replicates[validated] > 1).all():
            yield "replicates", take_rows(competition.replicate_ceiling, split.validation)
    if competition.noise_free is not None:
        yield "no noise", take_rows(competition.noise_free, split.validation)


def _shared_targets(workspace: Workspace) -> dict[tuple[str, ...], list[str]]:
    """Return the models that share their target transforms, by the keys of these in each fold."""
    sharing: dict[tuple[str, ...], list[str]] = {}
    for name in workspace.plan.last.models:
        # The first repeat stands for all.
        tasks = [task for task in workspace.plan.fold_tasks(name) if task.repeat == 0]
        keys = tuple(read_json(workspace.path / task.path / METRICS_FILE)["target"] for task in tasks)
        sharing.setdefault(keys, []).append(name)
    return sharing
