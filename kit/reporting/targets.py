"""Sections about single values: predicted against measured, and which targets carry the error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.reporting.facts import MOST_CELLS, RunFacts
from kit.reports.page import Section
from kit.reports.page.svg import FIRST, SECOND, SEQUENTIAL, drawing

_SHOWN = 12
_SAMPLED_ROWS = 4096


def predicted_and_measured(facts: RunFacts) -> Section | None:
    """Every predicted value against the measured one, as a density."""
    if facts.measured is None:
        return None
    rows, G = facts.oof_rows["row"].to_numpy(), len(facts.measured.targets)
    rng = np.random.default_rng(0)
    # Few of many rows, of which many values: a row is read whole.
    n_rows = min(len(rows), max(_SAMPLED_ROWS, MOST_CELLS // G))
    columns = np.sort(rng.choice(G, min(G, max(1, MOST_CELLS // max(n_rows, 1))), replace=False))
    entries = np.sort(rng.choice(len(rows), n_rows, replace=False))
    measured = np.asarray(facts.measured.Y[rows[entries]][:, columns], dtype=np.float64).ravel()
    predicted = np.asarray(facts.predictions[entries][:, columns], dtype=np.float64).ravel()
    known = np.isfinite(measured)
    measured, predicted = measured[known], predicted[known]
    if measured.std() == 0 or predicted.std() == 0:
        return None
    spread = predicted.std() / measured.std()
    correlation = float(np.corrcoef(measured, predicted)[0, 1])
    low, high = (float(np.quantile(measured, q)) for q in (0.0005, 0.9995))
    with drawing(height=4.2) as made:
        [axes] = made.axes()
        drawn = axes.hexbin(
            measured, predicted, gridsize=45, bins="log", mincnt=1, cmap=SEQUENTIAL, extent=(low, high, low, high)
        )
        axes.plot([low, high], [low, high], "--", color=SECOND, linewidth=1)
        axes.set_xlabel("measured")
        axes.set_ylabel("predicted, out of fold")
        made.figure.colorbar(drawn, ax=axes, label="number of values")
    sample = "" if len(columns) == G and len(entries) == len(rows) else f" Of a sample of {len(measured):,} values."
    return Section(
        key="values",
        title=f"Predictions spread {spread:.0%} as far as measurements; their correlation is {correlation:.2f}",
        text=f"A prediction that knows little stays near the middle; the dashed line is a perfect one.{sample}",
        figure=made.svg,
        description="Density of predicted against measured values",
    )


def by_target(facts: RunFacts) -> Section | None:
    """The error of every target, and how many targets carry half of it."""
    if facts.measured is None:
        return None
    error, measured = _mean_squares(facts)
    order = np.argsort(error)[::-1]
    share = np.cumsum(error[order]) / max(error.sum(), np.finfo(float).tiny)
    half = int(np.searchsorted(share, 0.5)) + 1
    explained = 1 - error / np.where(measured > 0, measured, np.nan)
    table = pd.DataFrame(
        {
            "target": np.asarray(facts.measured.targets)[order],
            "rmse": np.sqrt(error[order]),
            "rms_measured": np.sqrt(measured[order]),
            "explained": explained[order],
        }
    )
    with drawing(height=2.6) as made:
        left, right = made.axes(2)
        left.plot(np.arange(1, len(share) + 1) / len(share), share, color=FIRST)
        left.plot([0, 1], [0, 1], "--", linewidth=1, color="#8c8c8c")
        left.set_xlabel("share of targets, worst first")
        left.set_ylabel("share of the squared error")
        bins = min(40, max(6, len(error) // 4))
        right.hist(np.clip(explained[np.isfinite(explained)], -1, 1), bins=bins, color=FIRST, alpha=0.8)
        right.axvline(0, color=SECOND, linewidth=1)
        right.set_xlabel("share of a target's square that is explained")
        right.set_ylabel("targets")
    negative = float(np.mean(explained[np.isfinite(explained)] < 0))
    return Section(
        key="targets",
        title=f"{half:,} of {len(error):,} targets carry half of the squared error; {negative:.0%} are predicted worse "
        "than by zeros",
        text="Explained is 1 − squared error / squared measurement over validated rows; below 0 zeros were better.",
        figure=made.svg,
        description="Concentration of the error over targets, and what is explained of each",
        tables={"The targets with the largest errors": table.head(_SHOWN), "The best explained": _best(table)}
        if len(table) > 2 * _SHOWN
        else {"The targets": table},
    )


def _best(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("explained", ascending=False, kind="stable").head(_SHOWN)


def _mean_squares(facts: RunFacts) -> tuple[Doubles, Doubles]:
    """Return (n_targets,) mean squared errors and mean squared measurements over validated rows."""
    assert facts.tables is not None
    rows = facts.oof_rows["row"].to_numpy()
    sums = np.zeros((3, len(facts.tables.targets)))
    for start in range(0, len(rows), 256):
        part = slice(start, start + 256)
        measured = np.asarray(facts.tables.Y[rows[part]], dtype=np.float64)
        known = np.isfinite(measured)
        measured = np.where(known, measured, 0)
        error = np.where(known, measured - facts.predictions[part], 0)
        sums += [(error**2).sum(axis=0), (measured**2).sum(axis=0), known.sum(axis=0)]
    counts = np.maximum(sums[2], 1)
    return sums[0] / counts, sums[1] / counts
