"""From finished tasks to the run's results: out-of-fold and test predictions, and tables of scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.config.checks.references.stages import LAST_STAGE
from kit.files import new_directory, new_file, write_array, write_json
from kit.metrics.base import Metric, RowMetric
from kit.metrics.scores import Scores, table_metrics
from kit.postprocess.rows import for_rows
from kit.reports.leaderboard import leaderboard
from kit.reports.verdict import run_verdict
from kit.training.joining.join import Aggregators, fit_postprocess, join_blend
from kit.training.joining.stage_blend import fit_blend, fits_of
from kit.training.joining.stage_outputs import save_joining
from kit.training.planning.plan import Plan
from kit.training.planning.row_sets import TEST
from kit.training.planning.row_splits import final_split
from kit.training.planning.tasks import output_path
from kit.training.scoring.evaluation import BLEND, MODEL, Evaluation, evaluate
from kit.training.scoring.forecasts import expected_errors
from kit.training.workspace import Workspace

CONTRIBUTIONS, CORRELATIONS = "contributions.csv", "correlations.csv"
"""What each member of a blend contributes, and how far the errors of the last stage's are correlated."""

SCORES, SET_SCORES = "scores_by_row.parquet", "scores_by_set.parquet"
"""The scores by row, and those of a metric that is no mean over rows (see `kit.metrics.scores.Scores`)."""

OOF, OOF_ROWS, RESIDUALS = "oof.npy", "oof_rows.parquet", "residuals.npy"
"""The out-of-fold predictions, what each is of, and what was measured minus what was predicted."""

LEADERBOARD, BY_GROUP, SUMMARY = "leaderboard.csv", "by_group.csv", "metrics.json"

VERDICT = "verdict.txt"
"""What the tables say, in words."""

EXPECTED = "expected_errors.parquet"
"""What models expect of their own errors, where one does (see `kit.training.scoring.forecasts.expected_errors`)."""


@dataclass(frozen=True)
class Finished:
    """The results of a run.

    Attributes:
        scores: The scores of every member.
        leaderboard: One line a member.
        summary: The blend's scores: overall, by fold, by group, after the single best rescale.
        test: (n_test, n_targets) float32 predictions of the test table's rows, in its order; no rows without one.
        contributions: One line a member of a stage's blend; None where no stage has several models.
        tables: What the kind of problem has beside scores, by the names of the files without their ending.
    """

    scores: Scores
    leaderboard: pd.DataFrame
    summary: dict[str, Any]
    test: Floats
    contributions: pd.DataFrame | None
    tables: dict[str, pd.DataFrame]


def summarize(workspace: Workspace) -> Finished:
    """Join and score what the tasks predicted, and write it into the run.

    Raises:
        RunError: A file cannot be written.
    """
    recipe, competition, plan = workspace.recipe, workspace.competition, workspace.plan
    evaluation = evaluate(workspace)
    everything = final_split(competition.n_rows)
    blend = fit_blend(workspace, plan.last, everything).blend
    steps = fit_postprocess(recipe.postprocess, competition.Y, competition.rows)
    board = leaderboard(evaluation.scores)
    summary = summary_of(evaluation.scores)
    validated = evaluation.oof_rows["row"].to_numpy()
    rows, Y = workspace.select_rows(validated)
    summary |= recipe.problem.beside_score(Y, evaluation.oof)
    folds = evaluation.oof_rows["fold"].to_numpy()
    parts = folds if recipe.columns.group is None else workspace.group_labels(rows)
    tables = recipe.problem.tables(Y, evaluation.oof, folds, parts, competition.targets)
    summary["weights_by"] = blend.objective
    # What predicts the test rows: the fits on all training rows, or those of the folds.
    splits = [everything] if recipe.final == "refit" else plan.folds
    test: Floats = np.empty((0, competition.n_targets), dtype=np.float32)
    if len(competition.test):
        fits = fits_of(workspace, plan.last, splits, TEST)
        groups = workspace.group_labels(competition.test)
        steps_of_test = for_rows(steps, competition.test)
        test = join_blend(fits, Aggregators.of(recipe, plan.last), groups, blend, steps_of_test)
    finished = Finished(evaluation.scores, board, summary, test, _contributions(evaluation, plan), tables)
    _write(workspace.path, finished, evaluation)
    if (expected := expected_errors(workspace)) is not None:
        _write_frame(workspace.path / EXPECTED, expected)
    with new_directory(workspace.path / output_path(LAST_STAGE, everything), plan.key) as directory:
        save_joining(directory, blend, steps)
    return finished


