"""Feature selection within a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.errors import InputError
from kit.features.base import FEATURES, FeatureBuilder, Projector
from kit.features.processed.base import BlockProcessor
from kit.plugins import PluginOf, Supplied


@FEATURES.register("selected")
@dataclass(eq=False, repr=False)
class Selected(BlockProcessor):
    """Selects another block's columns by variance, or by how much they explain of the targets.

    Chosen once, on the training rows alone, and kept in their order. "f_score" and "explained_variance" look at every
    column by itself, so that of two that say the same both are taken. They read the training rows' targets, each row's
    own among them: the choice of columns tells a model more of its training rows than of new ones, the more so the
    fewer rows and the more columns there are to choose from.

    Args:
        of: The block; it is cloned.
        n_features: How many columns to keep; all where the block has fewer.
        by: "variance" over the training rows, in the block's own units. "f_score": the mean over the target's
            coordinates of the F statistic of a linear regression on the column. "explained_variance": the share of the
            targets' total variance that such regressions explain; coordinates count as they vary.
        projector: The recipe's fitted target transform.

    Attributes:
        of_: The fitted clone of ``of``.
        scores_: (n_inner_features,) float64; 0 for constant columns.
        chosen_: (n_features,) places of the columns kept, increasing.
    """

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    n_features: Annotated[int, Ge(1)] = 64
    by: Literal["variance", "f_score", "explained_variance"] = "variance"
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None

    def __sklearn_clone__(self) -> Self:
        """Clone the parameters, but share the projector: it is handed in fitted, and a clone of it would not be."""
        copy: Self = super().__sklearn_clone__()
        copy.projector = self.projector
        return copy

    @property
    def uses_targets(self) -> bool:  # type: ignore[override]
        """Whether the columns are chosen by the targets, or the inner builder reads them."""
        return self.by != "variance" or self.of.uses_targets

    @property
    def allow_nan_targets(self) -> bool:  # type: ignore[override]
        """Whether nothing that reads targets refuses those with gaps; a choice of columns by the targets does."""
        return self.by == "variance" and (not self.of.uses_targets or self.of.allow_nan_targets)

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number asked for, or the inner block's where that is less."""
        inner = self.of.expected_features(rows)
        return None if inner is None else min(self.n_features, inner)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the columns kept."""
        check_is_fitted(self)
        return self.of_.get_feature_names_out()[self.chosen_]

    def _learn(self, X: Floats, Y: Floats | None) -> None:
        if self.by == "variance":
            self.scores_ = X.var(axis=0, dtype=np.float64)
            self.scores_[np.ptp(X, axis=0) == 0] = 0
        else:
            if Y is None:
                raise InputError(f"selected: by={self.by!r} reads the targets; give Y, (n_rows, n_targets)")
            targets = as_matrix(Y, "selected: Y", n_rows=len(X))
            Z = targets if self.projector is None else as_matrix(self.projector.project(targets), "projected targets")
            self.scores_ = _scores(X, Z, self.by)
        self.chosen_ = np.sort(np.argsort(-self.scores_, kind="stable")[: self.n_features])

    def _process(self, X: Floats) -> Floats:
        return np.ascontiguousarray(X[:, self.chosen_])


def _scores(X: Floats, Z: Floats, by: str) -> Doubles:
    """Return how much each column explains of the coordinates, by the measure of that name, (n_inner_features,)."""
    standard = X.astype(np.float64)
    standard -= standard.mean(axis=0)
    lengths = np.linalg.norm(standard, axis=0)
    constant = (np.ptp(X, axis=0) == 0) | (lengths == 0)
    standard /= np.where(constant, 1.0, lengths)
    standard[:, constant] = 0
    scores, total = np.zeros(X.shape[1]), 0.0
    for columns in blocks(Z.shape[1], max(len(X), X.shape[1])):
        block = Z[:, columns].astype(np.float64)
        block -= block.mean(axis=0)
        squares = np.square(block).sum(axis=0)
        explained = np.square(standard.T @ block)  # of each coordinate's sum of squares
        if by == "explained_variance":
            scores += explained.sum(axis=1)
            total += float(squares.sum())
        else:
            share = np.divide(explained, squares, out=np.zeros_like(explained), where=squares > 0)
            share = np.minimum(share, 1 - np.finfo(np.float64).eps)  # a perfect fit has a great score, not an infinite
            scores += (share / (1 - share) * max(1, len(X) - 2)).sum(axis=1)
    return scores / ((total or 1.0) if by == "explained_variance" else Z.shape[1])
