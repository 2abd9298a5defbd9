"""Base class of builders that process the features of another builder."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.errors import InputError, ParameterError
from kit.features.base import FeatureBuilder
from kit.plugins import Plugin


class BlockProcessor(FeatureBuilder):
    """Transforms the features of another builder; it is fitted on that builder's features of the training rows.

    Training rows get the inner builder's ``fit_transform``, new rows its ``transform``; what is learnt (a scale, a
    basis, a choice of columns) is learnt from the former, as a model sees them. Where the inner builder is made of the
    targets, its features of a row are free of the row's own target and what is learnt here is not quite: a mean or a
    basis over all training rows holds a share of each, through the features of the others.

    Attributes:
        of: The inner builder; it is cloned before it is fitted.
        of_: The fitted clone.
    """

    of: FeatureBuilder

    @property
    def uses_targets(self) -> bool:  # type: ignore[override]
        """Whether the inner builder reads Y."""
        return self.of.uses_targets

    @property
    def allow_nan_targets(self) -> bool:  # type: ignore[override]
        """Whether the inner builder takes targets with gaps, where it reads them."""
        return not self.of.uses_targets or self.of.allow_nan_targets

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Fit a clone of the inner builder and learn from the training rows' features."""
        self._fit(rows, Y)
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' processed (n_rows, n_features) float32 features."""
        return self._process(self._fit(rows, Y))

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the processed (n_rows, n_features) float32 features of rows, each treated as new."""
        check_is_fitted(self)
        return self._process(self.of_.transform(rows))

    def _fit(self, rows: pd.DataFrame, Y: Floats | None) -> Floats:
        self.check_parameters()
        self.of_ = fresh_builder(self, "of", self.of)
        X = self.of_.fit_transform(rows, Y)
        if not len(X):
            raise InputError(f"{self.kind}: no training rows; give at least one")
        self._learn(X, Y)
        return X

    @abstractmethod
    def _learn(self, X: Floats, Y: Floats | None) -> None:
        """Learn from the (n_rows, n_inner_features) features of the training rows, one at least, and their targets."""

    @abstractmethod
    def _process(self, X: Floats) -> Floats:
        """Return the processed features of any rows."""


def fresh_builder(owner: Plugin, parameter: str, given: object) -> FeatureBuilder:
    """Return an unfitted clone of a feature builder that was given as a parameter.

    Raises:
        ParameterError: It is something else.
    """
    if not isinstance(given, FeatureBuilder):
        raise ParameterError(f"{owner.kind}: {parameter} must be a feature builder, got {type(given).__name__}")
    copy: FeatureBuilder = clone(given)
    return copy


def as_features(values: Doubles) -> Floats:
    """Return float64 values as float32, held within what that can say: a tiny scale can throw a new row far out."""
    limit = np.finfo(np.float32).max
    return np.clip(values, -limit, limit).astype(np.float32)