def _write(run: Path, finished: Finished, evaluation: Evaluation) -> None:
    write_array(run / OOF, evaluation.oof)
    if evaluation.residuals is not None:
        write_array(run / RESIDUALS, evaluation.residuals)
    write_array(run / "test.npy", finished.test)
    _write_frame(run / OOF_ROWS, evaluation.oof_rows)
    write_scores(run, evaluation.scores)
    write_json(run / SUMMARY, finished.summary)
    said = run_verdict(finished.scores, finished.leaderboard, finished.contributions)
    with new_file(run / VERDICT) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in said), encoding="utf-8")
    tables = {LEADERBOARD: finished.leaderboard, CONTRIBUTIONS: finished.contributions}
    tables |= {f"{name}.csv": table for name, table in finished.tables.items()}
    if LAST_STAGE in evaluation.contributions:
        tables[CORRELATIONS] = evaluation.contributions[LAST_STAGE].correlations().reset_index(names="")
    for name, table in tables.items():
        if table is not None:
            with new_file(run / name) as temporary:
                table.to_csv(temporary, index=False)


def _contributions(evaluation: Evaluation, plan: Plan) -> pd.DataFrame | None:
    """Return the contributions of the members of each stage's blend; None where no stage has several models."""
    tables = [of_stage.table().assign(stage=stage) for stage, of_stage in evaluation.contributions.items()]
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True)
    return table.drop(columns="stage") if len(plan.stages) == 1 else table[["stage", *table.columns.drop("stage")]]


def main_member(scores: Scores) -> Scores:
    """Return the scores of the member that the submission is made of: the blend, or the only model.

    By its kind, because a model may have the name of a floor.
    """
    return scores.where(kind=BLEND if (scores.rows["kind"] == BLEND).any() else MODEL)


def summary_of(scores: Scores) -> dict[str, Any]:
    """Return the scores of the run's main member, overall, by fold and by group, as plain values."""
    mine = main_member(scores)
    board, first = leaderboard(mine).iloc[0], scores.names[0]

    def by(column: str) -> dict[str, float]:
        means = mine.means(column)
        return {str(name): float(value) for name, value in zip(means[column], means[first], strict=True)}

    return {
        "member": str(board["member"]),
        "metric": first,
        "score": float(board[first]),
        "interval": [float(board["low"]), float(board["high"])],
        "folds_sd": float(board["folds_sd"]),
        "metrics": {name: float(board[name]) for name in scores.names},
        "by_fold": by("fold"),
        "by_group": by("group"),
        "validated_rows": len(mine.rows),
    }


def write_scores(directory: Path, scores: Scores) -> None:
    """Write the scores of a run or blend: as `write_all_scores` does, and by group."""
    write_all_scores(directory, scores)
    counts = scores.rows.groupby(["member", "kind", "group"], sort=False).size().rename("rows").reset_index()
    with new_file(directory / BY_GROUP) as temporary:
        counts.merge(scores.means("member", "kind", "group")).to_csv(temporary, index=False)


def write_all_scores(directory: Path, scores: Scores) -> None:
    """Write what `read_scores` reads: the scores by row, and by set of rows where the metric is of one."""
    _write_frame(directory / SCORES, scores.rows)
    if scores.sets is not None:
        _write_frame(directory / SET_SCORES, scores.sets)


def read_scores(directory: Path, metric: Metric) -> Scores:
    """Read the scores of a run or comparison.

    Args:
        directory: Its folder.
        metric: The metric of the recipe.

    Raises:
        OSError: A file is missing.
    """
    sets = None if isinstance(metric, RowMetric) else pd.read_parquet(directory / SET_SCORES)
    return Scores(table_metrics(metric), pd.read_parquet(directory / SCORES), sets)


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    with new_file(path) as temporary:
        frame.to_parquet(temporary, index=False)
