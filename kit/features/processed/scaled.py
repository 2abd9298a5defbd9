"""Scaling of a feature block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.counts import log_counts
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.processed.base import BlockProcessor, as_features
from kit.plugins import PluginOf

_LEVELS = 1000  # of rank_gauss: more training rows than that are thinned out evenly, by rank


@FEATURES.register("scaled")
@dataclass(eq=False, repr=False)
class Scaled(BlockProcessor):
    """Scales another block: standardised, by quantiles, by ranks, or each row to length 1.

    For models that weigh features by their size (linear, kernel, neural). A column that is constant over the training
    rows becomes 0, for new rows too (not with "l2" and "log_counts", which know no columns).

    * "standard": less the mean, over the standard deviation (of the population, like scikit-learn's).
    * "robust": less the median, over the interquartile range; where that is 0, the median is taken off alone.
    * "rank_gauss": the normal quantile of the value's rank among the training values, (rank − ½) / n, ties sharing
      their mean rank; between training values by linear interpolation of the rank, beyond them the end's.
    * "max_abs": over the greatest magnitude; zeros stay zeros.
    * "l2": each row over its Euclidean length; a row of zeros stays one.
    * "log_counts": of counts, such as those of a cell's genes: log(1 + count per 10,000 of the row's).

    Around a block that is made of targets, the scale is one for all rows: see `BlockProcessor`.

    Args:
        of: The block; it is cloned.
        method: The scale, see above.

    Attributes:
        of_: The fitted clone of ``of``.
        centre_: (n_features,) float64, what is taken off ("standard", "robust", "max_abs").
        factor_: (n_features,) float64, what the rest is multiplied by; 0 for constant columns.
        levels_: (n_levels, n_features) float32 sorted training values ("rank_gauss").
    """

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    method: Literal["standard", "robust", "rank_gauss", "max_abs", "l2", "log_counts"] = "standard"

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the inner block's number of features."""
        return self.of.expected_features(rows)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the inner block's names."""
        check_is_fitted(self)
        return self.of_.get_feature_names_out()

    def _learn(self, X: Floats, Y: Floats | None) -> None:
        if self.method == "rank_gauss":
            n_levels = min(len(X), _LEVELS)
            chosen = ((np.arange(n_levels) + 0.5) * len(X) / n_levels).astype(np.intp)
            self.levels_ = np.sort(X, axis=0)[chosen]
        elif self.method not in ("l2", "log_counts"):
            wide = X.astype(np.float64)
            self.centre_, spread = _centre_and_spread(wide, self.method)
            # By the values themselves: the rounding of a mean gives a constant column a spread.
            constant = np.ptp(X, axis=0) == 0
            self.factor_ = np.where(constant, 0.0, 1 / np.where(constant | (spread == 0), 1.0, spread))

    def _process(self, X: Floats) -> Floats:
        wide = X.astype(np.float64)
        if self.method == "rank_gauss":
            return _normal_ranks(wide, self.levels_)
        if self.method == "log_counts":
            return as_features(log_counts(wide))
        if self.method == "l2":
            lengths = np.linalg.norm(wide, axis=1, keepdims=True)
            return as_features(wide / np.where(lengths > 0, lengths, 1.0))
        return as_features((wide - self.centre_) * self.factor_)


def _centre_and_spread(X: Doubles, method: str) -> tuple[Doubles, Doubles]:
    """Return the centre and the spread of each column; the spread is 0 where a column is constant."""
    if method == "standard":
        return X.mean(axis=0), X.std(axis=0)
    if method == "robust":
        below, median, above = np.quantile(X, [0.25, 0.5, 0.75], axis=0)
        return median, above - below
    return np.zeros(X.shape[1]), np.abs(X).max(axis=0)


def _normal_ranks(X: Doubles, levels: Floats) -> Floats:
    out = np.zeros(X.shape, dtype=np.float32)
    for place, column in enumerate(levels.T.astype(np.float64)):
        values, firsts, counts = np.unique(column, return_index=True, return_counts=True)
        if len(values) > 1:
            ranks = (firsts + counts / 2) / len(column)
            out[:, place] = ndtri(np.interp(X[:, place], values, ranks))
    return out
