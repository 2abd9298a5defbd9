"""``kit train``."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Out, Overrides, Recipe
from kit.cli.output import note, one_line, printable, say, show_table, terminal_width
from kit.cli.track import Tracker, mirror_or_note
from kit.cli.without_recipe import recipe_or_start
from kit.digits import format_number

if TYPE_CHECKING:
    from kit.config import Loaded
    from kit.config.schema import RecipeConfig
    from kit.data import Competition
    from kit.training.train import RunResult


_SMALL = "small"
"""The preset that keeps a recipe's structure and makes it quick and weak."""

_HEADS = {
    "n_features": "features",
    "n_outputs": "outputs",
    "cpu_seconds": "CPU s, about",
    "memory_bytes": "MiB a worker",
}
"""The columns of a plan that are called otherwise than in `kit.training.planning.estimate.Estimate`."""


_NO_SUBMISSION = "none, the competition names no rows to predict (data.test)"


def train(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
    data: DataRoot = None,
    out: Out = Path("submissions"),
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Worker processes (default: the cores).")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and print the plan; fit nothing.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Set an existing run aside and start anew.")] = False,
    track: Annotated[Tracker | None, typer.Option(help="Mirror the finished run, as `kit track` does.")] = None,
) -> None:
    """Train a recipe: folds, scores, a checked submission.

    The same command goes on where an earlier one was interrupted. A competition without a recipe gets start.yaml.
    """
    from kit.config import load_recipe
    from kit.tracking import check_installed

    if track is not None:
        check_installed(track)
    loaded = load_recipe(recipe_or_start(recipe, overrides, data), overrides)
    competition = read_tables(loaded, data, said=False)
    say(one_line(f"{loaded.config.title or loaded.config.competition}: {loaded.name}"))
    n_rows, n_targets = competition.Y.shape
    n_test = len(competition.test)
    size = f"{n_rows} rows x {n_targets} targets, {f'{n_test} rows to predict' if n_test else 'no rows to predict'}"
    say(f"{size}, from {competition.root.resolve()}")
    if dry_run:
        _show_plan(loaded, competition, out)
        return
    from kit.cli.progress import Progress
    from kit.training.train import train as run_training

    progress = Progress()
    try:
        result = run_training(loaded, competition, out, jobs, fresh, progress)
    except KeyboardInterrupt:
        progress.close()
        note("stopped; the same command continues")
        raise typer.Exit(1) from None
    finally:
        progress.close()
    _show_result(result, loaded.config.columns.group)
    if track is not None:
        mirror_or_note(result.path, track, out)
    if any(re.fullmatch(rf"\s*preset\s*=\s*{_SMALL}\s*", text) for text in overrides):
        say(f"preset {_SMALL}: for trying the road, not for handing in")


def _show_plan(loaded: Loaded[RecipeConfig], competition: Competition, out: Path) -> None:
    import pandas as pd

    from kit.submission import submission_path
    from kit.training.planning.estimate import estimate
    from kit.training.run_directory import RunDirectory
    from kit.training.train import foreseen_warnings, prepare

    with loaded.placing():
        workspace = prepare(loaded, competition, out)
        plan, run = workspace.plan, RunDirectory(workspace.path)
        for warning in foreseen_warnings(workspace):
            note(f"warning: {warning}")
        costs = estimate(plan, competition)
    frame = pd.DataFrame(costs)
    frame["memory_bytes"] //= 2**20
    frame = frame.rename(columns=_HEADS)
    done = sum(run.finished(task) for task in plan.tasks)
    if len(plan.stages) == 1:
        frame = frame.drop(columns="stage")
    say()
    show_table(frame, "Plan", digits=1)
    say()
    say(one_line(f"folds: {', '.join(f'{fold.name} ({len(fold.validation)} rows)' for fold in plan.folds)}"))
    say(f"final: {loaded.config.final}")
    seconds = sum(cost.cpu_seconds for cost in costs)
    say(f"fits: {len(plan.tasks)} ({done} done), about {seconds:.0f} s of CPU time in all")
    say(f"run: {run.path}")
    named = submission_path(out, loaded.config.competition, run.name) if len(competition.test) else _NO_SUBMISSION
    say(f"submission: {named}")


def _show_result(result: RunResult, group: str | None) -> None:
    from kit.reports.leaderboard import broken_down, contributions_title, few_groups, score_line
    from kit.reports.verdict import run_verdict

    summary, rows = result.summary, result.scores.rows
    metric = summary["metric"]
    spread = result.leaderboard[["kind", "member", "folds_sd"]].rename(columns={"folds_sd": "sd"})
    say()
    show_table(result.leaderboard.drop(columns="folds_sd"), "Cross-validation", sections="kind")
    # Where every fold holds out one group the two tables are the same.
    both = (rows["fold"] != rows["group"]).any()
    for by in ("fold",) if group is None or not both else ("group", "fold"):
        of_group = group if both else f"{group}, one a fold"
        what = "fold" if group is None or (by == "fold" and both) else of_group
        title = f"{metric} by {what} (validated rows)"
        table, title = few_groups(broken_down(result.scores, by), title, result.scores.metric.greater_is_better)
        if by == "fold":
            table = table.merge(spread, how="left", on=["kind", "member"])
        say()
        show_table(table, title, sections="kind")
    if result.contributions is not None:
        say()
        show_table(result.contributions, contributions_title("Contributions to the blend", summary))
    say()
    if said := run_verdict(result.scores, result.leaderboard, result.contributions):
        say("Verdict")
        for line in said:
            say(
                fill(
                    printable(line),
                    min(terminal_width() or 110, 110),
                    initial_indent="  ",
                    subsequent_indent="    ",
                    break_on_hyphens=False,
                )
            )
        say()
    scale = summary["best_scale"]
    say(f"after the single best rescale (x {scale['scale']:.3f}): mrrmse {format_number(scale['mrrmse'])}")
    say(f"score: {score_line(summary)}, member {summary['member']}")
    say(f"run: {result.path}")
    say(f"submission: {_NO_SUBMISSION if result.submission is None else f'{result.submission} (checked)'}")
