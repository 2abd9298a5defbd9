"""The part of a row that a covariance reads: the level of each category, and the features that kernels compare."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, Ints
from kit.errors import KitWarning
from kit.models.controls.codes import level_index, read_codes

Levels = dict[str, Ints]
"""For each column of categories, the sorted codes that training rows have."""


@dataclass(frozen=True)
class RowKeys:
    """Rows as a covariance sees them.

    Attributes:
        index: For each column of categories, the (n_rows,) positions of the rows' levels; the number of levels stands
            for a level that no training row has.
        X: (n_rows, n_features) features.
    """

    index: Mapping[str, Ints]
    X: Floats

    @classmethod
    def of(cls, X: Floats, columns: Mapping[str, int], levels: Mapping[str, Ints], user: str) -> RowKeys:
        """Read the rows of a matrix of features.

        Raises:
            InputError: A column holds no category codes.
        """
        index = {name: level_index(read_codes(X, column, user), levels[name]) for name, column in columns.items()}
        return cls(index, X)

    def __len__(self) -> int:
        return len(self.X)

    def select_rows(self, rows: Ints) -> RowKeys:
        """Return the same for some of the rows."""
        return RowKeys({name: index[rows] for name, index in self.index.items()}, self.X[rows])


@dataclass(frozen=True)
class NewRows:
    """Rows to be predicted.

    Attributes:
        rows: The rows.
        contexts: (n_new,) their contexts.
        factor: (n_new,) what a row's covariances are multiplied by.
        cross: (n_new, n_rows) their covariance with the training rows.
        signal: (n_new,) variance of their signal.
        noise: (n_new,) variance of their noise.
        row_scale: (n_new,) their expected scale.
    """

    rows: RowKeys
    contexts: Ints
    factor: Doubles
    cross: Doubles
    signal: Doubles
    noise: Doubles
    row_scale: Doubles


def known_levels(X: Floats, columns: Mapping[str, int], user: str) -> Levels:
    """Return the levels of training rows; a code of −1, unseen, is a level where a training row has it.

    Raises:
        InputError: A column holds no category codes.
    """
    return {name: np.unique(read_codes(X, column, user)) for name, column in columns.items()}


def warn_of_unseen(rows: RowKeys, levels: Levels, described: set[str], user: str) -> None:
    """Warn of rows with a category that no training row has and that no kernel says anything of.

    Args:
        rows: The rows to predict.
        levels: The training rows' levels.
        described: The columns of which a term has a kernel.
        user: The name of the model.
    """
    for column in levels.keys() - described:
        n_unseen = int((rows.index[column] == len(levels[column])).sum())
        if n_unseen:
            warnings.warn(
                f"{user}: no training row has the {column!r} of {n_unseen} of {len(rows)} rows to predict, and no term "
                "has a kernel of it; they get what rows have in common whatever it is",
                KitWarning,
                stacklevel=3,
            )


def well_covered(index: Ints, n_levels: int) -> np.ndarray:
    """Return, for each level, whether it has at least half as many rows as the level that has most."""
    counts = np.bincount(index, minlength=n_levels + 1)[:n_levels]
    covered: np.ndarray = counts >= counts.max(initial=0) / 2
    return covered
