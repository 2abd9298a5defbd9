"""``kit blend``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.cli.inputs import present, read_tables
from kit.cli.options import DataRoot, Out
from kit.cli.output import Document, answer, note, say, show_table
from kit.errors import InputError

if TYPE_CHECKING:
    from kit.blending import Blended
    from kit.config.schema import PluginConfig


def blend(
    members: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Finished runs (folders or recipes' names), models of them (RUN:model), and submissions from "
            "elsewhere (any table).",
        ),
    ],
    mean: Annotated[bool, typer.Option("--mean", help="Take the mean (the default).")] = False,
    median: Annotated[bool, typer.Option("--median", help="Take the median, value by value.")] = False,
    weights: Annotated[
        str | None, typer.Option(metavar="A=.4,B=.6", help="Take a weighted mean, by the members' names.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--blend",
            metavar="KIND",
            help="Take any blend (nnls, greedy, by_score …), or {kind: nnls, params: {ridge: 0.1}}.",
        ),
    ] = None,
    per_group: Annotated[bool, typer.Option("--per-group", help="Learn weights for every group of rows.")] = False,
    clip: Annotated[
        bool | None,
        typer.Option(
            "--clip/--no-clip",
            help="Clip the blend to the range of the training targets, or do nothing after it (default: what the "
            "runs' recipes agree on; nothing with a table among the members).",
        ),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The blend's name in files and the ledger.")] = "blend",
    competition: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The competition file (default: the first run's).")
    ] = None,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Blend finished runs and submissions from elsewhere.

    The blend is scored where all members are runs with the same folds.
    """
    from kit.blending import blend_members, competition_file
    from kit.blending.members import part_of
    from kit.config import load_competition
    from kit.training.named_runs import find_run

    entry = _entry(mean, median, weights, by, per_group)
    paths = []
    for run, model in map(part_of, members):
        found = find_run(run, out)
        paths.append(found if model is None else found.with_name(f"{found.name}:{model}"))
    loaded = load_competition(competition_file(paths, None if competition is None else present(competition)))
    tables = read_tables(loaded, data)
    blended = blend_members(paths, entry, loaded, tables, name, out, clip)
    _show(blended, loaded.config.columns.group)
    return _document(blended)


def _entry(mean: bool, median: bool, weights: str | None, by: str | None, per_group: bool) -> PluginConfig:
    from kit.blending.entry import blend_entry, per_group_entry, weights_entry
    from kit.blends.fixed import Mean, Median
    from kit.config.schema import PluginConfig

    options = {"--mean": mean, "--median": median, "--weights": weights is not None, "--blend": by is not None}
    given = [option for option, is_given in options.items() if is_given]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)}: one blend at a time")
    if weights is not None:
        entry = weights_entry(weights)
    elif by is not None:
        entry = blend_entry(by)
    else:
        entry = PluginConfig(kind=(Median if median else Mean).kind)
    if not per_group:
        return entry
    if by is None:
        raise InputError("--per-group learns weights for every group; say how with --blend, such as --blend nnls")
    return per_group_entry(entry)


def _show(blended: Blended, group: str | None) -> None:
    from kit.reports.leaderboard import broken_down, contributions_title, few_groups, score_line

    content = blended.content
    for text in blended.notes:
        note(f"warning: {text}")
    say(f"blend of {len(content.members)} members")
    for member in content.members:
        say(f"  {member.name}: {member.path}")
    say(f"after the blend: {', '.join(step.kind for step in content.steps) or 'nothing'}")
    say()
    if blended.leaderboard is not None and content.scores is not None and content.summary is not None:
        show_table(blended.leaderboard, "Cross-validation", sections="kind")
        say()
        if group is not None:
            scores, title = content.scores.scores, f"{content.summary['metric']} by {group} (validated rows)"
            table, title = few_groups(broken_down(scores, "group"), title, scores.metric.greater_is_better)
            show_table(table, title, sections="kind")
            say()
    show_table(content.contributions, contributions_title("Contributions", content.summary))
    if content.weights is not None and "groups" in content.weights:
        say()
        _show_weights(content.weights)
    say()
    show_table(content.correlations.rename_axis("member").reset_index(), "Correlations of test predictions")
    say()
    if content.summary is not None:
        answer(f"score: {score_line(content.summary)}")
    else:
        answer(f"score: none, {content.no_score}")
    answer(f"blend: {blended.path}")
    answer(f"submission: {blended.submission} (checked)")


def _document(blended: Blended) -> Document:
    content = blended.content
    return {
        "members": [{"name": member.name, "path": member.path} for member in content.members],
        "after": [step.kind for step in content.steps],
        "score": content.summary,
        "no_score": content.no_score,
        "leaderboard": blended.leaderboard,
        "contributions": content.contributions,
        "weights": content.weights,
        "correlations": content.correlations.rename_axis("member").reset_index(),
        "warnings": list(blended.notes),
        "blend": blended.path,
        "submission": blended.submission,
    }


def _show_weights(report: Mapping[str, Any]) -> None:
    import pandas as pd

    parts = {"others": report["overall"], **report["groups"]}
    lines = [{"group": name, **part["weights"]} for name, part in parts.items() if "weights" in part]
    if lines:
        show_table(pd.DataFrame(lines), "Weights by group")
