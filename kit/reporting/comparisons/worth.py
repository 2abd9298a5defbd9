"""Sections about what scores are worth: what they cost, and whether a truth bears them out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.digits import format_number
from kit.reporting.comparisons.facts import ComparisonFacts, decided
from kit.reports.comparison import RECIPE, calibrated_columns
from kit.reports.page import Section
from kit.reports.page.charts import logarithmic, name_points
from kit.reports.page.svg import COLOURS, FIRST, NARROW, SECOND, drawing

_MIB = 2**20

_FAR_LESS = 1.5
"""So many times the CPU time of another recipe is worth a word; less is the weather of the machine."""


def costs(facts: ComparisonFacts) -> Section:
    """What the recipes cost, and whether the score is worth it."""
    recipes, name = facts.recipes, facts.metric_name
    cheapest = cheapest_as_good(facts)
    seconds = float(recipes["cpu_s"][cheapest])
    title = f"{facts.best} takes {duration(float(recipes['cpu_s'].iloc[0]))} of CPU time"
    if cheapest != facts.best:
        title += f"; {cheapest}, which is not decidedly worse, takes {duration(seconds)}"
    elif len(recipes) > 1:
        title += "; no recipe that is far cheaper is as good, as far as can be decided"
    table = pd.DataFrame(
        {
            "recipe": recipes.index,
            name: recipes[name].to_numpy(),
            "fits": recipes["fits"].astype(int).to_numpy(),
            "CPU s": recipes["cpu_s"].to_numpy(),
            "wall s": recipes["wall_s"].to_numpy(),
            "peak MiB": (recipes["peak_bytes"] / _MIB).round().astype("Int64").to_numpy(),
        }
    )
    with drawing(NARROW, 3.2) as made:
        [axes] = made.axes()
        for member, line in recipes.iterrows():
            colour = SECOND if member == facts.best else FIRST
            axes.plot([line["cpu_s"]] * 2, [line["low"], line["high"]], color=colour, linewidth=1)
            axes.plot(line["cpu_s"], line[name], "o", color=colour)
        axes.margins(x=0.3)
        logarithmic(axes)
        axes.set_xlabel("CPU seconds of all fits of a run")
        axes.set_ylabel(facts.axis)
        name_points(axes, recipes[["cpu_s", name]].to_numpy(np.float64), list(recipes.index))
    return Section(
        key="costs",
        title=title,
        text="Time of all fits of one run on all its folds and all rows, those included that another run had computed "
        "already; peak memory of its largest fit.",
        figure=made.svg,
        description=f"{name} against CPU seconds of every recipe",
        tables={"Costs": table},
    )


def cheapest_as_good(facts: ComparisonFacts) -> str:
    """Return the cheapest recipe that is not decidedly worse than the best; the best where none costs far less."""
    members = [str(member) for member in facts.recipes.index]
    good = [member for member in members if member == facts.best or not decided(facts.gain(facts.best, member))]
    cheapest = str(facts.recipes.loc[good, "cpu_s"].idxmin())
    return cheapest if _FAR_LESS * facts.recipes["cpu_s"][cheapest] < facts.recipes["cpu_s"][facts.best] else facts.best


def duration(seconds: float) -> str:
    """Return a time in seconds, minutes or hours."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def truth(facts: ComparisonFacts) -> Section | None:
    """Whether the cross-validation tells what a truth says."""
    name = facts.metric_name
    test = f"test_{name}"
    if facts.about["truth"] is None or test not in facts.board:
        return None
    recipes = facts.recipes
    losses = recipes[test].map(facts.metric.as_loss)
    first = str(losses.idxmin())
    title = f"Against the truth {first} is best ({format_number(float(recipes[test][first]))})"
    title += ", as in cross-validation" if first == facts.best else f"; in cross-validation {facts.best} is"
    tables = {"Cross-validation and truth": recipes[[name, test]].reset_index()}
    agrees = facts.table("agreement")
    if agrees is not None:
        title += f"; Spearman {agrees['spearman'].iloc[0]:.2f} over {agrees['recipes'].iloc[0]} recipes"
        tables["Agreement"] = agrees
    with drawing(NARROW, 3.4) as made:
        [axes] = made.axes()
        shown = facts.board[facts.board["kind"].isin([RECIPE, "floor"])].dropna(subset=[test])
        for line in shown.to_dict("records"):
            colour = COLOURS["floor"] if line["kind"] != RECIPE else SECOND if line["member"] == facts.best else FIRST
            axes.plot(line[name], line[test], "o", color=colour)
        axes.margins(x=0.15)
        axes.set_xlabel(f"{name}, cross-validation")
        axes.set_ylabel(f"{name} against the truth")
        name_points(axes, shown[[name, test]].to_numpy(np.float64), list(shown["member"]))
    return Section(
        key="truth",
        title=title,
        text=f"Against {facts.about['truth']}; for information only: nothing was fitted, chosen or stopped on it. "
        "Overshoot is by how much cross-validated scores are worse than the truth's.",
        figure=made.svg,
        description="Scores against the truth, and of cross-validation",
        tables=tables,
    )


def calibrated(facts: ComparisonFacts) -> Section | None:
    """The field's metrics between floor and ceiling."""
    table = facts.table("calibrated")
    if table is None:
        return None
    winners = table.loc[table.groupby("metric", sort=False)["calibrated"].idxmax(), "member"]
    count = int((winners == facts.best).sum())
    return Section(
        key="calibrated",
        title=f"{facts.best} is best by {count} of {len(winners)} metrics of the field",
        text="Each metric between the best floor (0) and the ceiling (1), out of fold; the last line is the distance "
        "of both in standard errors: a metric of a small one tells little.",
        tables={"Between floor and ceiling": calibrated_columns(table)},
    )
