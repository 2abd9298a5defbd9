"""LightGBM's own loss of classes."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kit.arrays import Floats
from kit.errors import StateError
from kit.models.base import MODELS
from kit.models.boosting.lightgbm_model import validation_prediction
from kit.models.boosting.lightgbm_options import SECONDS_PER_CELL, LightGBMOptions
from kit.models.classifiers.base import hard_rows
from kit.models.classifiers.boosted import BoostedClassifier, Path


@MODELS.register("lightgbm_classifier")
@dataclass(eq=False, repr=False)
class LightGBMClassifier(LightGBMOptions, BoostedClassifier):
    """LightGBM of classes: in each round a tree for every class, on the gradient of the cross-entropy.

    Parameters carry LightGBM's main names, except ``n_estimators`` (its num_iterations), ``early_stopping_rounds``,
    ``random_state`` and ``class_weight``, which carry scikit-learn's. Runs on one thread and deterministically.

    Args:
        objective: The cross-entropy of the softmax over all classes, or of each class against all others.

    Attributes:
        booster_: The lightgbm.Booster; absent where all rows are of one class.
    """

    objective: Literal["multiclass", "multiclassova"] = "multiclass"

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        return float(SECONDS_PER_CELL * self.n_estimators * n_outputs * self._cells(n_rows, n_features))

    def save_native(self, directory: pathlib.Path) -> None:
        """Write the booster in LightGBM's text format."""
        text = self.booster_.model_to_string(num_iteration=-1)
        (directory / "booster.txt").write_text(text, encoding="utf-8")

    def load_native(self, directory: pathlib.Path) -> None:
        """Read the booster that `save_native` wrote.

        Raises:
            StateError: The file is missing.
        """
        import lightgbm

        path = directory / "booster.txt"
        if not path.is_file():
            raise StateError(f"{path} is missing; the model cannot predict without its booster")
        self.booster_ = lightgbm.Booster(model_file=path)

    def _try(self, params: dict[str, Any]) -> None:
        # The labels of the made-up rows are 0 to 15.
        super()._try({**params, "num_class": 16})

    def _path(self, X: Floats, shares: Floats, X_val: Floats | None) -> Path:
        return _Classes({**self.booster_params(), "num_class": shares.shape[1]}, X, shares, X_val)

    def _probabilities(self, X: Floats) -> np.ndarray:
        probabilities: np.ndarray = self.booster_.predict(X, num_threads=1)
        if self.objective == "multiclassova":
            probabilities /= np.maximum(probabilities.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        return probabilities


class _Classes:
    """One lightgbm.Booster in training."""

    def __init__(self, params: dict[str, Any], X: Floats, shares: Floats, X_val: Floats | None) -> None:
        import lightgbm

        rows, codes, weights = hard_rows(shares)
        data = lightgbm.Dataset(X[rows], label=codes, weight=weights, params=params).construct()
        self._booster = lightgbm.Booster(params, data)
        if X_val is not None:
            # LightGBM keeps the score of these rows up to date, tree by tree; their labels are never read.
            unused = np.zeros(len(X_val), dtype=np.float32)
            self._booster.add_valid(lightgbm.Dataset(X_val, label=unused, reference=data, params=params), "validation")

    def advance(self) -> None:
        """Train one more round."""
        self._booster.update()

    def prediction(self) -> np.ndarray:
        """Return the (n_val, n_seen) probabilities of the validation rows after the rounds so far."""
        return validation_prediction(self._booster)

    def finish(self) -> Any:
        """Return the booster through text: without its training data, as a saved one will be."""
        import lightgbm

        return lightgbm.Booster(model_str=self._booster.model_to_string(num_iteration=-1))
