"""Numeric columns whose gaps are filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, Ints
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.categorical import read_numbers
from kit.features.columns import Pattern, check_pattern, named_columns
from kit.gaps import has_gaps
from kit.plugins import ColumnOf


@FEATURES.register("impute")
@dataclass(eq=False, repr=False)
class Imputed(FeatureBuilder):
    """Numeric columns with gaps: an empty cell gets what the training rows have on average, and a mark beside it.

    For models that take no gaps; boosting takes them as they are (`numeric` with ``missing: pass``).

    Args:
        columns: The columns, or {pattern: 'x.*'}, all whose whole name a regular expression matches.
        method: What fills a gap: the "mean" or "median" of the training rows, or a "constant".
        value: The constant; also for a column that is empty in every training row.
        indicator: Whether a feature more says, for each column with gaps among the training rows, where a gap was.

    Attributes:
        columns_: The columns.
        fill_: (n_columns,) float32 what fills gaps.
        marked_: The places of the columns that had gaps.
    """

    columns: Annotated[Annotated[list[str], MinLen(1)] | Pattern, ColumnOf("number", gaps=True)]
    method: Literal["mean", "median", "constant"] = "median"
    value: float = 0.0
    indicator: bool = True

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or a pattern is no regular expression.
        """
        super().check_parameters()
        check_pattern(self.columns, "impute")

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn what fills gaps; Y is not read."""
        self.check_parameters()
        self.columns_ = named_columns(self.columns, rows, "impute")
        X = read_numbers(rows, self.columns_, "impute", gaps=True)
        self.fill_: Floats = np.full(X.shape[1], self.value, dtype=np.float32)
        if self.method != "constant":
            known = np.flatnonzero((~np.isnan(X)).any(axis=0))
            centre = np.nanmean if self.method == "mean" else np.nanmedian
            self.fill_[known] = centre(X[:, known].astype(np.float64), axis=0)
        self.marked_: Ints = np.flatnonzero(np.isnan(X).any(axis=0))
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_columns + n_marks) values without gaps, and 1 where one was, else 0."""
        check_is_fitted(self)
        X = read_numbers(rows, self.columns_, "impute", gaps=True)
        missing = np.isnan(X)
        filled = np.where(missing, self.fill_, X) if has_gaps(X) else X
        return np.hstack([filled, missing[:, self.marked_].astype(np.float32)]) if self.indicator else filled

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the columns' names, and names such as ``dose__missing``."""
        check_is_fitted(self)
        marks = [f"{self.columns_[at]}__missing" for at in self.marked_] if self.indicator else []
        return np.asarray([*self.columns_, *marks], dtype=str)
