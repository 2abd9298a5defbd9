"""Sections about models: what each adds to the blend, how they were learnt, what they cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.digits import format_number
from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.svg import COLOURS, DIVERGING, FIRST, SECOND, drawing


def contributions(facts: RunFacts) -> Section | None:
    """What the blend loses without each member, and how alike their errors are."""
    table = facts.contributions
    if table is None or len(table) < 2:
        return None
    file = facts.path / "correlations.csv"
    alike = pd.read_csv(file, index_col=0) if file.is_file() else None
    most = table.iloc[int(table["loss"].to_numpy().argmax())]
    idle = list(table.loc[table["loss"] < 0, "member"])
    better = f"; the blend is better without {', '.join(idle)}" if idle else ""
    with drawing(height=max(2.4, 1.2 + 0.3 * len(table))) as made:
        left, *right = made.axes(1 if alike is None else 2)
        places = np.arange(len(table))[::-1]
        left.barh(places, table["loss"], color=[COLOURS["blend"] if loss < 0 else FIRST for loss in table["loss"]])
        left.axvline(0, color="#8c8c8c", linewidth=1)
        labels = [f"{name} ({weight:.2f})" for name, weight in zip(table["member"], table["weight"], strict=True)]
        left.set_yticks(places, labels)
        left.locator_params(axis="x", nbins=4)
        left.set_xlabel(f"{facts.metric_name} lost without it (weight in brackets)")
        if alike is not None:
            [axes] = right
            image = axes.imshow(alike.to_numpy(), vmin=-1, vmax=1, cmap=DIVERGING)
            axes.set_xticks(range(len(alike)), alike.columns, rotation=45, ha="right")
            axes.set_yticks(range(len(alike)), alike.index)
            made.figure.colorbar(image, ax=axes)
            axes.set_title("correlation of errors")
    return Section(
        key="members",
        title=f"{most['member']} adds most to the blend: without it {format_number(most['loss'])} worse{better}",
        text="A member helps where it is good, and where its errors are not those of the others.",
        figure=made.svg,
        description="Loss of the blend without each member, and correlations of their errors",
        tables={"Contributions": table},
    )


def learning_curves(facts: RunFacts) -> Section | None:
    """The training loss of networks by epoch."""
    tasks = facts.tasks
    curves: dict[str, list[list[float]]] = {}
    kept: dict[str, list[int]] = {}
    for task in tasks.to_dict("records"):
        report = task["report"].get("model", {})
        if report.get("losses"):
            name = task["model"] if tasks["stage"].nunique() == 1 else f"{task['stage']} {task['model']}"
            curves.setdefault(name, []).append(report["losses"])
            kept.setdefault(name, []).append(report.get("best_epoch", len(report["losses"])))
    if not curves:
        return None
    with drawing(height=2.8) as made:
        [axes] = made.axes()
        for number, (name, losses) in enumerate(list(curves.items())[:8]):
            longest = max(map(len, losses))
            table = np.array([[*own, *[np.nan] * (longest - len(own))] for own in losses], dtype=np.float64)
            epochs = np.arange(1, longest + 1)
            axes.plot(epochs, np.nanmean(table, axis=0), color=f"C{number}", label=name)
            axes.fill_between(epochs, np.nanmin(table, 0), np.nanmax(table, 0), color=f"C{number}", alpha=0.15)
        axes.set_xlabel("epoch")
        axes.set_ylabel("training loss, mean and range of fits")
        axes.legend()
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
    total, memory = table["cpu_s"].sum(), table["peak_mib"].max()
    most = table.loc[table["cpu_s"].idxmax()]
    share = most["cpu_s"] / total if total else 0.0
    with drawing(height=1.0 + 0.28 * len(table)) as made:
        left, right = made.axes(2)
        places = np.arange(len(table))[::-1]
        names = table["model"] if table["stage"].nunique() == 1 else table["stage"] + " " + table["model"]
        left.barh(places, table["cpu_s"], color=FIRST)
        left.set_yticks(places, names)
        left.set_xlabel("CPU seconds of all fits")
        right.barh(places, table["peak_mib"], color=SECOND)
        right.set_yticks(places, [""] * len(table))
        right.set_xlabel("peak memory of a worker, MiB")
    return Section(
        key="costs",
        title=f"{len(tasks)} fits took {total:.0f} CPU seconds, {share:.0%} of them {most['model']}; a worker needed "
        f"{memory:.0f} MiB at most",
        figure=made.svg,
        description="CPU seconds and peak memory by model",
        tables={"Fits": table},
    )
