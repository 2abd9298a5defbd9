"""From finished tasks to the run's results: out-of-fold and test predictions, and tables of scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kit.arrays import Floats
from kit.config.checks.stages import LAST_STAGE
from kit.files import new_directory, new_file, write_array, write_json
from kit.metrics.base import METRICS
from kit.metrics.rescale import best_scale
from kit.reports.leaderboard import leaderboard
from kit.training.joining.join import Aggregators, fit_postprocess, join_blend
from kit.training.joining.stage_blend import fit_blend, fits_of
from kit.training.joining.stage_outputs import save_joining
from kit.training.planning.plan import Plan
from kit.training.planning.row_sets import TEST
from kit.training.planning.row_splits import final_split
from kit.training.planning.tasks import output_path
from kit.training.scoring.evaluation import BLEND, MODEL, Evaluation, evaluate
from kit.training.workspace import Workspace

CONTRIBUTIONS, CORRELATIONS = "contributions.csv", "correlations.csv"
"""What each member of a blend contributes, and how far the errors of the last stage's are correlated."""

SCORES, LEADERBOARD, SUMMARY = "scores_by_row.parquet", "leaderboard.csv", "metrics.json"

_METRIC_COLUMNS = ("mrrmse", "mae", "pearson", "spearman", "cosine")


@dataclass(frozen=True)
class Finished:
    """What a run ends with.

    Attributes:
        rows: Scores by row of every member (see `kit.training.scoring.evaluation.Evaluation`).
        leaderboard: One line a member.
        summary: The blend's scores: overall, by fold, by group, after the single best rescale.
        test: (n_test, n_targets) float32 predictions of the test table's rows, in its order.
        contributions: One line a member of a stage's blend; None where no stage has several models.
    """

    rows: pd.DataFrame
    leaderboard: pd.DataFrame
    summary: dict[str, Any]
    test: Floats
    contributions: pd.DataFrame | None


def summarize(workspace: Workspace) -> Finished:
    """Join and score what the tasks predicted, and write it into the run.

    Raises:
        RunError: A file cannot be written.
    """
    recipe, competition, plan = workspace.recipe, workspace.competition, workspace.plan
    evaluation = evaluate(workspace)
    everything = final_split(competition.n_rows)
    blend = fit_blend(workspace, plan.last, everything).blend
    steps = fit_postprocess(recipe.postprocess, competition.Y)
    metrics = metric_columns(recipe.metric.kind)
    board = leaderboard(evaluation.rows, metrics)
    summary = summarise(evaluation.rows, metrics)
    scale = best_scale(competition.Y[evaluation.oof_rows["row"].to_numpy()], evaluation.oof)
    summary["best_scale"] = {"scale": scale.scale, "mrrmse": scale.score}
    # What predicts the test rows: the fits on all training rows, or those of the folds.
    splits = [everything] if recipe.final == "refit" else plan.folds
    fits = fits_of(workspace, plan.last, splits, TEST)
    groups = workspace.group_labels(competition.test)
    test = join_blend(fits, Aggregators.of(recipe, plan.last), groups, blend, steps)
    write_array(workspace.path / "oof.npy", evaluation.oof)
    write_array(workspace.path / "test.npy", test)
    _write_frame(workspace.path / "oof_rows.parquet", evaluation.oof_rows)
    _write_frame(workspace.path / SCORES, evaluation.rows)
    with new_file(workspace.path / LEADERBOARD) as temporary:
        board.to_csv(temporary, index=False)
    write_json(workspace.path / SUMMARY, summary)
    contributions = _contributions(evaluation, plan)
    if contributions is not None:
        with new_file(workspace.path / CONTRIBUTIONS) as temporary:
            contributions.to_csv(temporary, index=False)
    if LAST_STAGE in evaluation.contributions:
        with new_file(workspace.path / CORRELATIONS) as temporary:
            evaluation.contributions[LAST_STAGE].correlations().to_csv(temporary)
    with new_directory(workspace.path / output_path(LAST_STAGE, everything), plan.key) as directory:
        save_joining(directory, blend, steps)
    return Finished(evaluation.rows, board, summary, test, contributions)


def _contributions(evaluation: Evaluation, plan: Plan) -> pd.DataFrame | None:
    """Return what each member of each stage's blend contributes; None where no stage has several models."""
    tables = [found.table().assign(stage=stage) for stage, found in evaluation.contributions.items()]
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True)
    return table.drop(columns="stage") if len(plan.stages) == 1 else table[["stage", *table.columns.drop("stage")]]


def metric_columns(first: str) -> list[str]:
    """Return the metrics of every table, the competition's own in front.

    Raises:
        UnknownPluginError: There is no such metric.
    """
    METRICS.get(first)
    return [first, *(name for name in _METRIC_COLUMNS if name != first)]


def main_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the member that the submission is made of: the blend, or the only model.

    By its kind, because a model may have the name of a floor.
    """
    return rows[rows["kind"] == (BLEND if (rows["kind"] == BLEND).any() else MODEL)]


def summarise(rows: pd.DataFrame, metrics: list[str]) -> dict[str, Any]:
    """Return the scores of the run's main member, overall, by fold and by group, as plain values."""
    mine = main_rows(rows)
    board = leaderboard(mine, metrics).iloc[0]
    weighted = mine.assign(_value=mine[metrics[0]] * mine["weight"])

    def by(column: str) -> dict[str, float]:
        sums = weighted.groupby(column, sort=False)[["_value", "weight"]].sum()
        return {str(name): float(value) for name, value in (sums["_value"] / sums["weight"]).items()}

    return {
        "member": str(board["member"]),
        "metric": metrics[0],
        "score": float(board[metrics[0]]),
        "interval": [float(board["low"]), float(board["high"])],
        "folds_sd": float(board["folds_sd"]),
        "metrics": {name: float(board[name]) for name in metrics},
        "by_fold": by("fold"),
        "by_group": by("group"),
        "validated_rows": len(mine),
    }


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    with new_file(path) as temporary:
        frame.to_parquet(temporary, index=False)
