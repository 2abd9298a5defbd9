"""Bagging: several fits of one model, averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.full_width import FullWidth
from kit.models.base import MODELS, Model
from kit.models.wrappers.base import Wrapper
from kit.plugins import PluginOf, Supplied, check_is_fitted


@MODELS.register("bagged")
@dataclass(eq=False, repr=False)
class Bagged(Wrapper):
    """Fits a model several times, with other seeds and on other rows, and joins the predictions by mean or median.

    The third place joined ten fits of every network by the median. In the coordinates of a target transform the median
    is taken coordinate by coordinate, which is not that of the targets; `repeats` of a recipe are joined at full width.

    With ``most_rows`` a model whose cost grows faster than its rows, such as `svr`, is fitted on so many at a time.

    Args:
        model: The model.
        n_repeats: The number of fits.
        join: What makes one prediction of them.
        share: The share of the rows that each fit is given, drawn without replacement, in (0, 1]; 1 takes all rows, so
            that the fits differ by their seeds alone.
        most_rows: The most rows that each fit is given, drawn in the same way; None for no limit.
        random_state: Seed of the draws; each fit's own seed comes from it.
        blocks: Passed on to the model.

    Attributes:
        models_: The fitted models.
    """

    model: Annotated[Model, PluginOf("model")]
    n_repeats: Annotated[int, Ge(1)] = 10
    join: Literal["mean", "median"] = "mean"
    share: Annotated[float, Gt(0), Le(1)] = 1.0
    most_rows: Annotated[int, Ge(1)] | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def _fit(self, X: Floats, Y: Floats, weights: np.ndarray | None, full_width: FullWidth | None) -> None:
        """Fit every copy on its rows."""
        n_drawn = self._n_drawn(len(X))
        self.models_ = []
        for sequence in np.random.SeedSequence(self.random_state).spawn(self.n_repeats):
            rng = np.random.default_rng(sequence)
            seed = int(rng.integers(2**31 - 1))
            rows = np.arange(len(X)) if n_drawn == len(X) else np.sort(rng.permutation(len(X))[:n_drawn])
            self.models_.append(self._fit_inner(X, Y, rows, weights, full_width, random_state=seed))

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "models_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=self.allow_nan_features)
        predictions = np.stack([model.predict(X) for model in self.models_])
        joined = np.median(predictions, axis=0) if self.join == "median" else predictions.mean(axis=0, dtype=np.float64)
        return joined.astype(np.float32)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return the CPU seconds of all fits."""
        return self.n_repeats * self.model.estimate_seconds(self._n_drawn(n_rows), n_features, n_outputs)

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return what one fit holds."""
        return self.model.estimate_memory(self._n_drawn(n_rows), n_features, n_outputs)

    def _n_drawn(self, n_rows: int) -> int:
        drawn = max(1, round(self.share * n_rows))
        return drawn if self.most_rows is None else min(drawn, self.most_rows)
