"""Base class of models."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError
from kit.plugins import Plugin, Registry

MODELS: Registry[Model] = Registry("model", "kit.models")

Loss = Callable[[Floats], float]
"""Scores a (n_validation, n_outputs) prediction; smaller is better."""


class Model(Plugin):
    """A multi-output regressor: ``fit(X, Y, sample_weight=None)``, ``predict(X)``.

    Attributes:
        reads_full_width: Whether `fit` and `choose` take ``full_width``, a `kit.full_width.FullWidth` for the rows of
            X, beside the coordinates Y; the kit gives it where the target transform is linear.
        reads_classes: Whether its targets must be classes, or their probabilities (`kit.classes`).
        allow_nan_features: Whether features may have gaps (NaN), in `fit` and in `predict`.
        path_parameter: The constructor parameter whose best value `choose` finds on held-out rows (the number of
            boosting rounds, a penalty), or None when there is none.
        most_outputs: The most outputs that it takes, or None for any number.
        is_constant: Whether it predicts the same for every row by its nature, as the mean does.
        restraints: Parameters that keep it from learning anything where their values do not suit the data; a warning
            names them where a fit predicts the same for every row.
    """

    reads_full_width: ClassVar[bool] = False
    reads_classes: ClassVar[bool] = False
    allow_nan_features: ClassVar[bool] = False
    path_parameter: ClassVar[str | None] = None
    most_outputs: ClassVar[int | None] = None
    is_constant: ClassVar[bool] = False
    restraints: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets, weights (n_rows,) if given."""

    @abstractmethod
    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32; a row's prediction depends on that row alone."""

    def score(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R², the mean over outputs, as scikit-learn's regressors do; what searches there goes by it."""
        from sklearn.metrics import r2_score

        return float(r2_score(Y, self.predict(X), sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description: a regressor of matrices of outputs, never of one column without a name."""
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor"
        tags.regressor_tags = RegressorTags(poor_score=self.is_constant)
        tags.target_tags.required = tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        tags.input_tags.allow_nan = self.allow_nan_features
        return tags

    @property
    def chooses(self) -> bool:
        """Whether the present parameters leave the path parameter to be chosen on held-out rows by `choose`."""
        return False

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> Any:
        """Fit along the path on (X, Y) and return the value of `path_parameter` with the least loss on ``X_val``.

        Args:
            X: (n_rows, n_features) features of the inner training rows.
            Y: (n_rows, n_outputs) their targets.
            X_val: (n_val, n_features) features of the inner validation rows.
            loss: Scores a (n_val, n_outputs) prediction for them.
            **fit_params: What else `fit` takes: ``sample_weight``, ``full_width``.
        """
        raise NotImplementedError(f"{type(self).__name__} has no path to choose from")

    def freeze_choice(self, value: Any) -> dict[str, Any]:
        """Return the parameters that fix a chosen ``value`` of `path_parameter`, so that nothing is left to choose."""
        return {str(self.path_parameter): value}

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, for ``kit train --dry-run``."""
        return 1e-9 * n_rows * n_features * (n_features + n_outputs)

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return roughly the bytes of matrices of pairs of rows, and the like, that one fit holds at once.

        What is no larger than some copies of the features and the targets does not count: 0 where that is all. Before
        a run starts, a model for which the machine is too small is refused.
        """
        return 0.0

    @property
    def for_many_rows(self) -> str:
        """What a recipe should have instead, where time or memory of this model grow faster than its rows."""
        return (
            f"fit it on some of the rows: {{kind: bagged, params: {{model: {{kind: {self.kind}, …}}, n_repeats: 5, "
            "most_rows: 5000}}"
        )


@runtime_checkable
class PredictsVariance(Protocol):
    """A model that forecasts its own error; whatever asks for forecasts takes every model that has this method."""

    def predict_variance(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows,) expected squared error of each row's prediction, averaged over the outputs.

        It is in squared units of the outputs, and the noise of a measured row is part of it.
        """


@dataclass(frozen=True)
class JointForecast:
    """What a model expects of rows together, in squared units of its outputs and averaged over them.

    Attributes:
        signal: (n_rows, n_rows) covariance of the errors that it makes in what rows have besides their noise.
        noise: (n_rows,) variance of the noise that a measurement of each row has.
    """

    signal: Doubles
    noise: Doubles


@runtime_checkable
class PredictsCovariance(PredictsVariance, Protocol):
    """A model that says how the errors of rows hang together, and so what measuring one row tells of another."""

    def predict_covariance(self, X: ArrayLike) -> JointForecast:
        """Return the joint forecast of rows; the diagonal of its signal plus its noise is `predict_variance`."""


def check_fit_arrays(
    X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None, allow_nan: bool = False, nan_features: bool = False
) -> tuple[Floats, Floats, np.ndarray | None]:
    """Check what ``fit`` was given and return it as float32 matrices (and float64 weights).

    Args:
        X: (n_rows, n_features) features.
        Y: (n_rows, n_outputs) targets.
        sample_weight: (n_rows,) weights.
        allow_nan: Whether targets may be NaN, for missing.
        nan_features: Whether features may.

    Raises:
        InputError: Shapes disagree, values are not finite, or a weight is negative.
    """
    X = as_matrix(X, "X", allow_nan=nan_features)
    if X.shape[0] == 0:
        raise InputError("X: expected at least one row, got 0")
    Y = as_matrix(Y, "Y", n_rows=X.shape[0], allow_nan=allow_nan)
    if sample_weight is None:
        return X, Y, None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (X.shape[0],):
        raise InputError(f"sample_weight: expected shape ({X.shape[0]},), got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError("sample_weight: weights must be finite, not negative and not all zero")
    return X, Y, weights
