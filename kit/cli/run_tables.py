"""A run in the terminal: its ending in a few lines, and its long tables."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from kit.cli.output import answer, printable, say, show_table, terminal_width
from kit.digits import format_number

if TYPE_CHECKING:
    from kit.reporting.facts import RunFacts

MOST_LINES = 15
"""What a finished run prints at most."""

NO_SUBMISSION = "none, no rows to predict are named (data.test), or they are not handed in"

_WIDTH = 110


def show_ending(
    facts: RunFacts, submission: Path | None, report: Path | None, n_others: int = 0, verdict: bool = True
) -> None:
    """Print the score, floors, gain, verdict and places of a run.

    Args:
        facts: The run.
        submission: The submission; None where there are no rows to predict.
        report: The page, or None where there is none.
        n_others: How many lines the command prints besides: with them it is `MOST_LINES` at most.
        verdict: Whether to print the verdict, and the command that shows more.
    """
    from kit.reporting.outline import score_lines, verdict_lines

    first, *others = score_lines(facts)
    places = [f"run: {facts.path}"]
    places += [f"report: {report}"] if report is not None else []
    places += [f"submission: {NO_SUBMISSION if submission is None else f'{submission} (checked)'}"]
    answer(first)
    for line in others:
        say(line)
    if verdict:
        room = MOST_LINES - n_others - 1 - len(others) - len(places) - 1
        for line in _fitting(verdict_lines(facts), room):
            say(line)
        say(f"all tables: kit show {facts.path.name}")
    for line in places:
        answer(line)


def show_tables(facts: RunFacts) -> None:
    """Print a run's tables: members, groups, folds, differences to the first model, contributions, fits."""
    from kit.problem_types.retrieval import FOUND, LABELS
    from kit.reporting.classes import class_tables
    from kit.reporting.encoders import reconstruction
    from kit.reports.leaderboard import broken_down, contributions_title, few_groups, paired

    group, metric = facts.recipe.columns.group, facts.metric_name
    rows, summary = facts.scores.rows, facts.summary
    spread = facts.board[["kind", "member", "folds_sd"]].rename(columns={"folds_sd": "sd"})
    show_table(facts.board.drop(columns="folds_sd"), "Cross-validation", sections="kind")
    # Where every fold holds out one group the two tables are the same.
    both = (rows["fold"] != rows["group"]).any()
    for by in ("fold",) if group is None or not both else ("group", "fold"):
        of_group = group if both else f"{group}, one a fold"
        what = "fold" if group is None or (by == "fold" and both) else of_group
        title = f"{metric} by {what} (validated rows)"
        table, title = few_groups(broken_down(facts.scores, by), title, facts.metric.greater_is_better)
        if by == "fold":
            table = table.merge(spread, how="left", on=["kind", "member"])
        say()
        show_table(table, title, sections="kind")
    if (against := paired(facts.scores)) is not None:
        say()
        show_table(against[0], f"{metric}: difference to {against[1]} by fold")
    if facts.contributions is not None:
        say()
        show_table(facts.contributions, contributions_title("Contributions to the blend", summary))
    for title, table in class_tables(facts).items():
        say()
        show_table(table, title)
    if (encoders := reconstruction(facts)) is not None:
        say()
        show_table(encoders, "Reconstruction without labels: mean squared errors, in scaled units")
    say()
    show_table(_costs(facts), "Fits", digits=1)
    say()
    if (scale := summary.get("best_scale")) is not None:
        say(f"after the single best rescale (x {scale['scale']:.3f}): mrrmse {format_number(scale['mrrmse'])}")
        say()
    if (labels := facts.table(LABELS)) is not None:
        found = (labels["q_value"] < FOUND).sum()
        say(f"labels found better than by chance: {found} of {len(labels)} (q < {FOUND} within a fold; {LABELS}.csv)")
        say()


def show_verdict(facts: RunFacts) -> None:
    """Print all that the tables say."""
    from kit.reporting.outline import verdict_lines

    if lines := verdict_lines(facts):
        say("Verdict")
        for line in lines:
            for part in _wrapped(line, "  "):
                say(part)
        say()


def _costs(facts: RunFacts) -> Any:
    tasks = facts.tasks
    table = tasks.groupby(["stage", "model"], sort=False).agg(
        fits=("cpu_s", "size"), cpu_s=("cpu_s", "sum"), wall_s=("wall_s", "sum"), peak=("peak_mib", "max")
    )
    table = table.reset_index().rename(columns={"cpu_s": "CPU s", "wall_s": "wall s", "peak": "peak MiB"})
    return table if table["stage"].nunique() > 1 else table.drop(columns="stage")


def _fitting(sentences: list[str], room: int) -> list[str]:
    """Return the verdict's lines as far as there is room: its first sentence and the advice before what is between."""
    if not sentences:
        return []
    chosen: list[int] = []
    used = 0
    for place in dict.fromkeys([0, len(sentences) - 1, *range(len(sentences))]):
        lines = len(_wrapped(sentences[place]))
        if used + lines <= room:
            chosen.append(place)
            used += lines
    return [line for place in sorted(chosen) for line in _wrapped(sentences[place])]


def _wrapped(sentence: str, indent: str = "") -> list[str]:
    width = min(terminal_width() or _WIDTH, _WIDTH)
    return wrap(
        printable(sentence), width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
