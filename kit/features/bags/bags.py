"""Whole bags as features, for models of sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import DataError
from kit.features.bags.of_points import OfPoints
from kit.features.bags.points import Points, places_of
from kit.features.base import FEATURES


@FEATURES.register("bags")
@dataclass(eq=False, repr=False)
class Bags(OfPoints):
    """The points of a row (the cells of a well) side by side, for a model of sets such as `deepset`.

    A row of the matrix holds point after point; a bag of fewer points than the largest ends in NaN. A saved builder
    reads the table again, which must not have changed.

    Args:
        path: The table, parquet or CSV: one line a point.
        by: The columns, of the rows and of the table, that say to which row a point belongs.
        values: The columns of a point's values, or {pattern: 'x.*'} on their whole name.
        sample: The points of each bag that are kept, drawn at random; None keeps all.
        sample_seed: Seed of that draw.
        within: The columns of the table that name what is standardised together before all else: a plate's points say
            how its values are shifted and scaled. None leaves values as they are.

    Attributes:
        sha256_: SHA-256 of the table.
        n_points_: The greatest number of points of a bag of the whole table.
        columns_: The columns of a point's values.
    """

    passes_gaps: ClassVar[bool] = True

    sample: Annotated[int, Ge(1)] | None = None
    sample_seed: Annotated[int, Ge(0)] = 0
    within: list[str] | None = None

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features, from the sizes of the table's bags."""
        points = self.read()
        return self._largest(points) * len(points.columns)

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Read the table; Y is not read.

        Raises:
            DataError: The table is absent or damaged, or lacks a column.
            InputError: A row has no points.
        """
        self.check_parameters()
        points = self.read(self.within or ())
        places_of(rows, self.by, points.place, points.path.name)
        self.sha256_ = points.sha256
        self.n_points_, self.columns_ = self._largest(points), list(points.columns)
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_points × n_columns) points of rows, NaN where a bag has no more.

        Raises:
            DataError: The table is absent, or another than at the fit.
            InputError: A row has no points.
        """
        check_is_fitted(self)
        points = self.read(self.within or ())
        if points.sha256 != self.sha256_:
            raise DataError(f"bags: {points.path} was changed since the fit; fit again")
        width = len(self.columns_)
        out = np.full((len(rows), self.n_points_ * width), np.nan, dtype=np.float32)
        for row, number in enumerate(places_of(rows, self.by, points.place, points.path.name)):
            bag = points.bag(int(number), self.sample, self.sample_seed)
            out[row, : bag.size] = bag.ravel()
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``point3__x1``."""
        check_is_fitted(self)
        names = [f"point{point}__{column}" for point in range(self.n_points_) for column in self.columns_]
        return np.asarray(names, dtype=str)

    def _largest(self, points: Points) -> int:
        largest = int(np.diff(points.starts).max())
        return largest if self.sample is None else min(largest, self.sample)
