"""The number of singular values that can be told apart from noise by prediction: bi-cross-validation, shrunk."""

from __future__ import annotations

import numpy as np

from kit.arrays import Doubles, Ints
from kit.targets.rank import EPS64

SHARE = 0.995
"""How much of what can be predicted the components must hold."""

_FOLDS = 3

_LEAST_SLOPE = 0.05
"""What a prediction is multiplied by at least; under it there is hardly anything but noise."""


def halves(n_columns: int) -> tuple[Ints, Ints]:
    """Return the columns of either half, ascending; the same draw for the same number."""
    shuffled = np.random.default_rng(0).permutation(n_columns)
    return np.sort(shuffled[: n_columns // 2]), np.sort(shuffled[n_columns // 2 :])


def predictable_rank(first: Doubles, second: Doubles) -> int:
    """Return how many components hold nearly all that can be predicted of hidden rows in hidden columns.

    Of a matrix whose fold of rows and half of columns are hidden, the other three blocks tell what is hidden: the
    hidden rows' other half of columns, in the singular vectors of the block that shares neither (bi-cross-validation:
    Owen and Perry, Annals of Applied Statistics 3 (2009)). They count the components that help without shrinkage; the
    models of this kit shrink, and a component helps them as soon as its prediction and the truth are correlated. So
    each counts by what it explains if it is multiplied by the slope of the truth on it, which falls from component to
    component (isotonic regression) and is nothing where it is under 0.05. The rank is the least that holds 99.5 % of
    the sum.

    Args:
        first: (n, n) inner products of the rows over one half of the columns, or of the columns over half of the rows.
        second: The same over the other half.
    """
    n = len(first)
    folds = np.random.default_rng(0).permutation(n) % min(_FOLDS, n)
    # Nothing else in this room is as slow to import.
    from sklearn.isotonic import IsotonicRegression

    # By component: the sum of predicted times true, and of predicted squared.
    products, squares = np.zeros(n), np.zeros(n)
    for known, asked in ((first, second), (second, first)):
        for fold in range(folds.max() + 1 if n > 1 else 0):
            hidden, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            values, vectors = np.linalg.eigh(known[np.ix_(kept, kept)])
            usable = np.flatnonzero(values > values[-1] * n * EPS64)[::-1]
            if not usable.size:
                continue
            vectors = vectors[:, usable]
            weights = known[np.ix_(hidden, kept)] @ vectors / values[usable]
            place = slice(0, len(usable))
            products[place] += np.einsum("hj,jh->j", weights, vectors.T @ asked[np.ix_(kept, hidden)])
            spread = np.einsum("kj,kj->j", vectors, asked[np.ix_(kept, kept)] @ vectors)
            squares[place] += (weights**2).sum(axis=0) * spread
    found = np.flatnonzero(squares > 0)
    if not found.size:
        return 1
    slopes = IsotonicRegression(increasing=False).fit_transform(
        found, products[found] / squares[found], sample_weight=squares[found]
    )
    slopes[slopes < _LEAST_SLOPE] = 0.0
    explained = np.cumsum(slopes**2 * squares[found])
    if explained[-1] == 0:
        return 1
    return int(found[np.searchsorted(explained, SHARE * explained[-1])]) + 1
