"""Statistics of bags as features."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.features.bags.of_points import OfPoints
from kit.features.bags.points import places_of
from kit.features.bags.statistics import STATISTICS
from kit.features.base import FEATURES

Statistic = Literal[
    "mean",
    "median",
    "std",
    "mad",
    "magnitude",
    "skewness",
    "kurtosis",
    "quantiles",
    "second_moments",
    "covariance",
    "log_covariance",
]


@FEATURES.register("aggregate")
@dataclass(eq=False, repr=False)
class Aggregate(OfPoints):
    """Statistics of a row's points (the cells of a well), which are in a table of their own.

    Every point of a bag takes part; the order of points changes nothing but the rounding. Fitting keeps the statistics
    of all bags, so that a saved builder does without the table and knows bags that are predicted later.

    Args:
        path: The table, parquet or CSV: one line a point.
        by: The columns, of the rows and of the table, that say to which row a point belongs.
        values: The columns of a point's values, or {pattern: 'x.*'} on their whole name.
        statistics: What is computed, side by side: see `kit.features.bags.statistics`.
        quantiles: With the statistic ``quantiles``: which ones.
        sample: The points of each bag that take part, drawn at random; None takes all.
        sample_seed: Seed of that draw.
        within: The columns of the table that name what is standardised together before all else: a plate's points say
            how its values are shifted and scaled. None leaves values as they are.

    Attributes:
        keys_: The keys of the bags, joined by a line break, in the order of ``table_``.
        table_: (n_bags, n_features) float32.
        names_: The features' names.
    """

    statistics: Annotated[list[Statistic], MinLen(1)] = field(default_factory=lambda: ["mean"])
    quantiles: Annotated[list[Annotated[float, Gt(0), Lt(1)]], MinLen(1)] = field(
        default_factory=lambda: [0.1, 0.25, 0.5, 0.75, 0.9]
    )
    sample: Annotated[int, Ge(1)] | None = None
    sample_seed: Annotated[int, Ge(0)] = 0
    within: list[str] | None = None

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or a statistic is asked for twice.
        """
        super().check_parameters()
        if len(set(self.statistics)) < len(self.statistics):
            raise ParameterError(f"statistics: {self.statistics} names one twice")

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features, from the table's columns."""
        return len(self._names(self.read().columns))

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute the statistics of all bags; Y is not read.

        Raises:
            DataError: The table is absent or damaged, or lacks a column.
            InputError: A row has no points.
        """
        self.check_parameters()
        points = self.read(self.within or ())
        places_of(rows, self.by, points.place, points.path.name)
        self.keys_ = ["\n".join(key) for key in points.place]
        self.names_ = self._names(points.columns)
        bags = (points.bag(number, self.sample, self.sample_seed) for number in range(len(self.keys_)))
        self.table_: Floats = np.stack([self._of_bag(bag) for bag in bags])
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) statistics of rows.

        Raises:
            InputError: A row has no points.
        """
        check_is_fitted(self)
        known = {tuple(key.split("\n")): number for number, key in enumerate(self.keys_)}
        return self.table_[places_of(rows, self.by, known, Path(self.path).name)]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``x1__mean`` and ``x1*x2__covariance``."""
        check_is_fitted(self)
        return np.asarray(self.names_, dtype=str)

    def _of_bag(self, points: Floats) -> Floats:
        values = points.astype(np.float64)
        parts = [
            np.quantile(values, self.quantiles, axis=0).ravel() if name == "quantiles" else STATISTICS[name](values)
            for name in self.statistics
        ]
        return np.concatenate(parts).astype(np.float32)

    def _names(self, columns: tuple[str, ...]) -> list[str]:
        found = []
        for statistic in self.statistics:
            if statistic == "quantiles":
                found += [f"{column}__q{quantile:g}" for quantile in self.quantiles for column in columns]
            elif statistic in ("second_moments", "covariance", "log_covariance"):
                upper = zip(*np.triu_indices(len(columns)), strict=True)
                found += [f"{columns[one]}*{columns[other]}__{statistic}" for one, other in upper]
            else:
                found += [f"{column}__{statistic}" for column in columns]
        return found
