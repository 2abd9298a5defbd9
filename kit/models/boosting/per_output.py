"""Base class of models with one booster per output (LightGBM, XGBoost) over one copy of the binned features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import StateError
from kit.models.base import Loss
from kit.models.boosting.library_model import LibraryBoosting, check_held_out, check_rows
from kit.models.boosting.rounds import best_round
from kit.plugins import check_is_fitted


class Trainer(ABC):
    """Boosters of several outputs that read one copy of the binned features and one label array.

    Every call may be for another output, so `advance` must put that output's labels in place first.

    Attributes:
        block_rounds: How many rounds of one output are trained before the next output has its turn, when all outputs
            advance together.
    """

    block_rounds: ClassVar[int] = 1

    @abstractmethod
    def advance(self, output: int, n_rounds: int) -> Floats:
        """Train one output for more rounds; return its (n_rounds, n_val) validation predictions after each.

        Without validation rows the result has shape (n_rounds, 0).
        """

    @abstractmethod
    def pause(self, output: int) -> None:
        """Let go of what an output's booster can rebuild when its turn comes again."""

    @abstractmethod
    def finish(self, output: int) -> Any:
        """Return an output's trained booster without its training data, and forget it."""


class PerOutputBoosting(LibraryBoosting):
    """Base of the models that fit one booster per output."""

    native_attributes = ("boosters_",)
    native_suffix: ClassVar[str]

    @abstractmethod
    def _trainer(self, X: Floats, Y: Floats, sample_weight: Doubles | None, X_val: Floats | None) -> Trainer:
        """Bin the features once and return what trains boosters on them."""

    @abstractmethod
    def _predict_each(self, X: Floats) -> list[np.ndarray]:
        """Return the (n_rows,) prediction of every booster."""

    @abstractmethod
    def _save_booster(self, booster: Any, path: Path) -> None:
        """Write a booster in the library's own format."""

    @abstractmethod
    def _load_booster(self, path: Path) -> Any:
        """Read what `_save_booster` wrote."""

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit ``n_estimators`` rounds for each output.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows, n_outputs) targets.
            sample_weight: (n_rows,) weights.

        Raises:
            ParameterError: See `check_parameters`.
            InputError: The arrays do not fit together or are not finite.
        """
        self.check_parameters()
        X, Y, weights = check_rows(X, Y, sample_weight)
        boosters = []
        with self._refusals_explained(X):
            trainer = self._trainer(X, Y, weights, None)
            # Output by output, so that only one booster at a time holds its histograms.
            for output in range(Y.shape[1]):
                trainer.advance(output, self._rounds)
                boosters.append(trainer.finish(output))
        self.boosters_ = boosters
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "boosters_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        if X.shape[0] == 0:
            return np.empty((0, self.n_outputs_), dtype=np.float32)
        return np.stack(self._predict_each(X), axis=1).astype(np.float32)

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of rounds (1 to ``n_estimators``) with the least loss on ``X_val``.

        All outputs advance together and are scored together after every round; training stops after
        ``early_stopping_rounds`` rounds without improvement (never, if that is None). Nothing of it is kept.
        """
        self.check_parameters()
        X, Y, weights = check_rows(X, Y, fit_params.get("sample_weight"))
        X_val = check_held_out(X_val, X.shape[1])
        with self._refusals_explained(X):
            trainer = self._trainer(X, Y, weights, X_val)

        def advance(n_rounds: int) -> Floats:
            predictions = np.empty((n_rounds, X_val.shape[0], Y.shape[1]), dtype=np.float32)
            with self._refusals_explained(X):
                for output in range(Y.shape[1]):
                    predictions[:, :, output] = trainer.advance(output, n_rounds)
                    trainer.pause(output)
            return predictions

        return best_round(advance, self._rounds, self.early_stopping_rounds, loss, trainer.block_rounds)

    def save_native(self, directory: Path) -> None:
        """Write one file for each output in the library's own format."""
        for output, booster in enumerate(self.boosters_):
            self._save_booster(booster, directory / f"output-{output}{self.native_suffix}")

    def load_native(self, directory: Path) -> None:
        """Read the boosters that `save_native` wrote.

        Raises:
            StateError: There are not as many files as outputs.
        """
        paths = [directory / f"output-{output}{self.native_suffix}" for output in range(self.n_outputs_)]
        for path in paths:
            if not path.is_file():
                raise StateError(f"{path} is missing; the model has {self.n_outputs_} outputs, one file each")
        self.boosters_ = [self._load_booster(path) for path in paths]
