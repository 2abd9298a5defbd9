"""From finished tasks to the run's results: out-of-fold and test predictions, and tables of scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kit.arrays import Floats
from kit.blends.base import BLENDS
from kit.config.build import build_plugin
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.metrics.base import METRICS
from kit.metrics.rescale import best_scale
from kit.reports.leaderboard import leaderboard
from kit.training.evaluation import BLEND, MODEL, evaluate
from kit.training.fitting import TEST
from kit.training.joining import Coordinates, Fits, fit_postprocess, join
from kit.training.pipeline import group_labels
from kit.training.plan import Plan
from kit.training.run_directory import RunDirectory
from kit.training.store import new_directory, new_file, write_array, write_json

SCORES, LEADERBOARD, SUMMARY = "scores_by_row.parquet", "leaderboard.csv", "metrics.json"

_METRIC_COLUMNS = ("mrrmse", "mae", "pearson", "spearman", "cosine")


@dataclass(frozen=True)
class Finished:
    """What a run ends with.

    Attributes:
        rows: Scores by row of every member (see `kit.training.evaluation.Evaluation`).
        leaderboard: One line a member.
        summary: The blend's scores: overall, by fold, by group, after the single best rescale.
        test: (n_test, n_targets) float32 predictions of the test table's rows, in its order.
    """

    rows: pd.DataFrame
    leaderboard: pd.DataFrame
    summary: dict[str, Any]
    test: Floats


def finish(recipe: RecipeConfig, competition: Competition, plan: Plan, run: RunDirectory) -> Finished:
    """Join and score what the tasks predicted, and write it into the run.

    Raises:
        RunError: A file cannot be written.
    """
    blend = build_plugin(BLENDS, recipe.blend, {})
    steps = fit_postprocess(recipe, competition.Y)
    evaluation = evaluate(recipe, competition, plan, run.path, blend)
    metrics = metric_columns(recipe.metric.kind)
    board = leaderboard(evaluation.rows, metrics)
    summary = summarise(evaluation.rows, metrics)
    scale = best_scale(competition.Y[evaluation.oof_rows["row"].to_numpy()], evaluation.oof)
    summary["best_scale"] = {"scale": scale.scale, "mrrmse": scale.score}
    test = join(
        fits_on_test_rows(recipe, plan, run.path),
        recipe,
        group_labels(competition.test, recipe.columns.group),
        blend,
        steps,
    ).blend
    write_array(run.path / "oof.npy", evaluation.oof)
    write_array(run.path / "test.npy", test)
    _write_frame(run.path / "oof_rows.parquet", evaluation.oof_rows)
    _write_frame(run.path / SCORES, evaluation.rows)
    with new_file(run.path / LEADERBOARD) as temporary:
        board.to_csv(temporary, index=False)
    write_json(run.path / SUMMARY, summary)
    with new_directory(run.path / "joining", plan.key) as directory:
        blend.save(directory / "blend")
        for index, step in enumerate(steps):
            step.save(directory / "postprocess" / str(index))
    return Finished(evaluation.rows, board, summary, test)


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


def fits_on_test_rows(recipe: RecipeConfig, plan: Plan, run: Path) -> Mapping[str, Fits]:
    """Return what every model's fits predicted for the test rows: those on all rows, or those of the folds."""

    def of(tasks: list) -> list[Coordinates]:
        return [Coordinates.of(run, task, TEST) for task in tasks]

    if recipe.final == "refit":
        return {name: [of(plan.final_tasks(name))] for name in plan.models}
    return {
        name: [of([task for task in plan.fold_tasks(name) if task.fold == index]) for index in range(len(plan.folds))]
        for name in plan.models
    }


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    with new_file(path) as temporary:
        frame.to_parquet(temporary, index=False)
