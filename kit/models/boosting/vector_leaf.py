"""Base class of XGBoost models whose trees hold a vector of all outputs in every leaf."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.models.base import Loss
from kit.models.boosting.library_model import check_held_out, check_rows
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.boosting.names.xgboost_names import xgboost_names
from kit.models.boosting.rounds import best_round
from kit.models.boosting.saved_booster import SavedBooster
from kit.models.boosting.xgboost_options import fixed_parameters
from kit.plugins import check_is_fitted

_MISSING = "XGBoost does not have it for trees with all outputs in every leaf; the model 'xgboost' has it"
_CONTROLLED: Mapping[str, str] = {
    **dict.fromkeys(("booster", "monotone_constraints", "interaction_constraints"), _MISSING),
    **dict.fromkeys(("multi_strategy", "num_target"), "this model's trees have all outputs in every leaf"),
}


@dataclass(frozen=True)
class Training:
    """The inputs from which XGBoost trains one booster.

    Attributes:
        rows: The xgboost.QuantileDMatrix of the training rows.
        params: Everything that is handed to XGBoost.
        objective: What gives the gradient (``fobj`` of XGBoost's ``update``); None for XGBoost's own objective.
    """

    rows: Any
    params: Mapping[str, Any]
    objective: Any = None


class VectorLeafBoosting(SavedBooster):
    """Base of the models that fit one XGBoost booster for all outputs."""

    max_bin: int

    @abstractmethod
    def _training(self, X: Floats, Y: Floats, sample_weight: Doubles | None) -> Training:
        """Bin the features and say what is trained on them."""

    def _finished(self, booster: Any) -> Any:
        """Return the trained booster without its training data.

        XGBoost lets go of them by writing and reading the whole booster.
        """
        return booster.reset()

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
        X, Y, weights = check_rows(X, Y, sample_weight, self.allow_nan_targets)
        with self._refusals_explained(X):
            path = _Path(self._training(X, Y, weights), None)
            for _ in range(self._rounds):
                path.advance()
        self.booster_ = self._finished(path.booster)
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        import xgboost

        check_is_fitted(self, "booster_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=True)
        if X.shape[0] == 0:
            return np.empty((0, self.n_outputs_), dtype=np.float32)
        return self._two_dimensional(self.booster_.predict(xgboost.DMatrix(X, nthread=1)), self.n_outputs_)

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of rounds (1 to ``n_estimators``) with the least loss on ``X_val``.

        Training stops after ``early_stopping_rounds`` rounds without improvement (never, if that is None). Nothing of
        it is kept.
        """
        self.check_parameters()
        X, Y, weights = check_rows(X, Y, fit_params.get("sample_weight"), self.allow_nan_targets)
        X_val = check_held_out(X_val, X.shape[1])
        with self._refusals_explained(X):
            path = _Path(self._training(X, Y, weights), X_val)

        def advance(n_rounds: int) -> list[Floats]:
            with self._refusals_explained(X):
                path.advance()
            return [self._two_dimensional(path.prediction(), Y.shape[1])]

        return best_round(advance, self._rounds, self.early_stopping_rounds, loss)

    def _names(self) -> LibraryNames:
        names = xgboost_names(self._tree_parameters(), "gbtree", self._xgboost_objective())
        controlled = {**names.controlled, **self._controlled()}
        return replace(names, main={**names.main, **{name: name for name in controlled}}, controlled=controlled)

    def _xgboost_objective(self) -> str:
        """Return XGBoost's name of the loss; some have parameters of their own."""
        return "reg:squarederror"

    def _controlled(self) -> Mapping[str, str]:
        """Return the further names that ``library_params`` may not hold, with the reasons."""
        return _CONTROLLED

    def _own_params(self) -> dict[str, Any]:
        return {**self._tree_values(), "multi_strategy": "multi_output_tree", **fixed_parameters(self._seed())}

    def _try(self, params: dict[str, Any]) -> None:
        import xgboost

        ramp = np.arange(16, dtype=np.float32)
        labels = np.stack([ramp, -ramp], axis=1)
        rows = xgboost.QuantileDMatrix(ramp[:, None], label=labels, nthread=1, max_bin=self.max_bin)
        xgboost.Booster(params, [rows]).update(rows, 0)

    @staticmethod
    def _two_dimensional(prediction: np.ndarray, n_outputs: int) -> Floats:
        """Return a booster's prediction with two dimensions, of which it has one for a single output."""
        return np.asarray(prediction, dtype=np.float32).reshape(len(prediction), n_outputs)


class _Path:
    """One booster in training, with the running prediction of validation rows."""

    def __init__(self, training: Training, X_val: Floats | None) -> None:
        import xgboost

        self.training = training
        self.validation = None if X_val is None else xgboost.DMatrix(X_val, nthread=1)
        cached = [training.rows] if self.validation is None else [training.rows, self.validation]
        self.booster = xgboost.Booster(dict(training.params), cached)
        self.done = 0

    def advance(self) -> None:
        """Train one more round."""
        self.booster.update(self.training.rows, self.done, fobj=self.training.objective)
        self.done += 1

    def prediction(self) -> np.ndarray:
        """Return the prediction of the validation rows after the rounds so far."""
        # The matrix is in the booster's cache, so this adds the newest tree to the prediction before it.
        return self.booster.predict(self.validation)
