"""``kit score``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import DataRoot
from kit.cli.output import say, show_table


def score(
    predictions: Annotated[Path, typer.Argument(help="Predictions by id (CSV, parquet), or a run's directory.")],
    truth: Annotated[Path, typer.Argument(help="True values by id; rows that are not in it are not scored.")],
    competition: Annotated[
        Path | None,
        typer.Option(help="The competition file, for floors and scores by group (default: the run's own)."),
    ] = None,
    data: DataRoot = None,
) -> None:
    """Score predictions against the truth: all metrics, floors, by group."""
    from kit.config import data_root, load_competition
    from kit.data import read_competition
    from kit.reports.leaderboard import broken_down, leaderboard
    from kit.training.finishing import metric_columns
    from kit.training.scoring import read_pair, run_configuration, run_submission, score_predictions

    source = competition or run_configuration(predictions)
    loaded = load_competition(source) if source else None
    tables = read_competition(loaded.config, data_root(loaded, data, os.environ)) if loaded else None
    id_column = loaded.config.columns.id if loaded else "id"
    given, true = read_pair(run_submission(predictions), truth, id_column)
    scored = score_predictions(given, true, tables)
    metrics = metric_columns(loaded.config.metric.kind if loaded else "mrrmse")
    board = leaderboard(scored.rows, metrics).drop(columns=["kind", "folds_sd"])
    show_table(board, f"{len(true.ids)} of {scored.n_predicted} predicted rows, {len(true.targets)} targets")
    if tables is not None:
        show_table(broken_down(scored.rows, "group", metrics[0]).drop(columns="kind"), f"{metrics[0]} by group (rows)")
    say(f"after the single best rescale (x {scored.scale.scale:.3f}): {scored.scale.score:.4f}")
