"""Classifiers of gradient boosting: the libraries' own losses of classes, rounds chosen on held-out rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Floats
from kit.models.base import Loss
from kit.models.boosting.library_model import LibraryBoosting, check_held_out
from kit.models.boosting.rounds import best_round
from kit.models.classifiers.base import Classifier
from kit.plugins import clone


class Path(Protocol):
    """A booster in training, round by round."""

    def advance(self) -> None:
        """Train one more round."""

    def prediction(self) -> np.ndarray:
        """Return the (n_val, n_seen) probabilities of the validation rows after the rounds so far."""

    def finish(self) -> Any:
        """Return the booster without its training data."""


class BoostedClassifier(Classifier, LibraryBoosting):
    """Base of the classifiers of gradient boosting: one booster, in each round a tree for every class.

    A row of several classes is handed over once for each, weighted by its share.

    Attributes:
        booster_: The library's booster; absent where all rows are of one class.
    """

    allow_nan_features: ClassVar[bool] = True
    native_attributes = ("booster_",)

    booster_: Any

    @abstractmethod
    def _path(self, X: Floats, shares: Floats, X_val: Floats | None) -> Path:
        """Start a booster on (n_rows, n_features) features and (n_rows, n_seen) shares of rows in classes."""

    def _learn(self, X: Floats, shares: Floats) -> None:
        with self._refusals_explained(X):
            path = self._path(X, shares, None)
            for _ in range(self._rounds):
                path.advance()
            self.booster_ = path.finish()

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of rounds (1 to ``n_estimators``) whose probabilities have the least loss on ``X_val``.

        Training stops after ``early_stopping_rounds`` rounds without improvement (never, if that is None). Nothing of
        it is kept. Where all rows are of one class, one round is as good as any.
        """
        self.check_parameters()
        trial = clone(self)
        features, shares = trial._read(X, Y, fit_params.get("sample_weight"))
        held_out = check_held_out(X_val, features.shape[1])
        if len(trial.seen_) == 1:
            return 1
        with self._refusals_explained(features):
            path = self._path(features, shares, held_out)

        def advance(n_rounds: int) -> list[Floats]:
            with self._refusals_explained(features):
                path.advance()
            probabilities = np.zeros((len(held_out), len(trial.classes_)), dtype=np.float32)
            probabilities[:, trial.seen_] = path.prediction()
            return [probabilities]

        return best_round(advance, self._rounds, self.early_stopping_rounds, loss)

    def _tree_parameters(self) -> tuple[str, ...]:
        return tuple(name for name in super()._tree_parameters() if name != "class_weight")
