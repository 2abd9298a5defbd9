"""From the scores of two sizes of folds to what is expected of a fit on all rows.

Folds train on fewer rows than the final fit, so their scores are worse than its. With two sizes of folds that validate
the same rows, a curve through both scores says by how much: the error of a model is about a + b / n in the number n of
training rows, where a is what no number of rows takes away (Cortes, Jackel, Solla, Vapnik, Denker, Learning curves:
asymptotic values and rate of convergence, NeurIPS 1993, have the power of n free; two sizes leave it at that of
least squares, 1). Of the training rows those count that are of a validated row's own group (cell type): what
folds that hide anchors of rare cell types take away are these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit.errors import InputError
from kit.splits.base import Fold


def training_share(folds: Sequence[Fold], groups: np.ndarray) -> float:
    """Return which share of the rows of its own group a validated row's fold trains on, on average over rows.

    Args:
        folds: The folds, which count by their weights.
        groups: (n_rows,) the groups' labels of all rows.
    """
    shares, weights = [], []
    for fold in folds:
        for group in np.unique(groups[fold.validation]):
            inside = groups == group
            shares.append(np.mean(np.isin(np.flatnonzero(inside), fold.train)))
            weights.append(fold.weight * np.mean(inside[fold.validation]))
    return float(np.average(shares, weights=weights))


def at_all_rows(score: float, share: float, smaller_score: float, smaller_share: float) -> float:
    """Return the score that the curve a + b / n through two sizes of folds has at all rows.

    Args:
        score: The score of the larger training sets.
        share: Their share of the rows, below 1.
        smaller_score: The score of the smaller ones.
        smaller_share: Theirs, below ``share``.
    """
    slope = (smaller_score - score) / (1 / smaller_share - 1 / share)
    return score + slope * (1 - 1 / share)


def check_sizes(folds: Sequence[Fold], smaller: Sequence[Fold], groups: np.ndarray) -> tuple[float, float]:
    """Return `training_share` of the folds and of the smaller ones, which must make a learning curve.

    Raises:
        InputError: They validate other rows, or do not train on fewer.
    """
    rows, others = ({int(row) for fold in some for row in fold.validation} for some in (folds, smaller))
    if rows != others:
        raise InputError(
            f"the smaller folds validate other rows ({len(others)}, {len(rows & others)} of them among the {len(rows)} "
            "of the recipe's folds); a learning curve needs the same rows: give the same kind of folds, in fewer "
            "parts (--smaller-folds folds.params.n_splits=2)"
        )
    share, smaller_share = training_share(folds, groups), training_share(smaller, groups)
    if not 0 < smaller_share < share < 1:
        raise InputError(
            f"a learning curve needs folds that train on more and on fewer rows: these train on {share:.0%} of the "
            f"rows of the validated groups, the smaller ones on {smaller_share:.0%}; give fewer parts "
            "(--smaller-folds folds.params.n_splits=2)"
        )
    return share, smaller_share
