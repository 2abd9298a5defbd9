"""CatBoost for many outputs: trees that have all of them in every leaf."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError
from kit.gaps import has_gaps, split_gaps
from kit.models.base import MODELS, Loss
from kit.models.boosting.catboost_options import CatBoostOptions, trained, varies
from kit.models.boosting.catboost_watch import Watch
from kit.models.boosting.library_model import check_held_out, check_rows
from kit.models.boosting.rounds import RoundScores
from kit.plugins import check_is_fitted

MOST_OUTPUTS = 64
"""A round's time and memory are proportional to the outputs: beyond this a fit takes hours."""


@MODELS.register("catboost")
@dataclass(eq=False, repr=False)
class CatBoost(CatBoostOptions):
    """CatBoost's MultiRMSE, trees shared by all outputs: one vector in every leaf (64 outputs at most).

    By default the trees are oblivious: all nodes of a level split on one feature and threshold, which regularises where
    rows are few. Parameters carry CatBoost's main names, except ``early_stopping_rounds`` and ``random_state``. Runs on
    one thread and deterministically, prints nothing and writes no files into the working directory. Targets may have
    gaps (NaN in Y), which CatBoost leaves out of the loss (its MultiRMSEWithMissingValues).

    Attributes:
        booster_: The catboost.CatBoost; absent where no feature, or no target, varied.
        constant_: (n_outputs,) float32 weighted means, the prediction in that case; None otherwise.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    allow_nan_targets: ClassVar[bool] = True
    most_outputs: ClassVar[int | None] = MOST_OUTPUTS
    loss_function: ClassVar[str] = "MultiRMSE"

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit ``iterations`` rounds, all outputs together.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows, n_outputs) targets.
            sample_weight: (n_rows,) weights.

        Raises:
            ParameterError: See `check_parameters`.
            InputError: The arrays do not fit together, are not finite, or there are more than 64 outputs.
        """
        self.check_parameters()
        X, Y, weights = self._checked(X, Y, sample_weight)
        if hasattr(self, "booster_"):
            del self.booster_
        self.constant_ = None
        if varies(X) and varies(Y):
            with self._refusals_explained(X):
                self.booster_: Any = self._train(X, Y, weights)
        else:
            self.constant_ = _means(Y, weights)
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "n_outputs_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=True)
        if self.constant_ is not None:
            return np.tile(self.constant_, (X.shape[0], 1))
        if X.shape[0] == 0:
            return np.empty((0, self.n_outputs_), dtype=np.float32)
        predicted: np.ndarray = self.booster_.predict(X, thread_count=1)
        return predicted.reshape(X.shape[0], self.n_outputs_).astype(np.float32)

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of rounds (1 to ``iterations``) with the least loss on ``X_val``.

        One fit, scored after every round; it ends after ``early_stopping_rounds`` rounds without improvement (never, if
        that is None). Nothing of it is kept.
        """
        self.check_parameters()
        X, Y, weights = self._checked(X, Y, fit_params.get("sample_weight"))
        X_val = check_held_out(X_val, X.shape[1])
        scores = RoundScores(loss, self.early_stopping_rounds)
        if not (varies(X) and varies(Y)):
            scores.add(np.tile(_means(Y, weights), (len(X_val), 1)))
            return scores.best()
        watch = Watch(scores, Y)
        with self._refusals_explained(X), warnings.catch_warnings():
            # That numba does not compile the metric: it is Python's on purpose.
            warnings.filterwarnings("ignore", category=UserWarning, module="catboost")
            self._train(X, Y, weights, watch.metric(), eval_set=watch.pool(X_val), callbacks=[watch])
        watch.finish()
        return scores.best()

    def _checked(
        self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None
    ) -> tuple[Floats, Floats, Doubles | None]:
        X, Y, weights = check_rows(X, Y, sample_weight, allow_nan=True)
        if Y.shape[1] > MOST_OUTPUTS:
            raise InputError(
                f"Y: {Y.shape[1]} outputs, but the time of {self.kind!r} is proportional to the outputs and "
                f"{MOST_OUTPUTS} is its limit; give the target transform {MOST_OUTPUTS} components or fewer, "
                "or take 'xgboost_sketch'"
            )
        return X, Y, weights

    def _train(self, X: Floats, Y: Floats, weights: Doubles | None, metric: Any = None, **options: Any) -> Any:
        """Return a catboost.CatBoost fitted on the rows, without what tells one fit from the next."""
        params = {**self.booster_params(), "iterations": self.iterations}
        if has_gaps(Y):
            params["loss_function"] = "MultiRMSEWithMissingValues"
        if metric is not None:
            params |= {"eval_metric": metric, "use_best_model": False}
        return trained(params, X, Y, weights, **options)

    def _try(self, params: dict[str, Any]) -> None:
        ramp = np.arange(16, dtype=np.float32)
        self._try_on(params, np.stack([ramp, -ramp], axis=1))


def _means(Y: Floats, weights: Doubles | None) -> Floats:
    if not has_gaps(Y):
        return np.average(Y.astype(np.float64), axis=0, weights=weights).astype(np.float32)
    values, measured = split_gaps(Y)
    counts = np.ones(len(Y)) if weights is None else weights
    totals = counts @ measured
    means = np.divide(counts @ values, totals, out=np.zeros(Y.shape[1]), where=totals > 0)
    return means.astype(np.float32)
