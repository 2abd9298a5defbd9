"""Sections about scores: against floors and ceilings, by fold and group, by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from kit.config.show.docstrings import summary
from kit.digits import format_number
from kit.metrics.base import metric_name
from kit.metrics.scores import Scores
from kit.reporting.facts import MOST_POINTS, RunFacts
from kit.reports.comparison import OPEN, verdict
from kit.reports.leaderboard import MOST_GROUPS
from kit.reports.page import Section
from kit.reports.page.charts import intervals, short
from kit.reports.page.svg import COLOURS, FIRST, MARKERS, SECOND, SHAPES, drawing

_SHOWN_ROWS, _SHOWN_MODELS, _SHOWN_CEILINGS = 8, 12, 3


def headline(facts: RunFacts) -> tuple[str, dict[str, str]]:
    """Return the score on one line, and the figures beside it."""
    summary, number = facts.summary, format_number
    low, high = summary["interval"]
    line = (
        f"{facts.metric_name} {number(summary['score'])} ({facts.is_best_high()}), 95 % interval {number(low)} to "
        f"{number(high)}"
    )
    shown = {"member": str(summary["member"]), "validated rows": str(summary["validated_rows"])}
    floor, ceiling = facts.best("floor"), facts.best("ceiling")
    if floor is not None:
        shown["best floor"] = f"{floor['member']} {number(floor[facts.metric_name])}"
        line += f"; best floor {number(floor[facts.metric_name])}"
    if ceiling is not None:
        shown["ceiling"] = f"{ceiling['member']} {number(ceiling[facts.metric_name])}"
        line += f"; ceiling {number(ceiling[facts.metric_name])}"
    if floor is not None and ceiling is not None:
        whole = facts.gain(ceiling[facts.metric_name], floor[facts.metric_name])
        if whole > 0:
            share = facts.gain(summary["score"], floor[facts.metric_name]) / whole
            if share >= 0:
                shown["of the way from floor to ceiling"] = f"{share:.0%}"
            line += f": {share:.0%} of the way between them" if share >= 0 else ": below the floor"
    return line, shown


def leaderboard(facts: RunFacts) -> Section:
    """All members with their intervals between floors and ceilings."""
    board, name = facts.board, facts.metric_name
    score, floor = facts.summary["score"], facts.best("floor")
    title = f"{facts.summary['member']} scores {format_number(score)}"
    if floor is not None:
        difference = facts.gain(score, floor[name])
        word = "better" if difference > 0 else "worse"
        apart = _apart(facts, str(floor["member"]))
        title += f", {format_number(abs(difference))} {word} than the best floor ({floor['member']}){apart}"
    shown = _shown_members(facts)
    with drawing(height=1.3 + 0.27 * len(shown)) as made:
        [axes] = made.axes()
        kinds = list(shown["kind"])
        colours, markers = [COLOURS.get(kind, FIRST) for kind in kinds], [MARKERS.get(kind, "o") for kind in kinds]
        intervals(axes, list(shown["member"]), shown[name], shown["low"], shown["high"], colours, markers, kinds)
        axes.get_yticklabels()[int(np.argmax(_is_main(facts, shown)))].set_fontweight("bold")
        axes.set_xlabel(f"{name} ({facts.is_best_high()}), 95 % interval")
        handles, labels = axes.get_legend_handles_labels()
        legend = dict(zip(labels, handles, strict=True))
        made.figure.legend(legend.values(), legend.keys(), loc="outside upper center", ncols=4, columnspacing=1.2)
    left_out = f" Of {len(board)} members the figure shows {len(shown)}." if len(shown) < len(board) else ""
    return Section(
        key="leaderboard",
        title=title,
        text=f"{name}: {summary(type(facts.metric))} Floors have learnt next to nothing; ceilings are what a perfect "
        "model would score here. Intervals are of a bootstrap over compounds, or rows where there are none: they "
        f"overlap more than paired differences do. Bold is what predicts; folds_sd is a standard "
        f"deviation over folds.{left_out}",
        figure=made.svg,
        description=f"{name} of every member with its interval",
        tables={"All metrics": _best_first(facts, board).round(12)},
    )


def _shown_members(facts: RunFacts) -> pd.DataFrame:
    """Return the lines of the leaderboard that its figure shows, the best first: of many models the best ones."""
    board = facts.board.dropna(subset=[facts.metric_name])
    ordered = _best_first(facts, board)
    nth = ordered.groupby("kind", sort=False).cumcount()
    most = ordered["kind"].map({"model": _SHOWN_MODELS, "ceiling": _SHOWN_CEILINGS}).fillna(len(ordered))
    return ordered.loc[(nth < most) | _is_main(facts, ordered)]


def _best_first(facts: RunFacts, board: pd.DataFrame) -> pd.DataFrame:
    return board.sort_values(facts.metric_name, ascending=not facts.metric.greater_is_better, kind="stable")


def _is_main(facts: RunFacts, lines: pd.DataFrame) -> pd.Series:
    main = facts.main_line
    is_main: pd.Series = (lines["member"] == main["member"]) & (lines["kind"] == main["kind"])
    return is_main


def _apart(facts: RunFacts, floor: str) -> str:
    """Say whether what was handed in and a floor differ by more than chance, as the verdict of a run judges it."""
    scores, mine = facts.scores, facts.main_line
    handed_in = scores.where(member=str(mine["member"]), kind=str(mine["kind"]))
    found = handed_in.difference(scores.where(member=floor, kind="floor"))
    return ", within chance" if verdict(found, facts.metric.greater_is_better) == OPEN else ", beyond chance"


def by_fold_and_group(facts: RunFacts) -> Section | None:
    """The score in every fold and group, beside the best floor."""
    name, floor, main = facts.metric_name, facts.best("floor"), facts.main_line
    if floor is None:
        return None
    mine, theirs = str(main["member"]), str(floor["member"])
    theirs = f"floor {theirs}" if theirs == mine else theirs
    chosen = {
        mine: facts.scores.where(member=mine, kind=str(main["kind"])),
        theirs: facts.scores.where(member=str(floor["member"]), kind="floor"),
    }
    parts = {part: _means(chosen, part, name) for part in ("fold", "group") if facts.main_rows[part].nunique() > 1}
    if len(parts) == 2 and facts.main_rows["fold"].equals(facts.main_rows["group"]):
        del parts["group"]  # a fold is a group
    if not parts:
        return None
    shown = {part: table if len(table) <= 2 * MOST_GROUPS else _ends(table, 12) for part, table in parts.items()}
    tallest = max(map(len, shown.values()))
    with drawing(height=1.4 + 0.28 * tallest) as made:
        for axes, (part, table) in zip(made.axes(len(shown)), shown.items(), strict=True):
            places = np.arange(len(table))[::-1]
            for column, colour, marker in zip(chosen, (SECOND, COLOURS["floor"]), ("o", "s"), strict=True):
                axes.plot(table[column], places, marker, color=colour, label=column)
            axes.set_yticks(
                places, [f"{short(value, 20)} ({n})" for value, n in zip(table[part], table["rows"], strict=True)]
            )
            axes.set_ylim(-0.6, len(table) - 0.4)
            axes.locator_params(axis="x", nbins=4)
            axes.set_xlabel(f"{name} by {part}")
            axes.grid(axis="x", alpha=0.25)
        for figure in made.figures:
            figure.legend(loc="outside upper center", ncols=2)
    what = "group" if "group" in parts else "fold"
    table = parts[what]
    better = (facts.gain(1, 0) * (table[mine] - table[theirs]) > 0).sum()
    ordered = table.sort_values(mine, ascending=facts.metric.greater_is_better, kind="stable")
    worst, its_score = ordered.iloc[0][what], float(ordered.iloc[0][mine])
    return Section(
        key="parts",
        title=f"Better than {theirs} in {better} of {len(table)} {what}s; hardest is {worst} "
        f"({format_number(its_score)})",
        text="In brackets the number of validated rows.",
        figure=made.svg,
        description=f"{name} by fold and group of {mine} and of the floor {theirs}",
        tables={f"By {part}": table for part, table in parts.items()},
    )


def _means(chosen: dict[str, Scores], part: str, name: str) -> pd.DataFrame:
    columns = {member: scores.means(part).set_index(part)[name] for member, scores in chosen.items()}
    counts = next(iter(chosen.values())).rows.groupby(part, sort=False).size()
    return pd.DataFrame({**columns, "rows": counts}).rename_axis(part).reset_index()


def _ends(table: pd.DataFrame, n: int) -> pd.DataFrame:
    ordered = table.sort_values(table.columns[1], kind="stable")
    return pd.concat([ordered.head(n), ordered.tail(n)])


def by_row(facts: RunFacts) -> Section | None:
    """The distribution of the rows' scores, and the best and worst by name."""
    rows, metric = facts.main_rows, facts.row_metric
    if metric is None:
        return None
    name = metric_name(metric)
    values = rows[name].to_numpy()
    ordered = rows.sort_values(name, ascending=not metric.greater_is_better, kind="stable")
    keys = list(facts.recipe.columns.keys) or ["row"]
    extra = [name for name in ("group", "fold") if not any(rows[name].equals(rows[key].astype(str)) for key in keys)]
    tidy = ordered[[*keys, name]]
    if (beside := facts.beside_floor) is not None:
        tidy = tidy.assign(**{f"floor {beside.attrs['floor']}": beside["floor"].to_numpy()[ordered.index]})
    tidy = tidy.assign(**{part: ordered[part] for part in extra if part not in keys})
    worst, best = tidy.iloc[::-1].head(_SHOWN_ROWS), tidy.head(_SHOWN_ROWS)
    with drawing(height=2.4) as made:
        [axes] = made.axes()
        bins = np.histogram_bin_edges(values, min(40, max(8, len(values) // 4)))
        axes.hist(values, bins=list(bins), color=FIRST, alpha=0.8, label=short(facts.main_line["member"], 18))
        axes.axvline(float(np.median(values)), color=SECOND, linewidth=1.5, label="median")
        axes.set_xlabel(f"{name} of a row")
        axes.set_ylabel("rows")
        axes.legend()
    [named] = facts.row_names(ordered.tail(1))
    title = (
        f"Half of the rows score between {format_number(np.quantile(values, 0.25))} and "
        f"{format_number(np.quantile(values, 0.75))}; the worst is {named} ({format_number(worst.iloc[0][name])})"
    )
    if beside is not None:
        title += f"; {facts.n_worse_than_floor} of {len(rows)} are predicted worse than by {beside.attrs['floor']}"
    return Section(
        key="rows",
        title=title,
        figure=made.svg,
        description=f"Histogram of {name} over validated rows",
        tables={"The worst rows": worst, "The best rows": best},
    )


def strength(facts: RunFacts) -> Section | None:
    """A row's error against the strength of its effect."""
    if facts.measured is None:
        return None
    measured, seen = facts.row_sizes
    if len(measured) < 3 or np.ptp(measured) < 0.01 * measured.mean():
        return None
    rank = float(spearmanr(measured, seen).statistic)
    beaten = float(np.mean(seen < measured))
    with drawing(height=3.4) as made:
        [axes] = made.axes()
        groups = facts.main_rows["group"].to_numpy()
        names = list(pd.unique(groups))
        drawn = np.sort(np.random.default_rng(0).permutation(len(groups))[:MOST_POINTS])
        for number, group in enumerate(names if len(names) <= 6 else [None]):
            mine = drawn if group is None else drawn[groups[drawn] == group]
            marker = SHAPES[number % len(SHAPES)]
            axes.plot(measured[mine], seen[mine], marker, markersize=4, alpha=0.7, color=f"C{number}", label=group)
        top = float(max(measured.max(), seen.max())) * 1.05
        axes.plot([0, top], [0, top], "--", linewidth=1, color=COLOURS["floor"], label="as far as zeros")
        axes.set_xlabel("root mean square of the measured row")
        axes.set_ylabel("root mean squared error")
        axes.legend()
    larger = "stronger" if rank > 0 else "weaker"
    direction = f"{larger} rows have larger errors" if abs(rank) > 0.2 else "errors hardly hang on a row's strength"
    return Section(
        key="strength",
        title=f"{beaten:.0%} of the rows are nearer to the prediction than to zero; {direction} (Spearman {rank:.2f})",
        text="Below the dashed line the prediction is nearer to what was measured than zeros are."
        + (
            f" Of {len(groups):,} rows the figure shows a sample of {len(drawn):,}." if len(drawn) < len(groups) else ""
        ),
        figure=made.svg,
        description="Error of every validated row against its measured strength",
    )
