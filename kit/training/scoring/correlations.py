"""Correlations between predictions: errors that two models share are not cancelled by blending them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.blends.checks import checked
from kit.blends.row_gram import RowGram


def prediction_correlations(predictions: Mapping[str, Floats]) -> pd.DataFrame:
    """Return Pearson's correlation of every two members' predictions, over all rows and targets.

    Args:
        predictions: (n_rows, n_targets) by the members' names.

    Returns:
        (n_members, n_members), index and columns named by the members, sorted; NaN for a constant member.

    Raises:
        InputError: There are none, or the shapes disagree.
    """
    matrices = checked(predictions)
    shape = next(iter(matrices.values())).shape
    products = RowGram.of(matrices, np.zeros(shape, dtype=np.float32)).errors.sum(axis=0) / np.prod(shape)
    return correlation_matrix(list(matrices), column_means(matrices.values()), products)


def column_means(matrices: Iterable[Floats], measured: np.ndarray | None = None) -> Doubles:
    """Return the mean of each matrix over all rows and targets, summed in float64.

    Args:
        matrices: (n_rows, n_targets) each.
        measured: (n_rows, n_targets) which values count (default: all).
    """
    return np.array([(m if measured is None else m[measured]).mean(dtype=np.float64) for m in matrices])


def correlation_matrix(names: Sequence[str], means: Doubles, products: Doubles) -> pd.DataFrame:
    """Return correlations from means.

    Args:
        names: The members.
        means: (n_members,) their means.
        products: (n_members, n_members) the means of their products.
    """
    covariance = products - np.outer(means, means)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0))
    # What rounding leaves of a constant's variance is none.
    constant = deviation <= 1e-7 * np.sqrt(np.maximum(np.diag(products), 0))
    deviation = np.where(constant, np.nan, deviation)
    values = np.clip(covariance / np.outer(deviation, deviation), -1, 1)
    return pd.DataFrame(values, index=list(names), columns=list(names))


def mean_with_others(correlations: pd.DataFrame) -> Doubles:
    """Return the (n_members,) mean correlation of each member with the others; NaN without others."""
    n_members = len(correlations)
    if n_members < 2:
        return np.full(n_members, np.nan)
    values = correlations.to_numpy(copy=True)
    np.fill_diagonal(values, 0.0)
    means: Doubles = values.sum(axis=1) / (n_members - 1)
    return means
