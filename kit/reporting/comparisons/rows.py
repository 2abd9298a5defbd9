"""Sections about single rows: who wins how many, and which differ most between the best two."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.digits import format_number
from kit.reporting.comparisons.facts import ComparisonFacts
from kit.reports.page import Section
from kit.reports.page.charts import short
from kit.reports.page.svg import COLOURS, FIRST, NARROW, SECOND, SERIES, drawing

_SHOWN_ROWS = 8
_MOST_DOTS = 3000
_MOST_RECIPES = 12


def wins(facts: ComparisonFacts) -> Section | None:
    """On how many rows each recipe is the best, and how often it beats each other one."""
    members = [str(member) for member in facts.recipes.index]
    rows = facts.row_scores(members)
    if rows is None or len(members) < 2:
        return None
    losses = (-1 if facts.metric.greater_is_better else 1) * rows[members].to_numpy(np.float64).T
    least = losses == np.nanmin(losses, axis=0)
    best_of = least @ (1 / least.sum(axis=0)) / losses.shape[1]  # a tie is shared
    shown = members[:_MOST_RECIPES]
    against = pd.DataFrame({"recipe": shown})
    for place, other in enumerate(shown):
        won = (losses < losses[place]).mean(axis=1) + 0.5 * (losses == losses[place]).mean(axis=1)
        against[f"against {other}"] = [
            np.nan if one == other else share for one, share in zip(shown, won, strict=False)
        ]
    with drawing(NARROW, 0.9 + 0.28 * len(shown)) as made:
        [axes] = made.axes()
        places = np.arange(len(shown))[::-1]
        axes.barh(places, 100 * best_of[: len(shown)], color=[SECOND, *[FIRST] * (len(shown) - 1)], height=0.6)
        axes.set_yticks(places, [short(name) for name in shown])
        axes.set_xlabel("rows on which it is the best of all (%)")
    share = against[f"against {members[1]}"].iloc[0]
    return Section(
        key="wins",
        title=f"{members[0]} is better than {members[1]} on {share:.0%} of the rows, and the best of all on "
        f"{best_of[0]:.0%}",
        text="A recipe may win few rows by much, or many by little: the mean is the score, this is how widespread it "
        "is. Ties are shared.",
        figure=made.svg,
        description="Share of rows on which each recipe is the best",
        tables={"Share of rows on which the recipe of the line is better": against},
    )


def farthest(facts: ComparisonFacts) -> Section | None:
    """Which rows differ most between the best two."""
    if facts.second is None or (rows := facts.row_scores([facts.best, facts.second])) is None:
        return None
    best, second = rows[facts.best], rows[facts.second]
    sign = 1 if facts.metric.greater_is_better else -1
    table = rows.assign(**{"better by": sign * (best - second)})
    keys, named = facts.keys(), ["row"]
    if keys is not None:
        table = keys.merge(table, on="row")
        named = list(facts.config.columns.keys)
    if "group" not in named and facts.config.columns.group not in named:
        named = [*named, "group"]
    table = table[[*named, facts.best, facts.second, "better by"]].sort_values("better by", ascending=False)
    chosen = rows if len(rows) <= _MOST_DOTS else rows.sample(_MOST_DOTS, random_state=0)
    groups = list(pd.unique(chosen["group"]))
    with drawing(NARROW, 3.6) as made:
        [axes] = made.axes()
        axes.axhline(0, color=COLOURS["floor"], linewidth=1)
        for number, group in enumerate(groups if 1 < len(groups) <= len(SERIES) else [None]):
            mine = chosen if group is None else chosen[chosen["group"] == group]
            label = None if group is None else short(group)
            gains = sign * (mine[facts.best] - mine[facts.second])
            axes.plot(mine[facts.second], gains, "os^Dvp"[number], markersize=4, color=SERIES[number], label=label)
        axes.set_xlabel(f"{facts.metric_name} of the row by {short(facts.second, 20)}")
        axes.set_ylabel("how much better the best recipe is")
        if 1 < len(groups) <= len(SERIES):
            made.figure.legend(loc="outside upper center", ncols=2)
    top, bottom = table.iloc[0], table.iloc[-1]
    sample = "" if len(chosen) == len(rows) else f" Of a sample of {len(chosen):,} rows."
    title = (
        f"Against {facts.second}, {facts.best} gains most on {_name(top, named)} ({format_number(top['better by'])})"
    )
    if bottom["better by"] < 0:
        title += f" and loses most on {_name(bottom, named)} ({format_number(-bottom['better by'])})"
    return Section(
        key="rows",
        title=title,
        text=f"Every dot is a validated row; above the line {facts.best} is the better one.{sample}",
        figure=made.svg,
        description=f"{facts.metric_name} of every row, and how much better the best recipe is there than the second",
        tables={
            f"Where {facts.best} is better by most": table.head(_SHOWN_ROWS),
            f"Where {facts.second} is better by most": table[::-1].head(_SHOWN_ROWS),
        },
    )


def _name(row: pd.Series, keys: list[str]) -> str:
    return ", ".join(str(row[key]) for key in keys)
