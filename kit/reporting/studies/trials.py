"""Sections about trials: the history, the folds, what failed, score against time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.digits import format_number
from kit.reporting.studies.facts import StudyFacts, short_names
from kit.reports.page import Section
from kit.reports.page.charts import dots, logarithmic
from kit.reports.page.svg import COLOURS, FIRST, NARROW, SECOND, THIRD, drawing

_MOST_TRIALS = 200


def history(facts: StudyFacts) -> Section:
    """Every trial's score, and the best so far."""
    trials, finished, best = facts.trials, facts.finished, facts.best
    counts = trials["state"].value_counts()
    pruned, failed = (list(trials.loc[trials["state"] == state, "trial"]) for state in ("pruned", "fail"))
    so_far = finished["score"].cummax() if facts.greater_is_better else finished["score"].cummin()
    with drawing(NARROW, 3.2) as made:
        [axes] = made.axes()
        axes.plot(finished["trial"], finished["score"], "o", markersize=4, color=FIRST, label="finished")
        axes.step(finished["trial"], so_far, where="post", color=SECOND, label="best so far")
        axes.plot(best["trial"], best["score"], "*", color=SECOND, markersize=12, label="best")
        if facts.start is not None:
            axes.axhline(facts.start["score"], color=COLOURS["floor"], linestyle=":", label="start")
        low, high = _shown_range(facts)
        margin = 0.08 * (high - low or 1.0)
        axes.set_ylim(low - margin, high + margin)
        for numbers, marker, label, colour in ((pruned, "|", "pruned", THIRD), (failed, "x", "failed", "#cc79a7")):
            if numbers:
                axes.plot(
                    numbers,
                    [0.02] * len(numbers),
                    marker,
                    color=colour,
                    transform=axes.get_xaxis_transform(),
                    label=label,
                )
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("trial")
        axes.set_ylabel(facts.axis)
        made.figure.legend(loc="outside upper center", ncols=3)
    outside = int(((finished["score"] < low - margin) | (finished["score"] > high + margin)).sum())
    after = len(trials) - 1 - int(best["trial"])
    title = f"The best came in trial {best['trial']} of {len(trials)}"
    title += f"; {after} after it brought nothing better" if after else ": more trials may bring more"
    table = _in_order(facts, trials)
    told = ", ".join(f"{count} {_STATES.get(str(state), str(state))}" for state, count in counts.items())
    hidden = f" {outside} of the worst lie outside of the figure." if outside else ""
    many = "" if len(table) <= _MOST_TRIALS else f" (the best {_MOST_TRIALS})"
    return Section(
        key="history",
        title=title,
        text=f"{told}.{' ' + _PRUNED if pruned else ''}{hidden}",
        figure=made.svg,
        description=f"{facts.metric_name} of every trial, and the best so far",
        tables={f"Trials{many}": table.head(_MOST_TRIALS)},
    )


_STATES = {"complete": "finished", "fail": "failed"}
_PRUNED = "A pruned trial was stopped after some folds, as blocks of their rows agreed that it is worse than the best."


def _shown_range(facts: StudyFacts) -> tuple[float, float]:
    """Return from where to where scores are drawn: the best nine tenths, and the start."""
    scores = facts.finished["score"].to_numpy()
    worst = float(np.quantile(scores, 0.1 if facts.greater_is_better else 0.9))
    ends = [worst, float(facts.best["score"]), float(scores.max() if facts.greater_is_better else scores.min())]
    ends += [] if facts.start is None else [float(facts.start["score"])]
    return min(ends), max(ends)


def _in_order(facts: StudyFacts, trials: pd.DataFrame) -> pd.DataFrame:
    """Return trials, the best first, as people read them: score, values by their short names, folds, costs."""
    names = dict(zip([one.name for one in facts.searched], short_names(facts.searched), strict=True))
    folds = [name for name in map(str, trials.columns) if name.startswith("fold ")]
    shown = ["trial", "state", "score", *names, *folds, "reduced", "cpu_s", "wall_s", "error"]
    table = trials[[name for name in shown if name in trials]].rename(columns=names)
    table = table.sort_values("score", ascending=not facts.greater_is_better, kind="stable")
    return table.loc[:, [name for name in table if table[name].notna().any() and (table[name] != "").any()]]


