"""One model of points: a row that has several is predicted by the mean over its points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.errors import InputError
from kit.full_width import FullWidth
from kit.models.base import MODELS, Model
from kit.models.wrappers.base import Wrapper, group_keys
from kit.plugins import NameOf, PluginOf, Supplied, check_is_fitted


@MODELS.register("per_point")
@dataclass(eq=False, repr=False)
class PerPoint(Wrapper):
    """Fits one model on every point of a row (the sites of a well), and predicts the mean over them.

    A row's points stand side by side in one feature block, as `normalised` with ``several: side_by_side`` has them;
    every point has the row's targets, its weight and the features of all other blocks.

    Args:
        model: The model.
        points: The feature block that holds the points.
        n_points: The number of points of a row.
        blocks: Where the feature blocks lie; without it, all features together are the points.

    Attributes:
        model_: The fitted model.
    """

    model: Annotated[Model, PluginOf("model")]
    points: Annotated[str, NameOf("block")]
    n_points: Annotated[int, Ge(1)] = 2
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def _fit(self, X: Floats, Y: Floats, weights: np.ndarray | None, full_width: FullWidth | None) -> None:
        """Fit the model on all points."""
        rows = np.repeat(np.arange(len(X)), self.n_points)
        everything = np.arange(len(rows))
        wide = None if full_width is None else full_width.select_rows(rows)
        weights = None if weights is None else weights[rows]
        apart, moved = self._apart(X), self._moved_blocks()
        self.model_ = self._fit_inner(apart, Y[rows], everything, weights, wide, **moved)

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32, the mean over the points of each row."""
        check_is_fitted(self, "model_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=self.allow_nan_features)
        of_points = self.model_.predict(self._apart(X))
        mean: Floats = of_points.reshape(len(X), self.n_points, of_points.shape[1]).mean(axis=1)
        return mean

    def _moved_blocks(self) -> dict[str, Any]:
        """Return where the blocks lie in what the model is given: the values of a point first."""
        if self.blocks is None:
            return {}
        edge, moved = 0, {}
        for name in sorted(self.blocks, key=lambda name: (name != self.points, self.blocks[name])):  # type: ignore[index]
            first, last = self.blocks[name]
            width = (last - first) // (self.n_points if name == self.points else 1)
            moved[name] = (edge, edge + width)
            edge += width
        return {"blocks": moved}

    def _apart(self, X: Floats) -> Floats:
        """Return (n_rows × n_points, n_features): the values of a point, and beside them the row's other features."""
        block = group_keys(X, self.points, self.blocks)
        if block.shape[1] % self.n_points:
            raise InputError(
                f"n_points: the block {self.points!r} has {block.shape[1]} columns, which are no {self.n_points} "
                "points side by side; give the number of points of a row"
            )
        first, last = (0, X.shape[1]) if self.blocks is None else self.blocks[self.points]
        others = np.repeat(np.delete(X, np.s_[first:last], axis=1), self.n_points, axis=0)
        return np.hstack([block.reshape(len(others), block.shape[1] // self.n_points), others])
