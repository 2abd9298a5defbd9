"""Tables made of a cross-validation's scores by row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.metrics.bootstrap import bootstrap_interval

ORDER = ("floor", "stage", "model", "blend", "ceiling")
"""The order of the kinds of members in a table."""


def leaderboard(rows: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """Return one line a member: weighted means of every metric over all validated rows.

    Args:
        rows: Scores by row, as `kit.training.scoring.evaluation.Evaluation` has them.
        metrics: The metrics' columns; the first is the competition's and gets a 95 % bootstrap interval over rows.

    Returns:
        The columns ``member, kind, <first>, low, high, <others>, folds_sd``; floors first, then models, blend and
        ceilings, in the order in which they came. ``folds_sd`` is the standard deviation of the folds' scores, NaN
        with one fold.
    """
    first = metrics[0]
    lines = []
    for kind in ORDER:
        for member in rows.loc[rows["kind"] == kind, "member"].unique():
            mine = rows[(rows["member"] == member) & (rows["kind"] == kind)]
            weights = mine["weight"].to_numpy()
            interval = bootstrap_interval(mine[first].to_numpy(), weights)
            means = {name: float(np.average(mine[name], weights=weights)) for name in metrics}
            folds = mine.groupby("fold", sort=False)[first].mean()
            lines.append(
                {"member": member, "kind": kind, first: means.pop(first), "low": interval.low, "high": interval.high}
                | means
                | {"folds_sd": float(folds.std(ddof=1)) if len(folds) > 1 else float("nan")}
            )
    return pd.DataFrame(lines)


def broken_down(rows: pd.DataFrame, by: str, metric: str) -> pd.DataFrame:
    """Return a table with one line a member and one column a value of ``by`` ("fold", "group"): weighted means.

    The column names carry the number of validated rows: ``"NK cells (122)"``.
    """
    first = rows[["kind", "member"]].iloc[0]
    counted = rows[(rows[["kind", "member"]] == first).all(axis=1)].groupby(by, sort=False).size()
    weighted = rows.assign(_value=rows[metric] * rows["weight"])
    sums = weighted.groupby(["kind", "member", by], sort=False)[["_value", "weight"]].sum()
    table = (sums["_value"] / sums["weight"]).unstack(by)[list(counted.index)]
    table.columns = [f"{name} ({count})" for name, count in counted.items()]
    order = {kind: place for place, kind in enumerate(ORDER)}
    table = table.reset_index()
    return table.sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable").reset_index(drop=True)
