"""Products of the features of two builders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.features.base import FEATURES, FeatureBuilder
from kit.large import room, row_blocks
from kit.plugins import PluginOf


@FEATURES.register("interaction")
@dataclass(eq=False, repr=False)
class Interaction(FeatureBuilder):
    """All products of one builder's features with another's, such as cell type × compound profile.

    Lets a linear model answer to a compound differently in every cell type. There are as many features as left times
    right ones, so keep one side narrow. Training rows get products of what both sides' ``fit_transform`` return, free
    of the rows' own targets where theirs are.

    Args:
        left: A feature builder; it is cloned before it is fitted.
        right: Another one, cloned as well.

    Attributes:
        left_: The fitted clone of ``left``.
        right_: The fitted clone of ``right``.
    """

    left: Annotated[FeatureBuilder, PluginOf("feature")]
    right: Annotated[FeatureBuilder, PluginOf("feature")]

    @property
    def uses_targets(self) -> bool:  # type: ignore[override]
        """Whether one of the two sides reads Y."""
        return self.left.uses_targets or self.right.uses_targets

    @property
    def allow_nan_targets(self) -> bool:  # type: ignore[override]
        """Whether each side that reads targets takes them with gaps."""
        return all(side.allow_nan_targets or not side.uses_targets for side in (self.left, self.right))

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Fit a clone of each side."""
        self._clone_sides()
        self.left_.fit(rows, Y)
        self.right_.fit(rows, Y)
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit a clone of each side and return the products of the training rows' features."""
        self._clone_sides()
        return _products(self.left_.fit_transform(rows, Y), self.right_.fit_transform(rows, Y))

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_left · n_right) products; the right side's features vary fastest."""
        check_is_fitted(self)
        return _products(self.left_.transform(rows), self.right_.transform(rows))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``cell_type=NK cells*dose``."""
        check_is_fitted(self)
        left, right = self.left_.get_feature_names_out(), self.right_.get_feature_names_out()
        return np.asarray([f"{one}*{other}" for one in left for other in right], dtype=str)

    def _clone_sides(self) -> None:
        self.check_parameters()
        for name in ("left", "right"):
            if not isinstance(getattr(self, name), FeatureBuilder):
                given = type(getattr(self, name)).__name__
                raise ParameterError(f"interaction: {name} must be a feature builder, got {given}")
        self.left_, self.right_ = clone(self.left), clone(self.right)


def _products(left: Floats, right: Floats) -> Floats:
    products: Floats = room((len(left), left.shape[1] * right.shape[1]))
    for rows in row_blocks(products):
        some = products[rows].reshape(-1, left.shape[1], right.shape[1])
        np.multiply(left[rows, :, None], right[rows, None, :], out=some)
    return products
