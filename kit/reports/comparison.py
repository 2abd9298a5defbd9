"""Tables of several recipes that were validated on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.metrics.seeded_bootstrap import Difference, seeded_difference, seeded_interval
from kit.reports.markdown import markdown_table

RECIPE = "recipe"
"""The kind of a member that is a recipe, beside floors and ceilings."""

ORDER = ("floor", RECIPE, "ceiling")
"""The order of the kinds of members in a table."""

BETTER, WORSE, OPEN = "better", "worse", "not decided"
"""What an interval of a difference says: on one side of 0, on the other, or on both."""

_MIB = 2**20


@dataclass(frozen=True)
class Tables:
    """The tables of a comparison, as numbers.

    Attributes:
        overall: One line a member: ``member, kind``, the competition's metric with the interval ``low, high`` and,
            with several seeds, ``seeds_sd``; the other metrics; ``test_<metric>`` where a truth is known; ``fits,
            cpu_s, wall_s, peak_bytes`` of one run (means over seeds; the largest peak); ``failed``, why it failed.
        by_group: One line a member and group: ``member, kind, group, rows`` and every metric.
        differences: One line a recipe but the one compared with: ``member, against, difference, low, high, verdict``.
    """

    overall: pd.DataFrame
    by_group: pd.DataFrame
    differences: pd.DataFrame


def make_tables(
    rows: pd.DataFrame,
    runs: pd.DataFrame,
    failures: Mapping[str, str],
    metrics: list[str],
    test: pd.DataFrame | None = None,
    against: Literal["first", "best"] = "first",
    greater_is_better: bool = False,
) -> Tables:
    """Make the tables of a comparison.

    Args:
        rows: Scores by row and seed, as `kit.comparing.comparison.Comparison` has them.
        runs: What the runs cost, as there.
        failures: Why recipes failed, by name.
        metrics: The metrics' columns; the first is the competition's.
        test: Scores on rows whose truth is known, like ``rows``.
        against: What recipes are compared with: the first one that finished, or the best.
        greater_is_better: The direction of the first metric.
    """
    failed = pd.DataFrame([{"member": name, "kind": RECIPE, "failed": why} for name, why in failures.items()])
    if rows.empty:
        return Tables(failed, pd.DataFrame(), pd.DataFrame())
    lines = [
        {"member": member, "kind": kind} | _line(mine, metrics)
        for kind in ORDER
        for member, mine in rows[rows["kind"] == kind].groupby("member", sort=False)
    ]
    overall = pd.DataFrame(lines)
    if test is not None and not test.empty:
        means = _means(test, ["member", "kind"], metrics)
        overall = overall.merge(means.rename(columns={name: f"test_{name}" for name in metrics}), how="left")
    overall = overall.merge(_costs(runs), how="left", on=["member", "kind"])
    if failures:
        overall = pd.concat([overall.assign(failed=""), failed], ignore_index=True)
        overall = _in_order(overall)
    by_group = _means(rows, ["member", "kind", "group"], metrics)
    first = rows[(rows["member"] == rows["member"].iloc[0]) & (rows["kind"] == rows["kind"].iloc[0])]
    counts = first[first["seed"] == first["seed"].min()].groupby("group").size()
    by_group.insert(3, "rows", by_group["group"].map(counts).fillna(0).astype(int))
    return Tables(overall, by_group, _differences(rows, overall, metrics[0], against, greater_is_better))


def difference(a: pd.DataFrame, b: pd.DataFrame, metric: str) -> Difference:
    """Return the mean of a − b over rows and seeds, with its 95 % bootstrap interval over compounds and seeds.

    Args:
        a: Scores by row and seed of one member.
        b: Those of the other, on the same rows.
        metric: The column compared.
    """
    keys = ["seed", "fold", "row"]
    both = a.merge(b[[*keys, metric]], on=keys, validate="one_to_one", suffixes=("", "_of_b"))
    values, weights, clusters = _crossed(both.assign(**{metric: both[metric] - both[f"{metric}_of_b"]}), metric)
    return seeded_difference(values, np.zeros_like(values), weights, groups=clusters)


def verdict(found: Difference, greater_is_better: bool = False) -> str:
    """Return what a difference of a − b says of a: `BETTER`, `WORSE` or `OPEN`."""
    if found.low > 0 or found.high < 0:
        return BETTER if (found.low > 0) == greater_is_better else WORSE
    return OPEN


def shown(overall: pd.DataFrame) -> pd.DataFrame:
    """Return the overall table as people read it: fewer columns, seconds and MiB without digits that mean nothing."""
    tests = [name for name in map(str, overall.columns) if name.startswith("test_")]
    hidden = [name for name in tests[1:] if name != "test_pearson"]
    table = overall.drop(columns=hidden).rename(
        columns={"cpu_s": "CPU s", "wall_s": "wall s", "peak_bytes": "peak MiB"}
    )
    formats = {"fits": "{:.0f}", "CPU s": "{:.1f}", "wall s": "{:.1f}", "peak MiB": "{:.0f}"}
    recipes = table["kind"] == RECIPE
    for name, form in formats.items():
        if name in table:
            numbers = table[name] / _MIB if name == "peak MiB" else table[name]
            texts = [form.format(number) if number == number else "–" for number in numbers]
            table[name] = np.where(recipes, texts, "")
    return table


def group_columns(by_group: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return one line a member and one column a group, named with its number of rows: ``"NK cells (122)"``."""
    if by_group.empty:
        return by_group
    members = by_group[["kind", "member"]].drop_duplicates()
    wide = by_group.assign(column=[f"{g} ({n})" for g, n in zip(by_group["group"], by_group["rows"], strict=True)])
    wide = wide.pivot(index=["kind", "member"], columns="column", values=metric)
    wide.columns.name = None
    table = members.merge(wide.reset_index(), on=["kind", "member"])[["member", "kind", *wide.columns]]
    return _in_order(table)


