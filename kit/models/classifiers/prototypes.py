"""Classes by their nearest prototype: the mean of their rows, of which one is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from kit.arrays import Doubles, Floats, unit_rows
from kit.models.base import MODELS
from kit.models.classifiers.linear import LinearClassifier


@MODELS.register("prototypes")
@dataclass(eq=False, repr=False)
class Prototypes(LinearClassifier):
    """Nearest prototype: each class is the mean of its rows, and a row is likeliest of the nearest one.

    It learns nothing else, so that one row a class is enough (one-shot learning); on features that were learnt of many
    rows without labels it is the head of a prototypical network (Snell et al. 2017). Its answers are those of
    scikit-learn's ``NearestCentroid``.

    Args:
        class_weight: "balanced": the nearest prototype decides alone. "none": a class is likelier the more rows it has.
        distance: "euclidean", or "cosine": of rows and prototypes scaled to length 1.
        temperature: Probabilities are the softmax of minus half the squared distance, over this times the mean squared
            distance of prototypes from their mean: the smaller, the surer.

    Attributes:
        coef_: (n_seen, n_features) float64, the prototypes over their scale.
        intercept_: (n_seen,) float64.
        prototypes_: (n_seen, n_features) float64.
    """

    class_weight: Literal["none", "balanced"] = "balanced"
    distance: Literal["euclidean", "cosine"] = "euclidean"
    temperature: Annotated[float, Gt(0)] = 0.1

    def _learn(self, X: Floats, shares: Floats) -> None:
        rows = self._scaled(X)
        counts = shares.sum(axis=0, dtype=np.float64)
        means = shares.T.astype(np.float64) @ rows / counts[:, None]
        self.prototypes_ = unit_rows(means) if self.distance == "cosine" else means
        centre = self.prototypes_.mean(axis=0)
        spread = float(np.square(self.prototypes_ - centre).sum(axis=1).mean())
        scale = self.temperature * spread if spread > 0 else 1.0
        # Around their mean, so that prototypes far from 0 lose no digits.
        moved = self.prototypes_ - centre
        self.coef_ = moved / scale
        # Classes that are balanced have the same counts.
        self.intercept_ = np.log(counts) - (0.5 * np.square(moved).sum(axis=1) + moved @ centre) / scale

    def _scaled(self, X: Floats) -> Doubles:
        rows = X.astype(np.float64)
        return unit_rows(rows) if self.distance == "cosine" else rows

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: a product of features and classes."""
        return 1e-9 * n_rows * n_features * n_outputs
