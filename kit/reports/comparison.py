"""Tables of several recipes that were validated on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from kit.metrics.scores import Difference, Scores
from kit.reports.agreement import agreement
from kit.reports.leaderboard import in_order, with_intervals
from kit.reports.markdown import markdown_table

RECIPE = "recipe"
"""The kind of a member that is a recipe, beside floors and ceilings."""

BETTER, WORSE, OPEN = "better", "worse", "not decided"
"""What an interval of a difference says: on one side of 0, on the other, or on both."""

ABOUT = "comparison.json"
"""The file in a comparison's folder that says how it was made, and which tables belong to it."""

_MIB = 2**20


@dataclass(frozen=True)
class Tables:
    """The tables of a comparison, as numbers.

    Attributes:
        overall: One line a member: ``member, kind``, the competition's metric with the interval ``low, high`` and,
            with several seeds, ``seeds_sd``; ``all_rows``, what is expected of a fit on all rows, where that is known;
            the other metrics; ``test_<metric>`` where a truth is known; ``fits, cpu_s, wall_s, peak_bytes`` of one run
            (means over seeds; the largest peak); ``failed``, why it failed.
        by_group: One line a member and group: ``member, kind, group, rows`` and every metric.
        differences: One line a recipe but the one compared with: ``member, against, difference, low, high, verdict``.
        agreement: What `kit.reports.agreement.agreement` returns, where a truth is known.
        calibrated: The field's metrics of every recipe between floor and ceiling, where that was asked for.
    """

    overall: pd.DataFrame
    by_group: pd.DataFrame
    differences: pd.DataFrame
    agreement: pd.DataFrame = field(default_factory=pd.DataFrame)
    calibrated: pd.DataFrame = field(default_factory=pd.DataFrame)


def make_tables(
    scores: Scores | None,
    runs: pd.DataFrame,
    failures: Mapping[str, str],
    test: Scores | None = None,
    against: Literal["first", "best"] = "first",
    expected: Mapping[str, float] = MappingProxyType({}),
    calibrated: pd.DataFrame | None = None,
) -> Tables:
    """Make the tables of a comparison.

    Args:
        scores: Scores by seed, as `kit.comparing.comparison.Comparison` has them; None where every recipe failed.
        runs: What the runs cost, as there.
        failures: Why recipes failed, by name.
        test: Scores on rows whose truth is known, like ``scores``.
        against: What recipes are compared with: the first one that finished, or the best.
        expected: What is expected of each recipe fitted on all rows, by its name.
        calibrated: What `kit.training.scoring.calibration.calibrated_runs` returned.
    """
    failed = pd.DataFrame([{"member": name, "kind": RECIPE, "failed": why} for name, why in failures.items()])
    if scores is None:
        return Tables(failed, pd.DataFrame(), pd.DataFrame())
    rows = scores.rows
    overall = _overall(scores)
    if expected:
        of_member = overall["member"].where(overall["kind"] == RECIPE).map(expected)
        overall.insert(list(overall.columns).index("high") + 1, "all_rows", of_member)
    if test is not None:
        means = _over_seeds(test.means("member", "kind", "seed"))
        overall = overall.merge(means.rename(columns={name: f"test_{name}" for name in test.names}), how="left")
    overall = overall.merge(_costs(runs), how="left", on=["member", "kind"])
    if failures:
        overall = pd.concat([overall.assign(failed=""), failed], ignore_index=True)
        overall = in_order(overall)
    by_group = _over_seeds(scores.means("member", "kind", "group", "seed"))
    first = rows[(rows["member"] == rows["member"].iloc[0]) & (rows["kind"] == rows["kind"].iloc[0])]
    counts = first[first["seed"] == first["seed"].min()].groupby("group").size()
    by_group.insert(3, "rows", by_group["group"].map(counts).fillna(0).astype(int))
    agrees = pd.DataFrame()
    if test is not None:
        agrees = agreement(scores.where(kind=RECIPE), test.where(kind=RECIPE), expected)
    between = pd.DataFrame() if calibrated is None else calibrated
    return Tables(overall, by_group, _differences(scores, overall, against), agrees, between)


