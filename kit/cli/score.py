"""``kit score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.inputs import present, read_tables
from kit.cli.options import DataRoot, Out
from kit.cli.output import Document, answer, note, say, show_table
from kit.digits import format_number


def score(
    predictions: Annotated[
        Path,
        typer.Argument(
            metavar="PREDICTIONS",
            help="Predictions by id (a table), or a finished run: its folder, its recipe's name, or `latest`.",
        ),
    ],
    truth: Annotated[
        Path, typer.Argument(metavar="TRUTH", help="True values by id; rows that are not in it are not scored.")
    ],
    competition: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The competition file, for floors and scores by group (default: the run's)."),
    ] = None,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Score predictions against a truth: metrics, floors, groups."""
    from kit.config import load_competition
    from kit.config.build import build_metric
    from kit.metrics import MRRMSE
    from kit.reports.leaderboard import broken_down, few_groups, leaderboard
    from kit.training.named_runs import find_run
    from kit.training.scoring.predictions import read_pair, run_configuration, run_submission, score_predictions

    predictions = find_run(predictions, out)
    file = run_submission(predictions)
    source = competition or run_configuration(predictions)
    loaded = load_competition(source) if source else None
    id_column = loaded.config.columns.id if loaded else "id"
    given, true = read_pair(
        file,
        present(truth),
        id_column,
        loaded.config.data if loaded else None,
        gaps=loaded is not None and loaded.config.columns.missing_targets == "allow",
    )
    for warning in dict.fromkeys([*given.warnings, *true.warnings]):
        note(f"warning: {warning}")
    tables = read_tables(loaded, data) if loaded else None
    scored = score_predictions(given, true, build_metric(loaded.config, true.targets) if loaded else MRRMSE(), tables)
    board = leaderboard(scored.scores).drop(columns="folds_sd")
    title = f"{len(true.ids)} of {scored.n_predicted} predicted rows, {len(true.targets)} targets"
    show_table(board, title, sections="kind")
    if tables is not None and tables.config.columns.group is not None:
        say()
        title = f"{scored.scores.names[0]} by group (rows)"
        table, title = few_groups(broken_down(scored.scores, "group"), title, scored.scores.metric.greater_is_better)
        show_table(table, title, sections="kind")
    say()
    first = scored.scores.names[0]
    [mine] = [line for line in board.to_dict("records") if line["kind"] != "floor"]
    answer(f"score: {first} {format_number(mine[first])}")
    say(f"after the single best rescale (x {scored.scale.scale:.3f}): mrrmse {format_number(scored.scale.score)}")
    return {
        "score": mine,
        "leaderboard": board,
        "by_group": scored.scores.means("member", "kind", "group"),
        "best_scale": {"scale": scored.scale.scale, "mrrmse": scored.scale.score},
        "rows": len(true.ids),
        "predicted_rows": scored.n_predicted,
        "targets": len(true.targets),
    }