def by_fold(facts: StudyFacts) -> Section | None:
    """The folds' scores of the best values and of the start."""
    folds = [name for name in map(str, facts.trials.columns) if name.startswith("fold ")]
    if len(folds) < 2:
        return None
    names = [fold.removeprefix("fold ") for fold in folds]
    columns = {"best": facts.best_line[folds].to_numpy(np.float64)}
    if facts.start is not None and facts.best["trial"] != facts.start["trial"]:
        columns["start"] = facts.start[folds].to_numpy(np.float64)
    columns["median of all"] = facts.finished[folds].median().to_numpy(np.float64)
    table = pd.DataFrame({"fold": names} | columns)
    with drawing(NARROW, 1.2 + 0.3 * len(table)) as made:
        [axes] = made.axes()
        colours = {"best": SECOND, "start": FIRST, "median of all": COLOURS["floor"]}
        shown = dict(reversed(columns.items()))
        dots(axes, names, shown, [colours[name] for name in shown])
        axes.set_xlabel(facts.axis)
        made.figure.legend(loc="outside upper center", ncols=3)
    other = "start" if "start" in columns else "median of all"
    better = [
        name for name, one, two in zip(names, columns["best"], columns[other], strict=True) if facts.gain(one, two) > 0
    ]
    whose = "the start" if other == "start" else "the median trial"
    title = f"The best values are better than {whose} in {len(better)} of {len(folds)} folds"
    return Section(
        key="folds",
        title=title,
        text="A gain in one fold alone is rather luck than knowledge.",
        figure=made.svg,
        description=f"{facts.metric_name} by fold of the best values and of the start",
        tables={"By fold": table},
    )


def failures(facts: StudyFacts) -> Section | None:
    """What went wrong in trials."""
    failed = facts.trials[facts.trials["state"] == "fail"]
    if failed.empty:
        return None
    why = failed.groupby("error", sort=False)["trial"].agg(["size", "min"]).reset_index()
    why.columns = ["error", "trials", "first"]
    why["error"] = [" ".join(text.split())[:200] for text in why["error"].astype(str)]
    return Section(
        key="failures",
        title=f"{len(failed)} of {len(facts.trials)} trials failed, of {len(why)} causes",
        text="What no values of the search should be able to do: narrow the search where it fails.",
        tables={"Causes": why[["trials", "first", "error"]].sort_values("trials", ascending=False)},
    )


def pareto(facts: StudyFacts) -> Section | None:
    """Score against CPU seconds, where both were searched for."""
    file = facts.path / "pareto.csv"
    if facts.best["objective"] != "pareto" or not file.is_file():
        return None
    front, finished = pd.read_csv(file), facts.finished
    with drawing(NARROW, 3.2) as made:
        [axes] = made.axes()
        axes.plot(finished["cpu_s"], finished["score"], "o", markersize=4, color=FIRST, label="finished")
        axes.plot(front["cpu_s"], front["score"], "o-", color=SECOND, label="not beaten in both")
        logarithmic(axes)
        axes.set_xlabel("CPU seconds of the fits")
        axes.set_ylabel(facts.axis)
        made.figure.legend(loc="outside upper center", ncols=2)
    first, last = front.iloc[0], front.iloc[-1]
    title = f"{len(front)} trials are not beaten in both score and time"
    if len(front) > 1:
        title += (
            f": from {format_number(first['score'])} in {first['cpu_s']:.3g} s "
            f"to {format_number(last['score'])} in {last['cpu_s']:.3g} s"
        )
    return Section(
        key="pareto",
        title=title,
        figure=made.svg,
        description="Score against CPU seconds of every finished trial",
        tables={"Trials that no other beats in both": _in_order(facts, front)},
    )