def verdict(found: Difference, greater_is_better: bool = False) -> str:
    """Return the verdict on a from the difference a − b: `BETTER`, `WORSE` or `OPEN`."""
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
    return in_order(table)


def calibrated_columns(calibrated: pd.DataFrame) -> pd.DataFrame:
    """Return one line a recipe and one column a metric, its calibrated score; last, the metrics' dynamic ranges."""
    if calibrated.empty:
        return calibrated
    order = calibrated["metric"].unique()
    table = calibrated.pivot(index="member", columns="metric", values="calibrated")
    table = table.loc[calibrated["member"].unique(), order]
    ranges = calibrated.drop_duplicates("metric").set_index("metric")["dynamic_range"]
    table = pd.concat(
        [table.reset_index().assign(kind=RECIPE), pd.DataFrame([{"member": "", "kind": "range"} | dict(ranges)])]
    )
    return table[["member", "kind", *order]].reset_index(drop=True)


def titles(metric: str, n_seeds: int, drawn: str, truth: str | None = None) -> dict[str, str]:
    """Return the titles of the tables by the names that `Tables` has for them, and the notes.

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
        "differences": f"Differences in {metric} on the same rows ({over})",
    }
    found["calibrated"] = (
        "Between floor (0) and ceiling (1), out of fold"
        + (", first seed" if n_seeds > 1 else "")
        + "; range: ceiling less floor in standard errors"
    )
    if truth is not None:
        found["agreement"] = (
            "Cross-validation against the truth (rank correlation over recipes; overshoot: by how much scores are "
            "worse than the truth's; intervals that hold its score, and pairs' that hold its difference)"
        )
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
    if not tables.calibrated.empty:
        parts += [f"## {heads['calibrated']}", markdown_table(calibrated_columns(tables.calibrated), digits=3)]
    if not tables.agreement.empty:
        parts += [f"## {heads['agreement']}", markdown_table(tables.agreement)]
    return "\n\n".join(parts) + "\n"


def _overall(scores: Scores) -> pd.DataFrame:
    """Return one line a member: means over seeds, and of the first metric the interval and the spread over seeds."""
    first, *others = scores.names
    of_seeds = scores.means("member", "kind", "seed")
    table = with_intervals(in_order(_over_seeds(of_seeds)), scores)
    spread = []
    if of_seeds["seed"].nunique() > 1:
        spread = ["seeds_sd"]
        of_members = of_seeds.groupby(["member", "kind"], sort=False)[first].std(ddof=1)
        table = table.merge(of_members.rename("seeds_sd"), left_on=["member", "kind"], right_index=True)
    return table[["member", "kind", first, "low", "high", *spread, *others]]


def _over_seeds(of_seeds: pd.DataFrame) -> pd.DataFrame:
    """Return the means over seeds of a table that has a line for each."""
    by = [name for name in ("member", "kind", "group") if name in of_seeds]
    return of_seeds.drop(columns="seed").groupby(by, sort=False).mean().reset_index()


def _costs(runs: pd.DataFrame) -> pd.DataFrame:
    grouped = runs.groupby("member", sort=False)
    means = grouped[["fits", "cpu_s", "wall_s"]].mean()
    return means.assign(peak_bytes=grouped["peak_bytes"].max(), kind=RECIPE).reset_index()


def _differences(scores: Scores, overall: pd.DataFrame, against: str) -> pd.DataFrame:
    recipes, metric = scores.where(kind=RECIPE), scores.names[0]
    members = [str(member) for member in recipes.rows["member"].unique()]
    reference = members[0]
    if against == "best":
        known = overall[overall["kind"] == RECIPE].dropna(subset=[metric]).set_index("member")[metric]
        reference = str(known.map(scores.metric.as_loss).idxmin())
    lines = []
    for member in members:
        if member != reference:
            found = recipes.where(member=member).difference(recipes.where(member=reference))
            values = {"difference": found.mean, "low": found.low, "high": found.high}
            said = verdict(found, scores.metric.greater_is_better)
            lines.append({"member": member, "against": reference} | values | {"verdict": said})
    return pd.DataFrame(lines)
