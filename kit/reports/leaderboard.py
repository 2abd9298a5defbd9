"""Tables made of a cross-validation's scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kit.digits import format_number
from kit.metrics.scores import Scores

MOST_GROUPS, SHOWN_GROUPS = 12, 5
"""Of more groups than the first number only so many of the worst and of the best are shown."""

_QUANTILES = {"10 %": 0.1, "median": 0.5, "90 %": 0.9}
"""The columns that stand for the groups between, and what they are of all groups."""

ORDER = ("floor", "stage", "model", "recipe", "blend", "ceiling")
"""The order of the kinds of members in a table."""


def leaderboard(scores: Scores) -> pd.DataFrame:
    """Return one line a member: every metric over all validated rows.

    Returns:
        The columns ``member, kind, <first>, low, high, <others>, folds_sd``; floors first, then models, blend and
        ceilings, in the order in which they came. The first metric is the competition's own, with its 95 % bootstrap
        interval (`Scores.interval`). ``folds_sd`` is the standard deviation of the folds' scores, NaN with one fold.
    """
    first, *others = scores.names
    table = with_intervals(in_order(scores.means("member", "kind")), scores)
    of_folds = scores.means("member", "kind", "fold").groupby(["member", "kind"], sort=False)[first].std(ddof=1)
    table = table.merge(of_folds.rename("folds_sd"), how="left", left_on=["member", "kind"], right_index=True)
    return table[["member", "kind", first, "low", "high", *others, "folds_sd"]]


def broken_down(scores: Scores, by: str) -> pd.DataFrame:
    """Return a table with one line a member and one column a value of ``by`` ("fold", "group"): the first metric.

    The column names carry the number of validated rows: ``"NK cells (122)"``.
    """
    rows = scores.rows
    first = rows[["kind", "member"]].iloc[0]
    counted = rows[(rows[["kind", "member"]] == first).all(axis=1)].groupby(by, sort=False).size()
    means = scores.means("kind", "member", by)
    members = means[["kind", "member"]].drop_duplicates()
    table = means.pivot(index=["kind", "member"], columns=by, values=scores.names[0])[list(counted.index)]
    table.columns = [f"{name} ({count})" for name, count in counted.items()]
    return in_order(members.merge(table.reset_index(), on=["kind", "member"]))


def paired(scores: Scores) -> tuple[pd.DataFrame, str] | None:
    """Return how models differ from the first one, fold by fold, and its name; None without several models or folds.

    Returns:
        The columns ``member, difference, sd, better``: mean and standard deviation over the folds, by their weights and
        without, of a model's first metric minus that of the first model, and in how many folds it is the better one.
    """
    name = scores.names[0]
    of_models = scores.where(kind="model")
    if of_models.rows["member"].nunique() < 2 or of_models.rows["fold"].nunique() < 2:
        return None
    folds = of_models.means("member", "fold").pivot(index="fold", columns="member", values=name)
    first, *others = of_models.rows["member"].unique()
    whole = of_models.means("member").set_index("member")[name]
    lines = []
    for other in others:
        differences = folds[other] - folds[first]
        gains = differences if scores.metric.greater_is_better else -differences
        better = f"{int((gains > 0).sum())} of {len(folds)}"
        line = {"member": other, "difference": whole[other] - whole[first], "sd": differences.std(ddof=1)}
        lines.append(line | {"better": better})
    return pd.DataFrame(lines), str(first)


def few_groups(table: pd.DataFrame, title: str, greater_is_better: bool = False) -> tuple[pd.DataFrame, str]:
    """Return a table of `broken_down` as it is shown, with its title: of many groups the worst, the best, quantiles.

    Args:
        table: The table, with a column for every group or fold.
        title: Its title.
        greater_is_better: Whether a greater value of the metric is better.
    """
    groups = [name for name in table.columns if name not in ("kind", "member")]
    if len(groups) <= MOST_GROUPS:
        return table, title
    main = table[table["kind"] != ORDER[-1]].iloc[-1]
    worst_first = list(main[groups].astype(float).sort_values(ascending=greater_is_better, kind="stable").index)
    chosen = [*worst_first[:SHOWN_GROUPS], *worst_first[-SHOWN_GROUPS:]]
    values = table[groups].astype(float)
    quantiles = {name: values.quantile(share, axis=1) for name, share in _QUANTILES.items()}
    shown = table[["kind", "member", *chosen]].assign(**quantiles)
    return shown, f"{title}: the {SHOWN_GROUPS} worst and best of {len(groups)} for {main['member']}; quantiles of all"


def score_line(summary: Mapping[str, Any]) -> str:
    """Return the score of a run or blend with its interval, as a person reads it.

    Args:
        summary: What `kit.training.scoring.summarize.summarise` returned.
    """
    score, low, high = (format_number(value) for value in (summary["score"], *summary["interval"]))
    return f"{summary['metric']} {score} (95 % interval {low} to {high})"


def contributions_title(head: str, summary: Mapping[str, Any] | None) -> str:
    """Return the title of the table of contributions: by which metric, and what learnt weights were learnt by.

    Args:
        head: How it begins.
        summary: The summary of the run or blend; None without a score.
    """
    if summary is None:
        return head
    learnt = f"; weights learnt by {summary['weights_by']}" if summary.get("weights_by") else ""
    return f"{head} by {summary['metric']} (loss: how much worse without{learnt})"


def with_intervals(table: pd.DataFrame, scores: Scores) -> pd.DataFrame:
    """Return a table of members with the interval of each one's first metric, ``low`` and ``high``."""
    intervals = [
        scores.where(member=str(member), kind=str(kind)).interval()
        for member, kind in zip(table["member"], table["kind"], strict=True)
    ]
    return table.assign(low=[one.low for one in intervals], high=[one.high for one in intervals])


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of members by their kinds, in `ORDER`; members of a kind stay as they are."""
    return table.sort_values("kind", key=lambda kinds: kinds.map(ORDER.index), kind="stable", ignore_index=True)
