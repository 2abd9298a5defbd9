"""How well cross-validated scores tell what a truth says of the same recipes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from kit.metrics.scores import Scores

FEWEST = 3
"""Recipes that a rank correlation needs: of two it is always 1 or −1."""

CROSS_VALIDATED, ALL_ROWS = "cross-validated", "all rows"
"""What is held against the truth: the scores of the folds, and what the learning curve makes of them."""


def agreement(scores: Scores, test: Scores, expected: Mapping[str, float]) -> pd.DataFrame:
    """Return how well scores agree with those on rows whose truth is known.

    Args:
        scores: The cross-validated scores of recipes alone, with ``seed`` and ``cluster``.
        test: Their scores against the truth, likewise.
        expected: What is expected of each recipe fitted on all rows, by its name; may be empty.

    Returns:
        No line with fewer than three recipes, else one for the folds' scores and, with ``expected``, one for these:
        ``scores``, ``recipes``, ``spearman``, the rank correlation over the recipes; ``overshoot``, by how much the
        scores are on average worse than the truth's; ``intervals``, how many recipes' 95 % intervals hold the
        truth's score, and ``differences``, how many pairs' intervals of the paired difference hold the truth's
        difference ("9 of 12"; empty for what has no interval).
    """
    true = of_recipes(test)
    found = of_recipes(scores)
    members = [member for member in found.index if member in true.index]
    if len(members) < FEWEST:
        return pd.DataFrame()
    lines = [
        _line(CROSS_VALIDATED, found[members], true[members], scores)
        | {"intervals": _intervals(scores, true[members]), "differences": _differences(scores, true[members])}
    ]
    if expected:
        lines.append(_line(ALL_ROWS, pd.Series(expected)[members], true[members], scores))
    return pd.DataFrame(lines).fillna("")


def of_recipes(scores: Scores) -> pd.Series:
    """Return the score of every recipe by the competition's metric, the mean over its seeds."""
    means = scores.means("member", "seed")
    return means.groupby("member", sort=False)[scores.names[0]].mean()


def _line(name: str, found: pd.Series, true: pd.Series, scores: Scores) -> dict[str, object]:
    constant = found.nunique() < 2 or true.nunique() < 2
    as_loss = scores.metric.as_loss
    return {
        "scores": name,
        "recipes": len(found),
        "spearman": np.nan if constant else float(spearmanr(found, true).statistic),
        "overshoot": float((found.map(as_loss) - true.map(as_loss)).mean()),
    }


def _intervals(scores: Scores, true: pd.Series) -> str:
    """Return how many of the recipes' intervals hold the truth's score, in words."""
    held = 0
    for member, value in true.items():
        low, high = scores.where(member=str(member)).interval()
        held += low <= value <= high
    return f"{held} of {len(true)}"


def _differences(scores: Scores, true: pd.Series) -> str:
    """Return how many of the pairs' intervals hold the truth's difference, in words."""
    pairs = list(combinations(true.index, 2))
    held = 0
    for one, other in pairs:
        found = scores.where(member=str(one)).difference(scores.where(member=str(other)))
        held += found.low <= true[one] - true[other] <= found.high
    return f"{held} of {len(pairs)}"
