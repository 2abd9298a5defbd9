"""CatBoost's own loss of classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, ClassVar

import numpy as np

from kit.arrays import Floats
from kit.models.base import MODELS
from kit.models.boosting.catboost_options import CatBoostOptions, trained, varies
from kit.models.boosting.names.catboost_names import catboost_names
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.classifiers.base import hard_rows
from kit.models.classifiers.boosted import BoostedClassifier, Path


@MODELS.register("catboost_classifier")
@dataclass(eq=False, repr=False)
class CatBoostClassifier(CatBoostOptions, BoostedClassifier):
    """CatBoost of classes: trees with a value for every class in each leaf, on the cross-entropy.

    Parameters carry CatBoost's main names, except ``early_stopping_rounds``, ``random_state`` and ``class_weight``,
    which carry scikit-learn's. Runs on one thread and deterministically. To choose the rounds, all ``iterations`` are
    trained and then looked at one by one.

    Attributes:
        booster_: The catboost.CatBoost; absent where all rows are of one class, or no feature varied.
        frequencies_: (n_seen,) of the classes, the prediction where no feature varied; None otherwise.
    """

    loss_function: ClassVar[str] = "MultiClass"

    def _learn(self, X: Floats, shares: Floats) -> None:
        self.frequencies_ = None if varies(X) else _frequencies(shares)
        if self.frequencies_ is None:
            super()._learn(X, shares)

    def _names(self) -> LibraryNames:
        names = catboost_names(self._tree_parameters())
        controlled = {**names.controlled, "loss_function": "this model has trees of classes: MultiClass"}
        return replace(names, controlled=controlled)

    def _try(self, params: dict[str, Any]) -> None:
        self._try_on(params, np.arange(16) % 4)

    def _path(self, X: Floats, shares: Floats, X_val: Floats | None) -> Path:
        return _Classes({**self.booster_params(), "iterations": self._rounds}, X, shares, X_val)

    def _probabilities(self, X: Floats) -> np.ndarray:
        if self.frequencies_ is not None:
            return np.tile(self.frequencies_, (len(X), 1))
        probabilities: np.ndarray = self.booster_.predict(X, prediction_type="Probability", thread_count=1)
        return probabilities


class _Classes:
    """One catboost.CatBoost, which is trained in one go: its rounds are counted first, or looked at afterwards."""

    def __init__(self, params: dict[str, Any], X: Floats, shares: Floats, X_val: Floats | None) -> None:
        self._params, self._X, self._shares, self._X_val = params, X, shares, X_val
        self._done = 0
        self._stages: Iterator[np.ndarray] | None = None

    def advance(self) -> None:
        """Go on to the next round."""
        self._done += 1

    def prediction(self) -> np.ndarray:
        """Return the (n_val, n_seen) probabilities of the validation rows after the round that is next in turn."""
        if self._stages is None:
            self._stages = self._staged()
        return next(self._stages)

    def finish(self) -> Any:
        """Return the booster of so many rounds."""
        return self._trained(self._done)

    def _staged(self) -> Iterator[np.ndarray]:
        assert self._X_val is not None
        if not varies(self._X):
            return repeat(np.tile(_frequencies(self._shares), (len(self._X_val), 1)))
        booster = self._trained(self._params["iterations"])
        stages: Iterator[np.ndarray] = booster.staged_predict(
            self._X_val, prediction_type="Probability", thread_count=1
        )
        return stages

    def _trained(self, n_rounds: int) -> Any:
        rows, codes, weights = hard_rows(self._shares)
        return trained({**self._params, "iterations": n_rounds}, self._X[rows], codes, weights)


def _frequencies(shares: Floats) -> Floats:
    counts = shares.sum(axis=0, dtype=np.float64)
    return np.asarray(counts / counts.sum(), dtype=np.float32)
