"""Tidy tables of scores: one line a row, or one line a group with the number of rows behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from numpy.typing import ArrayLike

from kit.arrays import require_columns
from kit.errors import InputError
from kit.metrics.base import METRICS, RowMetric
from kit.metrics.rowwise import row_scores

ALL = "all"
"""The group that holds every row."""


def row_table(
    Y: ArrayLike,
    P: ArrayLike,
    rows: pd.DataFrame | None = None,
    metrics: Sequence[str | RowMetric] | None = None,
) -> pd.DataFrame:
    """Return the scores of every row beside the row's keys.

    Args:
        Y: (n_rows, n_targets) targets.
        P: (n_rows, n_targets) predictions.
        rows: (n_rows, …) keys and metadata to put in front, index included.
        metrics: Metrics or their short names; the default is the five of `kit.metrics.row_scores`.

    Returns:
        The columns of ``rows`` and one float64 column a metric, in the order of the rows.

    Raises:
        InputError: The matrices or rows do not fit together, or a metric is unknown or named like a column of rows.
    """
    scores = row_scores(Y, P, metrics)
    n_rows = len(next(iter(scores.values())))
    if rows is None:
        return pd.DataFrame(scores)
    require_columns(rows, [], "score table")
    if len(rows) != n_rows:
        raise InputError(f"score table: expected {n_rows} rows of keys, one for each row of targets, got {len(rows)}")
    clash = [name for name in scores if name in rows.columns]
    if clash:
        raise InputError(f"score table: the rows have a column {clash[0]!r} already; rename it or leave the metric out")
    return pd.concat([rows, pd.DataFrame(scores, index=rows.index)], axis=1)


def summarise(table: pd.DataFrame, by: str | None = None, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the means of a row table over all rows and over the rows of each group.

    Args:
        table: What `row_table` returns.
        by: The column whose values are the groups, or None for all rows only.
        metrics: The columns to average; the default is every registered metric's that the table has.

    Returns:
        One line a group, ``"all"`` first and the others in sorted order, with columns ``group``, ``n_rows`` and one a
        metric. Rows whose group is missing (NaN) form a group of that name.

    Raises:
        InputError: The table has no rows or lacks a column.
    """
    names = [name for name in table.columns if name in METRICS] if metrics is None else list(metrics)
    require_columns(table, [*names, *([] if by is None else [by])], "score table")
    if not len(table):
        raise InputError("score table: there are no rows to average")
    lines = [{"group": ALL, "n_rows": len(table), **table[names].mean()}]
    if by is not None:
        groups = table[by].astype(str)
        for group, members in table[names].groupby(groups.to_numpy(), sort=True):
            lines.append({"group": group, "n_rows": len(members), **members.mean()})
    return pd.DataFrame(lines)


def score_table(
    Y: ArrayLike,
    P: ArrayLike,
    rows: pd.DataFrame | None = None,
    by: str | None = None,
    metrics: Sequence[str | RowMetric] | None = None,
) -> pd.DataFrame:
    """Return the scores over all rows and, with ``by``, over each group of rows: `row_table` put through `summarise`.

    Args:
        Y: (n_rows, n_targets) targets.
        P: (n_rows, n_targets) predictions.
        rows: (n_rows, …) keys and metadata; needed with ``by``.
        by: The column of ``rows`` whose values are the groups, such as the cell type.
        metrics: Metrics or their short names; the default is mrrmse, mae, pearson, spearman and cosine.

    Raises:
        InputError: As `row_table` and `summarise`, or ``by`` is given without rows.
    """
    if by is None:
        table = row_table(Y, P, None, metrics)
        return summarise(table, None, list(table.columns))
    if rows is None:
        raise InputError(f"score table: {by=} names a column of the rows; pass rows as well")
    require_columns(rows, [by], "score table")
    table = row_table(Y, P, rows[[by]], metrics)
    return summarise(table, by, [name for name in table.columns if name != by])
