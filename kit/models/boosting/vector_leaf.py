"""What the models have in common whose XGBoost trees carry a vector of all outputs in every leaf."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import StateError
from kit.models.base import Loss
from kit.models.boosting.library_model import LibraryBoosting, check_held_out, check_rows
from kit.models.boosting.library_names import LibraryNames
from kit.models.boosting.rounds import best_round
from kit.models.boosting.xgboost_names import CONTROLLED, xgboost_names

SQUARED_ERROR = "reg:squarederror"

_MISSING_FROM_VECTOR_LEAVES = "XGBoost does not have it for trees with a vector in every leaf; 'xgboost' has it"
_VECTOR_LEAVES: Mapping[str, str] = {
    **dict.fromkeys(("booster", "monotone_constraints", "interaction_constraints"), _MISSING_FROM_VECTOR_LEAVES),
    **dict.fromkeys(("multi_strategy", "num_target"), "this model's trees have all outputs in every leaf"),
}


class VectorLeafBoosting(LibraryBoosting):
    """Base of the models that fit one XGBoost booster for all outputs."""

    native_attributes = ("booster_",)

    max_depth: int
    max_leaves: int
    max_bin: int
    colsample_bytree: float

    @abstractmethod
    def _rows(self, X: Floats, Y: Floats, sample_weight: Doubles | None) -> Any:
        """Return the binned training rows, with what the gradient reads from them."""

    def _objective(self, Y: Floats, sample_weight: Doubles | None) -> Any:
        """Return what gives the gradient, for XGBoost's ``update``; None for XGBoost's own ``objective``."""
        return None

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit ``n_estimators`` rounds, all outputs together.

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
        with self._refusals_explained(X):
            path = _Path(self, X, Y, weights, None)
            for _ in range(self._rounds):
                path.advance()
            self.booster_ = path.finish()
        self.start_ = path.start
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        import xgboost

        check_is_fitted(self, "booster_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        if X.shape[0] == 0:
            return np.empty((0, self.n_outputs_), dtype=np.float32)
        return _plus(self.booster_.predict(xgboost.DMatrix(X, nthread=1)), self.start_)

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of rounds (1 to ``n_estimators``) with the least loss on ``X_val``.

        Training stops after ``early_stopping_rounds`` rounds without improvement (never, if that is None). Nothing of
        it is kept.
        """
        self.check_parameters()
        X, Y, weights = check_rows(X, Y, fit_params.get("sample_weight"))
        X_val = check_held_out(X_val, X.shape[1])
        with self._refusals_explained(X):
            path = _Path(self, X, Y, weights, X_val)

        def advance(n_rounds: int) -> list[Floats]:
            with self._refusals_explained(X):
                path.advance()
            return [path.prediction()]

        return best_round(advance, self._rounds, self.early_stopping_rounds, loss)

    def save_native(self, directory: Path) -> None:
        """Write the booster in XGBoost's binary JSON."""
        self.booster_.save_model(directory / "booster.ubj")

    def load_native(self, directory: Path) -> None:
        """Read the booster that `save_native` wrote.

        Raises:
            StateError: The file is missing.
        """
        import xgboost

        path = directory / "booster.ubj"
        if not path.is_file():
            raise StateError(f"{path} is missing; the model cannot predict without its booster")
        self.booster_ = xgboost.Booster({"nthread": 1}, model_file=path)

    def _start(self, Y: Floats, sample_weight: Doubles | None) -> Floats:
        """Return the (n_outputs,) prediction that is added to the booster's; zeros where XGBoost starts by itself."""
        return np.zeros(Y.shape[1], dtype=np.float32)

    def _names(self) -> LibraryNames:
        return vector_leaf_names(self._tree_parameters(), getattr(self, "objective", SQUARED_ERROR))

    def _own_params(self) -> dict[str, Any]:
        return {
            **self._tree_values(),
            "multi_strategy": "multi_output_tree",
            "seed": self._seed(),
            "seed_per_iteration": True,
            "tree_method": "hist",
            "nthread": 1,
            "disable_default_eval_metric": True,
            "verbosity": 1,
        }

    def _try(self, params: dict[str, Any]) -> None:
        import xgboost

        ramp = np.arange(16, dtype=np.float32)
        labels = np.stack([ramp, -ramp], axis=1)
        rows = xgboost.QuantileDMatrix(ramp[:, None], label=labels, nthread=1, max_bin=self.max_bin)
        xgboost.Booster(params, [rows]).update(rows, 0)

    def _library_error(self) -> type[Exception]:
        import xgboost

        return xgboost.core.XGBoostError

    def _cells(self, n_rows: int, n_features: int) -> float:
        """Return how many entries of histograms are filled and scanned for one column of gradients in one tree."""
        depth = min(self.max_depth or 30, int(np.log2(max(2, n_rows))))
        nodes = min(2**depth, self.max_leaves or n_rows)
        return n_features * self.colsample_bytree * (nodes * max(2, min(self.max_bin, n_rows)) + n_rows * depth)


class _Path:
    """One booster in training, with the running prediction of validation rows."""

    def __init__(
        self, model: VectorLeafBoosting, X: Floats, Y: Floats, sample_weight: Doubles | None, X_val: Floats | None
    ) -> None:
        import xgboost

        self.start = model._start(Y, sample_weight)
        self.objective = model._objective(Y, sample_weight)
        self.rows = model._rows(X, Y, sample_weight)
        self.validation = None if X_val is None else xgboost.DMatrix(X_val, nthread=1)
        cached = [self.rows] if self.validation is None else [self.rows, self.validation]
        params = model.booster_params()
        if self.objective is not None:
            params["num_target"] = Y.shape[1]
        self.booster = xgboost.Booster(params, cached)
        self.done = 0

    def advance(self) -> None:
        """Train one more round."""
        self.booster.update(self.rows, self.done, fobj=self.objective)
        self.done += 1

    def prediction(self) -> Floats:
        """Return the (n_val, n_outputs) prediction after the rounds so far."""
        # The matrix is in the booster's cache, so this adds the newest tree to the prediction before it.
        return _plus(self.booster.predict(self.validation), self.start)

    def finish(self) -> Any:
        """Return the booster without its training data."""
        import xgboost

        # Through its file format: lets go of the training data, and is what a saved model will be.
        return xgboost.Booster({"nthread": 1}, model_file=self.booster.save_raw("ubj"))


@cache
def vector_leaf_names(constructor: tuple[str, ...], objective: str) -> LibraryNames:
    """Return the names that the installed XGBoost reads for trees with vector leaves, and who sets them.

    Args:
        constructor: The names of our model's constructor parameters.
        objective: XGBoost's name of the loss.

    Raises:
        MissingDependencyError: XGBoost is not installed.
    """
    ours = set(constructor)
    named = tuple(name for name in constructor if name not in _OF_THE_SKETCH)
    names = xgboost_names(named, "gbtree", objective)
    controlled = {**CONTROLLED, **_VECTOR_LEAVES}
    if ours & set(_OF_THE_SKETCH):
        controlled |= _OWN_GRADIENT
    known = {**names.main, **{name: name for name in (*_VECTOR_LEAVES, *ours)}}
    return dataclasses.replace(names, main=known, controlled=controlled)


def _plus(prediction: np.ndarray, start: Floats) -> Floats:
    """Return a booster's prediction, which has one dimension for one output, plus the start of every output."""
    return np.asarray(prediction.reshape(len(prediction), len(start)) + start, dtype=np.float32)
