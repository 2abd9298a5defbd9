"""Metrics on a scale from a measured floor (0) to a measured ceiling (1), and how far the two are apart.

A raw score says little: a prediction that knows nothing but the context's mean correlates with every row, and no
prediction can be nearer to a measurement than a second measurement is. With u the score, b that of a floor and r that
of a ceiling, the calibrated score is (u − b) / (r − b), as in ``cell-eval2`` and the Virtual Cell Challenge 2026. The
floor there is the context's mean response; here it is the best of all floors unless one is named. The *dynamic range*
of a metric on a data set is r − b in units of its standard error: where it is small, the metric cannot tell there what
is good from what is not. (Shift Bioscience's dynamic range fraction asks the same.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from kit.metrics.base import Metric
from kit.metrics.effects import TopDirection, TopOverlap, WeightedMSE
from kit.metrics.groupwise import DeltaPearson, Discrimination
from kit.metrics.rowwise import MRRMSE, Cosine, Pearson
from kit.metrics.scores import Scores
from kit.metrics.targetwise import ExplainedVariance, TargetPearson

_WIDTH = 2 * 1.959964
"""Standard errors in a 95 % interval of a normal variable."""


class Calibrated(NamedTuple):
    """A score between its floor and its ceiling.

    Attributes:
        metric: The metric's name.
        value: The raw score u.
        floor: The name of the best floor.
        floor_value: Its raw score b.
        ceiling: The name of the ceiling.
        ceiling_value: Its raw score r.
        calibrated: (u − b) / (r − b); NaN where the ceiling is no better than the floor.
        low: Lower end of the 95 % interval of ``calibrated``: that of u − b, row by row, on the scale as it was found.
        high: Its upper end.
        dynamic_range: How much better the ceiling is than the floor, in standard errors of that difference.
    """

    metric: str
    value: float
    floor: str
    floor_value: float
    ceiling: str
    ceiling_value: float
    calibrated: float
    low: float
    high: float
    dynamic_range: float


def field_metrics(n_targets: int) -> tuple[Metric, ...]:
    """Return what a calibrated table shows: the competition metrics of the field beside each other.

    Args:
        n_targets: The number of targets; the strongest are 50, or a tenth of them where they are fewer than 500.
    """
    k = min(50, max(1, n_targets // 10))
    return (
        MRRMSE(),
        WeightedMSE(),
        Pearson(),
        Cosine(),
        DeltaPearson(),
        Discrimination(),
        TopOverlap(k=k),
        TopDirection(k=k),
        TargetPearson(),
        ExplainedVariance(),
    )


def best_member(scores: Scores) -> str:
    """Return the member with the best score."""
    means = scores.means("member")
    return str(means["member"][means[scores.names[0]].map(scores.metric.as_loss).idxmin()])


def calibrate(member: Scores, floors: Scores, ceilings: Scores) -> Calibrated:
    """Return the score of a member between the best of several floors and the best of several ceilings.

    Args:
        member: The lines of one member.
        floors: Those of floors on the same rows.
        ceilings: Those of ceilings on the same rows.
    """
    name = member.names[0]
    best, highest = best_member(floors), best_member(ceilings)
    floor, ceiling = floors.where(member=best), ceilings.where(member=highest)
    span, above = ceiling.difference(floor), member.difference(floor)
    usable = member.metric.as_loss(span.mean) < 0
    scaled = [value / span.mean if usable else np.nan for value in (above.mean, above.low, above.high)]
    error = (span.high - span.low) / _WIDTH
    return Calibrated(
        metric=name,
        value=float(member.means("member")[name].item()),
        floor=best,
        floor_value=float(floor.means("member")[name].item()),
        ceiling=highest,
        ceiling_value=float(ceiling.means("member")[name].item()),
        calibrated=scaled[0],
        low=min(scaled[1:]),
        high=max(scaled[1:]),
        dynamic_range=-member.metric.as_loss(span.mean) / error if error > 0 else np.nan,
    )


def calibrated_table(lines: Sequence[Calibrated]) -> pd.DataFrame:
    """Return one line a metric, with the attributes of `Calibrated` as columns."""
    return pd.DataFrame(lines, columns=list(Calibrated._fields))


TITLE = "calibrated: (value - b) / (r - b), 0 at the floor b and 1 at the ceiling r; range: r - b in standard errors"


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `calibrated_table` as it is printed: names beside their values, short titles."""
    short = {"floor_value": "b", "ceiling_value": "r", "dynamic_range": "range"}
    order = ["metric", "value", "calibrated", "low", "high", "floor", "floor_value", "ceiling", "ceiling_value"]
    return table[[*order, "dynamic_range"]].rename(columns=short)
