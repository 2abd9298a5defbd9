"""Sections about the searched values: the best ones, which of them matter, and where each is good."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from kit.digits import format_number
from kit.reporting.studies.facts import Searched, StudyFacts, short_names
from kit.reports.page import Section
from kit.reports.page.charts import logarithmic, short
from kit.reports.page.svg import COLOURS, FIRST, NARROW, SECOND, drawing
from kit.reports.study import against_start

_EDGE = 0.02
"""The share of a range at each end that counts as its edge."""

_IN_TITLE = 3
_MOST_PANELS = 12
_PARALLEL = range(3, 10)
_LEAST_LINES = 8


def best_values(facts: StudyFacts) -> Section:
    """The best values beside those of the start, and whether they are better by more than luck."""
    best, start = facts.best, facts.start
    lines = []
    for one, name in zip(facts.searched, short_names(facts.searched), strict=True):
        line: dict[str, Any] = {"value": name, "best": _text(best["values"][one.name])}
        if start is not None:
            line["start"] = _text(start[one.name])
        line["searched"] = ", ".join(one.choices) if one.choices else f"{one.low:g} to {one.high:g}"
        if len(facts.importance):
            line["matters"] = float(facts.importance.get(one.name, 0.0))
        lines.append(line | {"place in the recipe": one.name})
    at_edge = edges(facts)
    hint = "A wider search may find better where the best lies at an edge." if at_edge else ""
    luck = best.get("luck")
    said = ""
    if luck:
        said = (
            f" Luck by a reality check (White 2000, Hansen 2005): how often the best of {luck['trials']} trials that "
            f"are no better than the start would gain as much, over {luck['pieces']} pieces of the rows. It knows the "
            "luck of rows alone."
        )
    tables = {"Values": pd.DataFrame(lines)}
    if best["holdout"]:
        tables[f"Hold-out {best['holdout']['fold']}, on which no trial was scored"] = pd.DataFrame(
            [
                {"values": name, "trials' folds": line["study"], "hold-out": line["holdout"], "gap": line["gap"]}
                for name, line in (("best", best["holdout"]["best"]), ("start", best["holdout"]["present"]))
                if line
            ]
        )
    shown = ", ".join(f"{line['value']} {line['best']}" for line in lines[:_IN_TITLE])
    more = "" if len(lines) <= _IN_TITLE else f" and {len(lines) - _IN_TITLE} more"
    edge = f"; at the edge of what was searched: {', '.join(at_edge)}" if at_edge else ""
    return Section(
        key="values",
        title=f"Best: {shown}{more}{edge}",
        text=f"{hint}{said}".strip(),
        tables=tables,
    )


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def edges(facts: StudyFacts) -> list[str]:
    """Return the values whose best lies at an edge of what was searched."""
    line = facts.best_line.to_frame().T
    found = []
    for one, name in zip(facts.searched, short_names(facts.searched), strict=True):
        share = float(one.shares(line)[0])
        if not one.choices and (share < _EDGE or share > 1 - _EDGE):
            found.append(name)
    return found


def importance(facts: StudyFacts) -> Section | None:
    """What share of the differences in score each value makes."""
    shares = facts.importance
    if shares.empty:
        return None
    names = dict(zip([one.name for one in facts.searched], short_names(facts.searched), strict=True))
    shown = [names.get(str(name), str(name)) for name in shares.index]
    with drawing(NARROW, 0.9 + 0.28 * len(shares)) as made:
        [axes] = made.axes()
        places = np.arange(len(shares))[::-1]
        axes.barh(places, 100 * shares, color=FIRST, height=0.6)
        axes.set_yticks(places, [short(name) for name in shown])
        axes.set_xlabel("share of the differences (%)")
    idle = [name for name, share in zip(shown, shares, strict=True) if share < 0.02]
    title = f"{shown[0]} makes {shares.iloc[0]:.0%} of the differences in score"
    if idle:
        title += f"; {', '.join(idle[:3])} hardly matter{'s' if len(idle) == 1 else ''}"
    few = " Few trials: a rough guess." if len(facts.finished) < 10 * len(shares) else ""
    return Section(
        key="importance",
        title=title,
        text=f"Optuna's PED-ANOVA: how far the values of the best tenth of the trials differ from those of all.{few}",
        figure=made.svg,
        description="Importance of every searched value",
        tables={"Importance": pd.DataFrame({"value": shown, "share": shares.to_numpy()})},
    )


def slices(facts: StudyFacts) -> Section | None:
    """The score against each value."""
    from matplotlib.colors import LinearSegmentedColormap

    finished, searched = facts.finished, facts.searched[:_MOST_PANELS]
    if len(finished) < 3:
        return None
    names = short_names(facts.searched)
    n_rows = math.ceil(len(searched) / 2)
    low, high = _good_part(finished["score"].to_numpy(), facts.greater_is_better)
    later = LinearSegmentedColormap.from_list("later", [COLOURS["floor"], FIRST])
    with drawing(NARROW, 2.0 * n_rows + 0.3) as made:
        grid = made.grid(n_rows, 2, len(searched))
        for axes, one, name in zip(grid, searched, names, strict=False):
            places = one.places(finished)
            axes.scatter(places, finished["score"], s=12, c=finished["trial"], cmap=later)
            axes.plot(one.places(facts.best_line.to_frame().T), [facts.best["score"]], "*", color=SECOND, markersize=11)
            if one.log:
                logarithmic(axes)
            elif one.choices:
                axes.set_xticks(range(len(one.choices)), [short(choice, 8) for choice in one.choices])
                axes.margins(x=0.3)
            else:
                axes.locator_params(axis="x", nbins=4)
            axes.locator_params(axis="y", nbins=4)
            axes.set_ylim(low, high)
            axes.set_xlabel(short(name, 26))
        for axes in grid[::2]:
            axes.set_ylabel(facts.metric_name)
    table = pd.DataFrame([_where_good(facts, one, name) for one, name in zip(searched, names, strict=False)])
    at_edge = edges(facts)
    first = f"Good trials have {names[0]} {table['good trials'].iloc[0]}"
    title = (
        f"{first}; the best {', '.join(at_edge)} lie{'s' if len(at_edge) == 1 else ''} at an edge" if at_edge else first
    )
    more = "" if len(searched) == len(facts.searched) else f" The {len(searched)} that matter most are shown."
    return Section(
        key="slices",
        title=title,
        text="Each dot is a finished trial, early ones grey, late ones blue, the star is the best; far worse scores "
        f"are left out. Good trials are the best fifth.{more}",
        figure=made.svg,
        description=f"{facts.metric_name} against every searched value",
        tables={"Where trials are good": table},
    )


def _good_part(scores: np.ndarray, greater_is_better: bool) -> tuple[float, float]:
    """Return from where to where scores are drawn: the better three quarters, and a margin."""
    good = np.sort(scores)[:: -1 if greater_is_better else 1][: max(3, math.ceil(0.75 * len(scores)))]
    low, high = float(good.min()), float(good.max())
    margin = 0.08 * (high - low or 1.0)
    return low - margin, high + margin


def _where_good(facts: StudyFacts, one: Searched, name: str) -> dict[str, str]:
    """Return what values the best fifth of the trials have."""
    n = max(2, round(0.2 * len(facts.finished)))
    good = facts.finished.sort_values("score", ascending=not facts.greater_is_better, kind="stable").head(n)
    if one.choices:
        counts = good[one.name].value_counts()
        return {"value": name, "good trials": ", ".join(f"{choice} ({count})" for choice, count in counts.items())}
    places = one.places(good)
    low, high = (f"{float(f'{end:.3g}'):g}" for end in (np.nanmin(places), np.nanmax(places)))
    return {"value": name, "good trials": f"{low} to {high}"}


def together(facts: StudyFacts) -> Section | None:
    """Every finished trial as a line through its values: parallel coordinates."""
    searched, finished = facts.searched, facts.finished
    if len(searched) not in _PARALLEL or len(finished) < _LEAST_LINES:
        return None
    order = finished.sort_values("score", ascending=facts.greater_is_better, kind="stable")  # the best on top
    shares = np.stack([one.shares(order) for one in searched], axis=1)
    n_good = max(2, round(0.2 * len(order)))
    names = short_names(searched)
    with drawing(NARROW, 3.6) as made:
        [axes] = made.axes()
        places = np.arange(len(searched))
        for number, line in enumerate(shares):
            good = number >= len(order) - n_good
            best = number == len(order) - 1
            colour = SECOND if best else FIRST if good else "#8c8c8c"
            axes.plot(places, line, color=colour, linewidth=2.5 if best else 1, alpha=1 if good else 0.3)
        axes.set_xticks(places, [short(name, 20) for name in names], rotation=35, ha="right")
        axes.set_yticks([0, 1], ["least", "greatest"])
        axes.grid(axis="x", alpha=0.4)
    spread = np.nanstd(shares[-n_good:], axis=0)
    agreed = names[int(np.argmin(spread))]
    return Section(
        key="together",
        title=f"Good trials agree most in {agreed}, least in {names[int(np.argmax(spread))]}",
        text="Each line is a trial, from the least to the greatest of what was searched (choices in their order): the "
        "best fifth blue, the best one orange, the others grey.",
        figure=made.svg,
        description="Parallel coordinates of the finished trials",
    )


def lead(facts: StudyFacts) -> str:
    """Return the best score on one line."""
    best, start = facts.best, facts.start
    line = f"{facts.metric_name} {format_number(best['score'])} in trial {best['trial']} of {len(facts.trials)}"
    before = f" (the start: {format_number(start['score'])})" if start is not None else ""
    return f"{line}{before}: {against_start(best)}"
