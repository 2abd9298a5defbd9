"""Sections about models: what each adds to the blend, how they were learnt, what they cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.config.checks.references.stages import LAST_STAGE
from kit.digits import format_number
from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.charts import matrix, short
from kit.reports.page.svg import COLOURS, FIRST, SECOND, drawing

_CURVES = 7
"""Models whose learning curves one figure shows."""

_ENDS = 12
"""Of more than twice as many models a figure shows so many at either end."""


def contributions(facts: RunFacts) -> Section | None:
    """What the blend loses without each member, and how alike their errors are."""
    whole = facts.contributions
    if whole is None:
        return None
    last = whole if "stage" not in whole else whole[whole["stage"] == LAST_STAGE]
    if len(last) < 2:
        return None
    table = last.sort_values("loss", ascending=False, kind="stable", ignore_index=True)
    shown = table if len(table) <= 2 * _ENDS else pd.concat([table.head(_ENDS), table.tail(_ENDS)])
    file = facts.path / "correlations.csv"
    alike = pd.read_csv(file, index_col=0) if file.is_file() else None
    with drawing(height=max(2.8, 1.3 + 0.27 * len(shown))) as made:
        left, *right = made.axes(1 if alike is None else 2)
        places = np.arange(len(shown))[::-1]
        left.barh(places, shown["loss"], color=[COLOURS["blend"] if loss < 0 else FIRST for loss in shown["loss"]])
        left.axvline(0, color="#8c8c8c", linewidth=1)
        names = zip(shown["member"], shown["weight"], strict=True)
        left.set_yticks(places, [f"{short(name, 18)} ({weight:.2f})" for name, weight in names])
        left.locator_params(axis="x", nbins=3)
        left.set_xlabel(f"{facts.metric_name} lost without it")
        if alike is not None:
            [axes] = right
            made.figures[1].set_figheight(3.2)
            matrix(made.figures[1], axes, alike.to_numpy(), list(alike), "correlation of errors")
    worse = int((table["loss"] < 0).sum())
    without = f"; the blend is better without {_listed(list(table['member'][::-1][:worse]))}" if worse else ""
    left_out = f" Of {len(table)} members {len(shown)} are shown." if len(shown) < len(table) else ""
    return Section(
        key="members",
        title=f"{table['member'][0]} adds most to the blend: without it {format_number(table['loss'][0])} worse"
        f"{without}",
        text="A member helps where it is good, and where its errors are not those of the others. In brackets its "
        f"weight.{left_out}",
        figure=made.svg,
        description="Loss of the blend without each member, and correlations of their errors",
        tables={"Contributions": whole},
    )


def _listed(names: list[str]) -> str:
    """Return names one after another, of many the first and how many there are."""
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others, each for itself"


def learning_curves(facts: RunFacts) -> Section | None:
    """The training loss of networks by epoch."""
    tasks = facts.tasks
    curves: dict[str, list[list[float]]] = {}
    kept: dict[str, list[int]] = {}
    for task in tasks.to_dict("records"):
        report = task["report"].get("model", {})
        if report.get("losses"):
            name = task["model"] if tasks["stage"].nunique() == 1 else f"{task['stage']}: {task['model']}"
            curves.setdefault(name, []).append(report["losses"])
            kept.setdefault(name, []).append(report.get("best_epoch", len(report["losses"])))
    if not curves:
        return None
    with drawing(height=3.8) as made:
        [axes] = made.axes()
        for name, losses in list(curves.items())[:_CURVES]:
            longest = max(map(len, losses))
            # Losses of different kinds have different units; their course can be compared.
            shares = [np.array(own) / (own[0] or 1) for own in losses]
            table = np.array([[*own, *[np.nan] * (longest - len(own))] for own in shares], dtype=np.float64)
            epochs = np.arange(1, longest + 1)
            [line] = axes.plot(epochs, np.nanmean(table, axis=0), label=short(name, 18))
            axes.fill_between(epochs, np.nanmin(table, 0), np.nanmax(table, 0), color=line.get_color(), alpha=0.15)
        axes.set_xlabel("epoch")
        axes.set_ylabel("training loss, share of the first epoch's (mean and range of fits)")
        axes.locator_params(axis="x", integer=True)
        made.figure.legend(loc="outside upper center", ncols=2)
    falls = {name: 1 - np.mean([own[-1] / own[0] for own in losses if own[0]]) for name, losses in curves.items()}
    name = max(falls, key=lambda one: falls[one])
    trained = pd.DataFrame(
        {
            "model": list(curves),
            "fits": [len(losses) for losses in curves.values()],
            "epochs": [float(np.mean([len(own) for own in losses])) for losses in curves.values()],
            "epoch_kept": [float(np.mean(epochs)) for epochs in kept.values()],
            "loss_fell": list(falls.values()),
        }
    )
    return Section(
        key="curves",
        title=f"The training loss of {name} falls by {falls[name]:.0%}",
        text=f"Of {len(curves)} networks the first {_CURVES} are drawn." if len(curves) > _CURVES else "",
        figure=made.svg,
        description="Training loss by epoch of every network",
        tables={"Training": trained},
    )


def costs(facts: RunFacts) -> Section | None:
    """Time and memory of the fits by stage and model."""
    tasks = facts.tasks
    if tasks.empty:
        return None
    grouped = tasks.groupby(["stage", "model"], sort=False)
    table = grouped.agg(
        fits=("cpu_s", "size"), cpu_s=("cpu_s", "sum"), wall_s=("wall_s", "sum"), peak_mib=("peak_mib", "max")
    ).reset_index()
    several = table["stage"].nunique() > 1
    table["peak_mib"] = table["peak_mib"].round().astype(int)
    table["name"] = table["stage"] + ": " + table["model"] if several else table["model"]
    total, memory = float(table["cpu_s"].sum()), table["peak_mib"].max()
    ordered = table.sort_values("cpu_s", ascending=False, kind="stable")
    shown, most = ordered.head(_ENDS), ordered.iloc[0]
    with drawing(height=1.0 + 0.28 * len(shown)) as made:
        places = np.arange(len(shown))[::-1]
        named = [short(name, 22) for name in shown["name"]]
        what = {"cpu_s": ("CPU seconds of all fits", FIRST), "peak_mib": ("peak memory of a worker, MiB", SECOND)}
        for axes, (column, (label, colour)) in zip(made.axes(2), what.items(), strict=True):
            axes.barh(places, shown[column], color=colour)
            axes.set_yticks(places, named)
            axes.locator_params(axis="x", nbins=4)
            axes.set_xlabel(label)
    tables = {"By model": table.drop(columns="name")}
    title = f"{len(tasks)} fits took {seconds(total)} of CPU time, "
    share = most["cpu_s"] / total if total else 0.0
    if several:
        stages = table.groupby("stage", sort=False)
        tables = {
            "By stage": stages.agg(
                fits=("fits", "sum"), cpu_s=("cpu_s", "sum"), wall_s=("wall_s", "sum"), peak_mib=("peak_mib", "max")
            ).reset_index()
        } | tables
        of_stages = stages["cpu_s"].sum()
        title += f"{of_stages.max() / total if total else 0:.0%} of it the stage {of_stages.idxmax()}"
    else:
        title += f"{share:.0%} of it {most['model']}"
    left_out = (
        f"Of {len(table)} models the figure shows the {len(shown)} that took longest. "
        if len(shown) < len(table)
        else ""
    )
    return Section(
        key="costs",
        title=f"{title}; a worker needed {memory:.0f} MiB at most",
        text=f"{left_out}Fits that another run had done already count as they did there; joining and scoring do not "
        "count.",
        figure=made.svg,
        description="CPU seconds and peak memory by model",
        tables=tables,
    )


def seconds(value: float) -> str:
    """Return a time in words."""
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"
