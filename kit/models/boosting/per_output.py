"""What LightGBM and XGBoost have in common here: one booster per output, one copy of the binned features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError, ParameterError, StateError
from kit.models.base import Loss, Model, check_fit_arrays
from kit.models.boosting.library_names import LibraryNames, refusal
from kit.models.boosting.rounds import best_round
from kit.plugins import parameters

# How many rounds are trained is up to the loop, not to the library.
_ROUNDS = ("n_estimators", "early_stopping_rounds")


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


class PerOutputBoosting(Model):
    """Base of the models that fit one booster per output."""

    path_parameter: ClassVar[str | None] = "n_estimators"
    native_attributes = ("boosters_",)
    native_suffix: ClassVar[str]

    n_estimators: int
    early_stopping_rounds: int | None
    library_params: dict[str, Any] | None
    random_state: int | None

    @abstractmethod
    def _names(self) -> LibraryNames:
        """Return the library's parameter names."""

    @abstractmethod
    def _own_params(self) -> dict[str, Any]:
        """Return what the constructor parameters and the kit itself set, under the library's main names."""

    @abstractmethod
    def _try(self, params: dict[str, Any]) -> None:
        """Start a booster with these parameters on a few made-up rows."""

    @abstractmethod
    def _library_error(self) -> type[Exception]:
        """Return the class of the library's own errors."""

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

    def _own_problems(self) -> list[str]:
        """Return what is wrong about the constructor parameters beyond type and range."""
        return []

    def check_parameters(self) -> None:
        """Check the parameters, the names in ``library_params`` against the library's list, and what the library says.

        Raises:
            ParameterError: One line a problem; a wrong key of ``library_params`` begins its line as
                ``library_params.<key>: ``.
        """
        super().check_parameters()
        names, extra = self._names(), self.library_params or {}
        problems = self._own_problems() + names.problems(extra)
        if not problems:
            problems = refusal(names, self._complaint, self._own_params(), extra)
        if problems:
            raise ParameterError("\n".join(problems))

    def booster_params(self) -> dict[str, Any]:
        """Return everything that is handed to the library, under its main names."""
        return {**self._own_params(), **self._names().canonical(self.library_params or {})}

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
        X, Y, weights = _check_rows(X, Y, sample_weight)
        boosters = []
        with self._refusals_explained(X):
            trainer = self._trainer(X, Y, weights, None)
            # Output by output, so that only one booster at a time holds its histograms.
            for output in range(Y.shape[1]):
                trainer.advance(output, self.n_estimators)
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

    @property
    def chooses(self) -> bool:
        """Whether the number of rounds is to be chosen on held-out rows."""
        return self.early_stopping_rounds is not None

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss) -> int:
        """Return the number of rounds (1 to ``n_estimators``) with the least loss on ``X_val``.

        All outputs advance together and are scored together after every round; training stops after
        ``early_stopping_rounds`` rounds without improvement (never, if that is None). Nothing of it is kept.
        """
        self.check_parameters()
        X, Y, _ = _check_rows(X, Y, None)
        X_val = as_matrix(X_val, "X_val", n_columns=X.shape[1])
        if X_val.shape[0] == 0:
            raise InputError("X_val: expected at least one row to choose the number of rounds on, got 0")
        with self._refusals_explained(X):
            trainer = self._trainer(X, Y, None, X_val)

        def advance(n_rounds: int) -> Floats:
            predictions = np.empty((n_rounds, X_val.shape[0], Y.shape[1]), dtype=np.float32)
            with self._refusals_explained(X):
                for output in range(Y.shape[1]):
                    predictions[:, :, output] = trainer.advance(output, n_rounds)
                    trainer.pause(output)
            return predictions

        return best_round(advance, self.n_estimators, self.early_stopping_rounds, loss, trainer.block_rounds)

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

    def _complaint(self, params: dict[str, Any]) -> str | None:
        """Return what the library says against these parameters, or None."""
        try:
            self._try(params)
        except (self._library_error(), TypeError, ValueError) as error:
            return _first_line(error)
        return None

    @contextmanager
    def _refusals_explained(self, X: Floats) -> Iterator[None]:
        """Turn what the library refuses only now, when it sees the data, into an error of the kit."""
        try:
            yield
        except self._library_error() as error:
            raise ParameterError(
                f"{self._names().library} refuses its parameters for {X.shape[0]} rows and {X.shape[1]} features: "
                f"{_first_line(error)}"
            ) from error

    def _tree_parameters(self) -> tuple[str, ...]:
        """Return the names of the constructor parameters that the library has a name for, too."""
        cls: Any = type(self)
        return tuple(p.name for p in parameters(cls) if p.supplied is None and p.name != "library_params")

    def _tree_values(self) -> dict[str, Any]:
        """Return the constructor parameters that a booster is built with, under the library's main names."""
        return {main: getattr(self, name) for main, name in self._names().constructor.items() if name not in _ROUNDS}

    def _seed(self) -> int:
        """Return the seed in the range that both libraries take (a 32-bit signed integer)."""
        return (self.random_state or 0) % (2**31 - 1)


def _check_rows(X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Floats, Floats, Doubles | None]:
    checked_X, checked_Y, weights = check_fit_arrays(X, Y, sample_weight)
    if checked_X.shape[1] == 0:
        raise InputError(f"X: expected at least one feature, got shape {checked_X.shape}")
    if checked_Y.shape[1] == 0:
        raise InputError(f"Y: expected at least one output, got shape {checked_Y.shape}")
    return checked_X, checked_Y, weights


def _first_line(error: Exception) -> str:
    """Return a library's message without the trace through its own source."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].partition(" at /")[0].strip()
