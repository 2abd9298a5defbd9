"""Folds that are stratified by clusters of similar targets."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import StratifiedKFold

from kit.arrays import Floats, Ints, as_matrix, require_columns
from kit.errors import InputError
from kit.gaps import has_gaps, split_gaps
from kit.plugins import Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import numbered_folds, require_rows


@SPLITTERS.register("kmeans")
@dataclass(eq=False, repr=False)
class KMeansSplitter(Splitter):
    """Spreads every cluster of similar targets evenly over random folds (k-means, then StratifiedKFold).

    Strong responses are few; where chance puts them in one fold, the folds' scores are not comparable. The targets of
    all rows take part in dividing them, and in nothing else.

    Args:
        n_splits: The number of folds.
        n_clusters: The number of clusters of rows; fewer where there are fewer rows.
        random_state: Seed of the clustering and the shuffling; None draws anew every time.
    """

    n_splits: Annotated[int, Ge(2)] = 5
    n_clusters: Annotated[int, Ge(1)] = 8
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return ``n_splits`` folds, which hold out every row once.

        Args:
            rows: (n_rows, …) any columns.
            Y: (n_rows, n_targets) targets; where one was not measured (NaN), its mean stands for it.

        Raises:
            InputError: The targets were not passed or do not fit the rows, or every cluster has fewer rows than there
                are folds.
        """
        self.check_parameters()
        require_columns(rows, [], self.kind)
        if Y is None:
            raise InputError(f"{self.kind}: the folds follow clusters of the targets; pass Y, (n_rows, n_targets)")
        targets = as_matrix(Y, "targets", n_rows=len(rows), allow_nan=True)
        if has_gaps(targets):
            values, measured = split_gaps(targets)
            means = values.sum(axis=0) / np.maximum(measured.sum(axis=0), 1)
            targets = np.where(measured > 0, values, means).astype(np.float32)
        require_rows(len(rows), self.n_splits, "rows", self.kind)
        clusters = self.clusters(targets)
        largest = int(np.bincount(clusters).max())
        if largest < self.n_splits:
            raise InputError(
                f"{self.kind}: n_clusters={self.n_clusters} leaves at most {largest} rows in a cluster, too few "
                f"to spread over n_splits={self.n_splits} folds; choose fewer clusters or folds"
            )
        divide = StratifiedKFold(self.n_splits, shuffle=True, random_state=self.random_state)
        with warnings.catch_warnings():
            # A cluster smaller than the number of folds goes to as many folds as it has rows, which is all one can do.
            warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
            return numbered_folds(divide.split(targets, clusters))

    def clusters(self, Y: Floats) -> Ints:
        """Return the (n_rows,) cluster of every row of targets (n_rows, n_targets)."""
        from sklearn.cluster import KMeans

        n_clusters = min(self.n_clusters, len(Y))
        found: np.ndarray = KMeans(n_clusters, n_init=10, random_state=self.random_state).fit_predict(_coordinates(Y))
        return found.astype(np.intp)


def _coordinates(Y: Floats) -> np.ndarray:
    """Return the rows in at most n_rows coordinates with the same distances between them.

    K-means sees distances only, and with n_rows ≪ n_targets the eigenvectors of the Gram matrix hold them all.
    """
    if Y.shape[0] >= Y.shape[1]:
        return Y
    centred = Y - Y.mean(axis=0)
    values, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
    coordinates: np.ndarray = vectors * np.sqrt(np.maximum(values, 0.0))
    return coordinates
