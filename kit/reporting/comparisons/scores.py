"""Sections about scores: the leaderboard, paired differences, folds and groups."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from kit.digits import decimals, format_number, format_with
from kit.metrics.scores import Difference
from kit.reporting.comparisons.facts import ComparisonFacts, decided
from kit.reports.comparison import BETTER, OPEN, RECIPE, WORSE
from kit.reports.leaderboard import MOST_GROUPS
from kit.reports.page import Section
from kit.reports.page.charts import dots, intervals, short
from kit.reports.page.svg import COLOURS, FIRST, NARROW, SECOND, SERIES, drawing

_MOST_PAIRS, _MOST_ROWS = 8, 10_000
"""Of more recipes, or on more rows, only the best one is compared with each other one."""

_LONG = 16
"""The letters of a name from which on a legend has one column."""

_COSTS = ("runs", "fits", "cpu_s", "wall_s", "peak_bytes", "failed")


def lead(facts: ComparisonFacts) -> str:
    """Return in words which recipe is best, and whether its lead is more than chance."""
    beaten = floor_ahead(facts)
    if beaten is not None:
        return f"No recipe beats the floor {beaten}; the best of them is {facts.best}"
    if facts.second is None:
        return f"{facts.best} is the only recipe that finished"
    found = facts.gain(facts.best, facts.second)
    said = "which is decided" if decided(found) else "which is not decided: it may be chance"
    return f"{facts.best} is best; it is better than {facts.second} by {in_words(found)}, {said}"


def floor_ahead(facts: ComparisonFacts) -> str | None:
    """Return the best floor with its score where it is better than every recipe, else None."""
    if facts.floor is None or facts.gain(facts.best, str(facts.floor["member"]), "floor").mean > 0:
        return None
    return f"{facts.floor['member']} ({facts.metric_name} {format_number(facts.floor[facts.metric_name])})"


def in_words(found: Difference) -> str:
    """Return a difference and its interval."""
    places = decimals([found.mean])
    value, low, high = (format_with(number, places) for number in found)
    return f"{value} (95 % interval {low} to {high})"


def leaderboard(facts: ComparisonFacts) -> Section:
    """All recipes with their intervals between floors and ceiling."""
    name, board = facts.metric_name, facts.board
    order = board.assign(place=board["kind"].map({"ceiling": 0, RECIPE: 1, "floor": 2}))
    order = order.assign(loss=order[name].map(facts.metric.as_loss)).sort_values(["place", "loss"], kind="stable")
    mine = (order["kind"] == RECIPE) & (order["member"] == facts.best)
    colours = [SECOND if best else COLOURS[str(kind)] for best, kind in zip(mine, order["kind"], strict=True)]
    with drawing(NARROW, 0.9 + 0.26 * len(order)) as made:
        [axes] = made.axes()
        intervals(axes, list(order["member"]), order[name], order["low"], order["high"], colours)
        axes.set_xlabel(f"{facts.axis}, 95 % interval")
    title = f"{facts.best} scores {format_number(facts.recipes[name].iloc[0])}"
    if facts.floor is not None:
        beaten = [
            recipe
            for recipe in facts.recipes.index
            if (gain := facts.gain(recipe, str(facts.floor["member"]), "floor")).mean > 0 and decided(gain)
        ]
        title += f"; {len(beaten)} of {len(facts.recipes)} recipes beat the best floor ({facts.floor['member']}), "
        title += "beyond chance"
    seeds = f" Means of {facts.n_seeds} seeds." if facts.n_seeds > 1 else ""
    return Section(
        key="leaderboard",
        title=title,
        text="The best recipe is orange, the others blue, floors (predictions that have learnt next to nothing) grey, "
        f"ceilings green. Intervals are of a bootstrap over {facts.drawn}s: they overlap more than paired differences "
        f"do, which say what is decided.{seeds}",
        figure=made.svg,
        description=f"{name} of every recipe, floor and ceiling with its interval",
        tables={"All metrics": order.drop(columns=[*_COSTS, "place", "loss"], errors="ignore")},
    )


def differences(facts: ComparisonFacts) -> Section | None:
    """By how much the best recipe is better than each other one, and than the best floor."""
    others = [str(member) for member in facts.recipes.index[1:]]
    found = {other: facts.gain(facts.best, other) for other in others}
    if facts.floor is not None:
        floor = str(facts.floor["member"])
        found[f"{floor} (floor)"] = facts.gain(facts.best, floor, "floor")
    if not others:
        return None
    with drawing(NARROW, 0.9 + 0.28 * len(found)) as made:
        [axes] = made.axes()
        low, high = [one.low for one in found.values()], [one.high for one in found.values()]
        colours = [FIRST if decided(one) else COLOURS["floor"] for one in found.values()]
        axes.axvline(0, color=COLOURS["floor"], linewidth=1)
        intervals(axes, list(found), [one.mean for one in found.values()], low, high, colours)
        axes.set_xlabel(f"how much better the best recipe is, in {facts.metric_name}; 95 % interval")
    open_ones = [other for other in others if not decided(found[other])]
    title = f"{facts.best} is better than {len(others) - len(open_ones)} of {len(others)} other recipes beyond chance"
    if open_ones:
        title += f"; not decided against {', '.join(open_ones[:3])}{' and others' if len(open_ones) > 3 else ''}"
    return Section(
        key="differences",
        title=title,
        text="Differences are paired: of the same rows in the same folds, so that hard rows cancel. Grey where the "
        "interval holds 0. Of many pairs, one in twenty without a difference looks decided.",
        figure=made.svg,
        description=f"By how much {facts.best} is better than each other recipe, with intervals",
        tables={"Pairs": _pairs(facts, found)},
    )


def _pairs(facts: ComparisonFacts, known: dict[str, Difference]) -> pd.DataFrame:
    recipes = [str(member) for member in facts.recipes.index]
    pairs = {(facts.best, other): gain for other, gain in known.items()}
    if len(recipes) <= _MOST_PAIRS and len(facts.scores.rows) <= _MOST_ROWS * len(facts.board):
        pairs |= {pair: facts.gain(*pair) for pair in combinations(recipes[1:], 2)}
    lines = []
    for (one, other), gain in pairs.items():
        said = OPEN if not decided(gain) else BETTER if gain.mean > 0 else WORSE
        values = {"better by": gain.mean, "low": gain.low, "high": gain.high}
        lines.append({"recipe": one, "than": other} | values | {"verdict": said})
    return pd.DataFrame(lines)


def parts(facts: ComparisonFacts) -> Section | None:
    """The scores by fold and group."""
    rows, name = facts.scores.rows, facts.metric_name
    both = (rows["fold"].astype(str) != rows["group"].astype(str)).any()
    columns = [part for part in (("fold", "group") if both else ("group",)) if rows[part].nunique() > 1]
    if not columns:
        return None
    tables = {part: _by(facts, part) for part in columns}
    shown = [str(member) for member in facts.recipes.index[: len(SERIES)]]
    drawn = {part: table if len(table) <= 2 * MOST_GROUPS else _ends(table, shown[0]) for part, table in tables.items()}
    heights = [1 + 0.3 * len(table) for table in drawn.values()]
    n_columns = 2 if max(map(len, shown)) <= _LONG else 1
    with drawing(NARROW, 0.3 + 0.25 * len(shown) / n_columns + sum(heights)) as made:
        for axes, (part, table) in zip(made.stacked(heights), drawn.items(), strict=True):
            names = [f"{short(value, 24)} ({n})" for value, n in zip(table[part], table["rows"], strict=True)]
            dots(axes, names, {member: table[member] for member in reversed(shown)}, SERIES[: len(shown)][::-1])
            axes.set_xlabel(f"{name} by {part}")
        handles, labels = axes.get_legend_handles_labels()
        made.figure.legend(handles[::-1], labels[::-1], loc="outside upper center", ncols=n_columns)
    part = columns[-1]
    table = tables[part]
    losses = table[list(facts.recipes.index)].map(facts.metric.as_loss)
    winners = losses.idxmin(axis=1).value_counts()
    first = f"{facts.best} is best in {winners.get(facts.best, 0)} of {len(table)} {part}s"
    elsewhere = [f"{member} in {count}" for member, count in winners.items() if member != facts.best]
    more = "" if len(shown) == len(facts.recipes) else f" The figure shows the best {len(shown)} recipes."
    return Section(
        key="parts",
        title=f"{first}, {', '.join(elsewhere[:3])}" if elsewhere else first,
        text=f"In brackets the number of validated rows.{more}",
        figure=made.svg,
        description=f"{name} of the recipes by {' and '.join(columns)}",
        tables={f"By {part}": table for part, table in tables.items()},
    )


def _by(facts: ComparisonFacts, part: str) -> pd.DataFrame:
    """Return one line a fold or group and one column a recipe and for the best floor: the metric."""
    members = [(str(member), RECIPE) for member in facts.recipes.index]
    if facts.floor is not None:
        members.append((str(facts.floor["member"]), "floor"))
    first = facts.scores.where(member=members[0][0], kind=RECIPE)
    table = first.rows.drop_duplicates(["row", part]).groupby(part, sort=False).size().rename("rows").reset_index()
    for member, kind in members:
        means = facts.scores.where(member=member, kind=kind).means(part, "seed")
        of_member = means.groupby(part, sort=False)[facts.metric_name].mean()
        table[member if kind == RECIPE else f"{member} (floor)"] = table[part].map(of_member)
    table[part] = table[part].astype(str)
    return table[[part, *table.columns[2:], "rows"]]


def _ends(table: pd.DataFrame, column: str) -> pd.DataFrame:
    ordered = table.sort_values(column, kind="stable")
    return pd.concat([ordered.head(MOST_GROUPS), ordered.tail(MOST_GROUPS)])


def seeds(facts: ComparisonFacts) -> Section | None:
    """How far scores of one recipe differ between seeds."""
    if facts.n_seeds < 2:
        return None
    spread = facts.recipes["seeds_sd"]
    largest = str(spread.idxmax())
    means = facts.scores.where(kind=RECIPE).means("member", "seed")
    table = means.pivot(index="member", columns="seed", values=facts.metric_name).loc[facts.recipes.index]
    table.columns = [f"seed {nth}" for nth in range(1, len(table.columns) + 1)]
    middle = float(np.median(spread))
    title = f"Seeds alone move a score by {format_number(middle)} (standard deviation, median recipe), "
    title += f"most that of {largest} ({format_number(spread.max())})"
    return Section(
        key="seeds",
        title=title if spread.max() > 0 else "Seeds change no score: nothing in these recipes is drawn at random",
        text="A lead that is no larger than what a seed does is none, however many rows agree.",
        tables={f"{facts.metric_name} by seed": table.assign(sd=spread).rename_axis("recipe").reset_index()},
    )
