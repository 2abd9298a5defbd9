"""Base class of models with one booster per output (LightGBM, XGBoost) over one copy of the binned features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix
from kit.errors import StateError
from kit.gaps import has_gaps, measured_rows, target_parts
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
    """Base of the models that fit one booster per output.

    Outputs may have gaps (NaN in Y): the booster of an output is fitted on the rows that measured it, whose features
    are binned once for all outputs that lack the same rows; an output that no row measured is predicted as 0.
    """

    allow_nan_targets: ClassVar[bool] = True
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
        X, Y, weights = check_rows(X, Y, sample_weight, allow_nan=True)
        boosters: list[Any] = [None] * Y.shape[1]
        with self._refusals_explained(X):
            for trainer, outputs in self._trainers(X, Y, weights, None):
                # Output by output, so that only one booster at a time holds its histograms.
                for place, output in enumerate(outputs.tolist()):
                    trainer.advance(place, self._rounds)
                    boosters[output] = trainer.finish(place)
        self.boosters_ = boosters
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "boosters_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=True)
        if X.shape[0] == 0:
            return np.empty((0, self.n_outputs_), dtype=np.float32)
        return np.stack(self._predict_each(X), axis=1).astype(np.float32)

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of rounds (1 to ``n_estimators``) with the least loss on ``X_val``.

        All outputs advance together and are scored together after every round; training stops after
        ``early_stopping_rounds`` rounds without improvement (never, if that is None). Nothing of it is kept.
        """
        self.check_parameters()
        X, Y, weights = check_rows(X, Y, fit_params.get("sample_weight"), allow_nan=True)
        X_val = check_held_out(X_val, X.shape[1])
        with self._refusals_explained(X):
            trainers = list(self._trainers(X, Y, weights, X_val))

        def advance(n_rounds: int) -> Floats:
            predictions = np.empty((n_rounds, X_val.shape[0], Y.shape[1]), dtype=np.float32)
            with self._refusals_explained(X):
                for trainer, outputs in trainers:
                    for place, output in enumerate(outputs.tolist()):
                        predictions[:, :, output] = trainer.advance(place, n_rounds)
                        trainer.pause(place)
            return predictions

        block = trainers[0][0].block_rounds
        return best_round(advance, self._rounds, self.early_stopping_rounds, loss, block)

    def _trainers(
        self, X: Floats, Y: Floats, weights: Doubles | None, X_val: Floats | None
    ) -> Iterator[tuple[Trainer, Ints]]:
        """Yield what trains the boosters of outputs that the same rows measured, and these outputs."""
        if not has_gaps(Y):
            yield self._trainer(X, Y, weights, X_val), np.arange(Y.shape[1])
            return
        never = ~measured_rows(Y.T)
        Y = np.where(never, np.float32(0), Y)
        for rows, outputs in target_parts(Y):
            of_rows = None if weights is None else weights[rows]
            yield self._trainer(X[rows], Y[np.ix_(rows, outputs)], of_rows, X_val), outputs

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
