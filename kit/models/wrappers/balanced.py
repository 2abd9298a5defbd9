"""Classes of like numbers of rows for any model: rows drawn, or weighted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.full_width import FullWidth
from kit.models.base import MODELS, Model
from kit.models.wrappers.base import Wrapper
from kit.plugins import CLASSIFICATION, PluginOf, Supplied, check_is_fitted


@MODELS.register("balanced")
@dataclass(eq=False, repr=False)
class Balanced(Wrapper):
    """Fits a model of classes on no more than so many rows of each, drawn at random, or on weighted rows.

    Around any model: a forest, a network, boosting. A row is of the class that its targets have the most of, so that
    pseudo-labelled rows count with the others. Predictions are of all rows.

    Args:
        model: The model.
        max_per_class: Most rows of a class; None takes all.
        class_weight: Whether the rows that are left count as they are, or those of every class together the same.
        random_state: Seed of the draw.
        blocks: Passed on to the model.

    Attributes:
        model_: The fitted model.
        n_rows_: The number of rows that it was fitted on.
    """

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})
    # Whatever model is inside: rows are drawn by their class.
    reads_classes: ClassVar[bool] = True

    model: Annotated[Model, PluginOf("model")]
    max_per_class: Annotated[int, Ge(1)] | None = 1000
    class_weight: Literal["none", "balanced"] = "none"
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def _fit(self, X: Floats, Y: Floats, weights: np.ndarray | None, full_width: FullWidth | None) -> None:
        """Draw rows, weight them and fit the model."""
        codes = Y.argmax(axis=1)
        counted = np.arange(len(X)) if weights is None else np.flatnonzero(weights)
        drawn = []
        for code in np.unique(codes[counted]):
            # A class's draw has a seed of its own: it does not hang on the rows of others.
            rng = np.random.default_rng([self.random_state or 0, int(code)])
            drawn.append(rng.permutation(counted[codes[counted] == code])[: self.max_per_class])
        rows = np.sort(np.concatenate(drawn))
        if self.class_weight == "balanced":
            weights = np.ones(len(X)) if weights is None else weights
            totals = np.bincount(codes[rows], weights[rows])
            weights = weights * (totals.sum() / (np.count_nonzero(totals) * np.maximum(totals, 1e-300)))[codes]
        self.model_ = self._fit_inner(X, Y, rows, weights, full_width)
        self.n_rows_ = len(rows)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return the CPU seconds of one fit on the rows drawn."""
        return super().estimate_seconds(self._n_drawn(n_rows, n_outputs), n_features, n_outputs)

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return what a fit on the rows drawn holds."""
        return super().estimate_memory(self._n_drawn(n_rows, n_outputs), n_features, n_outputs)

    def _n_drawn(self, n_rows: int, n_classes: int) -> int:
        """Return the most rows that can be drawn."""
        return n_rows if self.max_per_class is None else min(n_rows, self.max_per_class * n_classes)

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "model_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=self.allow_nan_features)
        return self.model_.predict(X)
