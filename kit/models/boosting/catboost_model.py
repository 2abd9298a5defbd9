"""CatBoost for many outputs: trees that have all of them in every leaf."""

from __future__ import annotations

import errno
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError, StateError
from kit.gaps import has_gaps, split_gaps
from kit.models.base import MODELS, Loss
from kit.models.boosting.catboost_watch import Watch
from kit.models.boosting.library_model import LibraryBoosting, LibraryParams, check_held_out, check_rows
from kit.models.boosting.names.catboost_names import catboost_names, idle_problems
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.boosting.rounds import RoundScores
from kit.plugins import Supplied, check_is_fitted, parameters

MOST_OUTPUTS = 64
"""A round's time and memory are proportional to the outputs: beyond this a fit takes hours."""

# Single-thread CPU seconds for one output x feature x leaf x border, CatBoost 1.2.10, AMD EPYC.
_SECONDS_PER_CELL = 5e-9

# When and where a model was trained, which CatBoost writes into it.
_PRIVATE = ("train_finish_time", "model_guid")


@MODELS.register("catboost")
@dataclass(eq=False, repr=False)
class CatBoost(LibraryBoosting):
    """CatBoost's MultiRMSE, trees shared by all outputs: one vector in every leaf (64 outputs at most).

    By default the trees are oblivious: all nodes of a level split on one feature and threshold, which regularises where
    rows are few. Parameters carry CatBoost's main names, except ``early_stopping_rounds`` and ``random_state``. Runs on
    one thread and deterministically, prints nothing and writes no files into the working directory. Targets may have
    gaps (NaN in Y), which CatBoost leaves out of the loss (its MultiRMSEWithMissingValues).

    Args:
        iterations: Boosting rounds; with ``early_stopping_rounds`` the most to try.
        learning_rate: Shrinkage of each tree.
        depth: Depth of a tree.
        l2_leaf_reg: L2 penalty on leaf values.
        rsm: Share of the features drawn for each level.
        bootstrap_type: How a tree's rows are weighted: at random (Bayesian), drawn (Bernoulli), drawn by their
            gradients (MVS), all alike (No).
        bagging_temperature: Spread of the Bayesian weights; 0 weights all alike.
        subsample: Share of the rows that Bernoulli and MVS draw; None means CatBoost's 0.66 and 0.8.
        random_strength: Noise that is added to the scores of splits, in standard deviations of the gradient.
        border_count: Most thresholds of a feature. Time is proportional to it; CatBoost's own default is 254, more
            than a few hundred rows can tell apart.
        min_data_in_leaf: Fewest rows in a leaf; only where trees are not oblivious.
        grow_policy: Oblivious trees; level by level; or the leaf of the greatest gain first.
        boosting_type: Plain; or Ordered, where a row's gradient comes from a model without it.
        early_stopping_rounds: Choose the rounds on held-out rows, stopping after so many without improvement; None
            trains ``iterations``.
        library_params: Any other parameter of CatBoost by its name or alias, checked against CatBoost's constructor.
        random_state: Seed of everything random (None means 0).

    Attributes:
        booster_: The catboost.CatBoost; absent where no feature, or no target, varied.
        constant_: (n_outputs,) float32 weighted means, the prediction in that case; None otherwise.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    allow_nan_targets: ClassVar[bool] = True
    path_parameter: ClassVar[str | None] = "iterations"
    most_outputs: ClassVar[int | None] = MOST_OUTPUTS
    native_attributes = ("booster_",)
    libraries = ("catboost",)

    iterations: Annotated[int, Ge(1)] = 100
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.1
    depth: Annotated[int, Ge(1), Le(16)] = 6
    l2_leaf_reg: Annotated[float, Ge(0)] = 3.0
    rsm: Annotated[float, Gt(0), Le(1)] = 1.0
    bootstrap_type: Literal["Bayesian", "Bernoulli", "MVS", "No"] = "Bayesian"
    bagging_temperature: Annotated[float, Ge(0)] = 1.0
    subsample: Annotated[float, Gt(0), Le(1)] | None = None
    random_strength: Annotated[float, Ge(0)] = 1.0
    border_count: Annotated[int, Ge(1), Le(65535)] = 64
    min_data_in_leaf: Annotated[int, Ge(1)] = 1
    grow_policy: Literal["SymmetricTree", "Depthwise", "Lossguide"] = "SymmetricTree"
    boosting_type: Literal["Plain", "Ordered"] = "Plain"
    early_stopping_rounds: Annotated[int, Ge(1)] | None = None
    library_params: LibraryParams = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

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
        if _varies(X) and _varies(Y):
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
        if not (_varies(X) and _varies(Y)):
            scores.add(np.tile(_means(Y, weights), (len(X_val), 1)))
            return scores.best()
        watch = Watch(scores, Y)
        with self._refusals_explained(X), warnings.catch_warnings():
            # That numba does not compile the metric: it is Python's on purpose.
            warnings.filterwarnings("ignore", category=UserWarning, module="catboost")
            self._train(X, Y, weights, watch.metric(), eval_set=watch.pool(X_val), callbacks=[watch])
        watch.finish()
        return scores.best()

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of scoring one threshold."""
        leaves = 2**self.depth if self.grow_policy == "SymmetricTree" else min(2**self.depth, n_rows)
        cells = n_features * self.rsm * leaves * min(self.border_count, n_rows)
        return float(_SECONDS_PER_CELL * self.iterations * n_outputs * cells)

    def save_native(self, directory: Path) -> None:
        """Write the booster in CatBoost's binary format.

        Raises:
            OSError: The disk is full.
        """
        import catboost

        path = str(directory / "booster.cbm")
        self.booster_.save_model(path)
        # On a full disk CatBoost writes a part and says nothing.
        try:
            catboost.CatBoost().load_model(path)
        except catboost.CatBoostError:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path) from None

    def load_native(self, directory: Path) -> None:
        """Read the booster that `save_native` wrote.

        Raises:
            StateError: The file is missing.
        """
        import catboost

        path = directory / "booster.cbm"
        if not path.is_file():
            raise StateError(f"{path} is missing; the model cannot predict without its booster")
        self.booster_ = catboost.CatBoost().load_model(str(path))

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
        import catboost

        params = {**self.booster_params(), "iterations": self.iterations}
        if has_gaps(Y):
            params["loss_function"] = "MultiRMSEWithMissingValues"
        if metric is not None:
            params |= {"eval_metric": metric, "use_best_model": False}
        booster = catboost.CatBoost(params)
        booster.fit(catboost.Pool(X, Y, weight=weights, thread_count=1), **options)
        metadata = booster.get_metadata()
        for key in _PRIVATE:
            metadata[key] = ""
        return booster

    def _names(self) -> LibraryNames:
        return catboost_names(self._tree_parameters())

    def _own_problems(self) -> list[str]:
        names = self._names()
        extra = {names.main[name]: f"library_params.{name}" for name in self.library_params or {} if name in names.main}
        own = {p.name: p.name for p in parameters(type(self)) if getattr(self, p.name) != p.default}
        return list(idle_problems(self.booster_params(), {**own, **extra}))

    def _own_params(self) -> dict[str, Any]:
        values = self._tree_values()
        # CatBoost refuses some of them beside others even at their defaults.
        if self.subsample is None:
            del values["subsample"]
        if self.bootstrap_type != "Bayesian":
            del values["bagging_temperature"]
        return {
            **values,
            "loss_function": "MultiRMSE",
            "random_seed": self._seed(),
            "thread_count": 1,
            "allow_const_label": True,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }

    def _try(self, params: dict[str, Any]) -> None:
        import catboost

        # These must fit the number of features, which is not known before the fit.
        sized = ("monotone_constraints", "feature_weights", "ignored_features", "per_float_feature_quantization")
        tried = {k: v for k, v in params.items() if k not in sized and not k.endswith("_feature_use_penalties")}
        ramp = np.arange(16, dtype=np.float32)
        catboost.CatBoost({**tried, "iterations": 1}).fit(ramp[:, None], np.stack([ramp, -ramp], axis=1))

    def _library_error(self) -> type[Exception]:
        import catboost

        error: type[Exception] = catboost.CatBoostError
        return error


def _varies(X: Floats) -> bool:
    """Whether any column differs between rows, by what is not NaN; CatBoost does not train where none does."""
    return bool((np.fmin.reduce(X, axis=0) < np.fmax.reduce(X, axis=0)).any())


def _means(Y: Floats, weights: Doubles | None) -> Floats:
    if not has_gaps(Y):
        return np.average(Y.astype(np.float64), axis=0, weights=weights).astype(np.float32)
    values, measured = split_gaps(Y)
    counts = np.ones(len(Y)) if weights is None else weights
    totals = counts @ measured
    means = np.divide(counts @ values, totals, out=np.zeros(Y.shape[1]), where=totals > 0)
    return means.astype(np.float32)