def titles(metric: str, n_seeds: int, drawn: str, truth: str | None = None) -> dict[str, str]:
    """Return the titles of the tables ``overall``, ``by_group`` and ``differences``, and the note about ``test``.

    Args:
        metric: The competition's metric.
        n_seeds: The number of seeds.
        drawn: What intervals draw: the column of compounds, or "row".
        truth: What ``test_`` columns were scored against, if there are any.
    """
    over = f"95 % intervals by {drawn}"
    if n_seeds > 1:
        over = f"means of {n_seeds} seeds, {over} and seed"
    found = {
        "overall": f"Cross-validation on the same folds ({over}; fits and costs of one run)",
        "by_group": f"{metric} by group (validated rows)",
        "differences": f"Differences in {metric}, row by row ({over})",
    }
    if truth is not None:
        found["test"] = f"test_…: against {truth}; for information only, nothing was fitted, chosen or stopped on it"
    return found


def document(tables: Tables, metric: str, heads: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """Return the whole comparison as a Markdown text.

    Args:
        tables: The tables.
        metric: The competition's metric.
        heads: What `titles` returned.
        facts: What stands in the head, by its name: command, machine, date, versions.
    """
    parts = ["# Comparison", "\n".join(f"* {name}: {fact}" for name, fact in facts.items())]
    parts += [f"## {heads['overall']}", markdown_table(shown(tables.overall))]
    if "test" in heads:
        parts.append(heads["test"])
    if not tables.by_group.empty:
        parts += [f"## {heads['by_group']}", markdown_table(group_columns(tables.by_group, metric))]
    if not tables.differences.empty:
        parts += [f"## {heads['differences']}", markdown_table(tables.differences)]
    return "\n\n".join(parts) + "\n"


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("kind", key=lambda kinds: kinds.map(ORDER.index), kind="stable", ignore_index=True)


def _line(mine: pd.DataFrame, metrics: list[str]) -> dict[str, float]:
    """Return a member's scores: means over seeds of the weighted means over rows."""
    first = metrics[0]
    of_seeds = _of_seeds(mine, metrics)
    values, weights, clusters = _crossed(mine, first)
    interval = seeded_interval(values, weights, groups=clusters)
    line = {first: float(of_seeds[first].mean()), "low": interval.low, "high": interval.high}
    if len(of_seeds) > 1:
        line["seeds_sd"] = float(of_seeds[first].std(ddof=1))
    return line | {name: float(of_seeds[name].mean()) for name in metrics[1:]}


def _of_seeds(rows: pd.DataFrame, metrics: list[str], by: tuple[str, ...] = ("seed",)) -> pd.DataFrame:
    weighted = rows[metrics].mul(rows["weight"], axis=0).join(rows[[*by, "weight"]])
    sums = weighted.groupby(list(by), sort=False)[[*metrics, "weight"]].sum()
    return sums[metrics].div(sums["weight"], axis=0)


def _means(rows: pd.DataFrame, by: list[str], metrics: list[str]) -> pd.DataFrame:
    """Return means over seeds of the weighted means over rows, a line for each value of the columns ``by``."""
    return _of_seeds(rows, metrics, (*by, "seed")).groupby(level=by, sort=False).mean().reset_index()


def _crossed(rows: pd.DataFrame, metric: str) -> tuple[Doubles, Doubles, np.ndarray]:
    """Return (n_seeds, n_rows) values and weights, every seed's weights with the sum 1, and (n_rows,) clusters."""
    weighted = rows[["seed", "row", "weight"]].assign(value=rows[metric] * rows["weight"])
    sums = weighted.groupby(["seed", "row"])[["value", "weight"]].sum()
    weights = sums["weight"].unstack("row").fillna(0.0)
    values = (sums["value"] / sums["weight"]).unstack("row").fillna(0.0)
    clusters = rows.drop_duplicates("row").set_index("row")["cluster"].loc[values.columns]
    shares = weights.div(weights.sum(axis=1), axis=0)
    return values.to_numpy(np.float64), shares.to_numpy(np.float64), clusters.to_numpy()


def _costs(runs: pd.DataFrame) -> pd.DataFrame:
    grouped = runs.groupby("member", sort=False)
    means = grouped[["fits", "cpu_s", "wall_s"]].mean()
    return means.assign(peak_bytes=grouped["peak_bytes"].max(), kind=RECIPE).reset_index()


def _differences(
    rows: pd.DataFrame, overall: pd.DataFrame, metric: str, against: str, greater_is_better: bool
) -> pd.DataFrame:
    recipes = rows[rows["kind"] == RECIPE]
    of_members = {str(member): mine for member, mine in recipes.groupby("member", sort=False)}
    reference = next(iter(of_members))
    if against == "best":
        scores = overall[overall["kind"] == RECIPE].dropna(subset=[metric]).set_index("member")[metric]
        reference = str(scores.idxmax() if greater_is_better else scores.idxmin())
    lines = []
    for member, mine in of_members.items():
        if member != reference:
            found = difference(mine, of_members[reference], metric)
            values = {"difference": found.mean, "low": found.low, "high": found.high}
            lines.append(
                {"member": member, "against": reference} | values | {"verdict": verdict(found, greater_is_better)}
            )
    return pd.DataFrame(lines)
