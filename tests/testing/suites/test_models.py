from __future__ import annotations

from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.full_width import FullWidth
from kit.models import Loss, MeanOutcome, Model, Ridge
from kit.models.base import JointForecast
from kit.testing import check_model, make_features, make_rows
from tests.testing.registered import registered


class Batch(Ridge):
    """Ridge whose predictions are centred within the batch."""

    def predict(self, X: ArrayLike) -> Floats:
        values = super().predict(X)
        return values - values.mean(axis=0) if len(values) else values


class Wide(Ridge):
    """Ridge that predicts in float64."""

    def predict(self, X: ArrayLike) -> Floats:
        return super().predict(X).astype(np.float64)  # type: ignore[return-value]


class Single(Ridge):
    """Ridge that drops the second dimension of one output."""

    def predict(self, X: ArrayLike) -> Floats:
        values = super().predict(X)
        return values[:, 0] if values.shape[1] == 1 else values


class Early(MeanOutcome):
    """Predicts zero before it is fitted."""

    def predict(self, X: ArrayLike) -> Floats:
        return super().predict(X) if hasattr(self, "mean_") else np.zeros((len(as_matrix(X, "X")), 1), np.float32)


class Trusting(MeanOutcome):
    """Looks at nothing that it is given."""

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        self.n_features_in_ = np.asarray(X).shape[1]
        self.mean_ = np.asarray(Y, dtype=np.float32).mean(axis=0)
        return self


class Narrow(MeanOutcome):
    """Takes any number of features."""

    def predict(self, X: ArrayLike) -> Floats:
        super().predict(np.zeros((0, self.n_features_in_))) if hasattr(self, "mean_") else super().predict(X)
        return np.tile(self.mean_, (len(as_matrix(X, "X")), 1))


class Normalising(Ridge):
    """Scales the caller's features in place."""

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        super().fit(X, Y, sample_weight)
        np.asarray(X)[...] *= 1.5
        return self


class Dividing(Ridge):
    """Divides by the targets' spread."""

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        super().fit(X, Y, sample_weight)
        with np.errstate(all="ignore"):
            self.intercept_ = self.intercept_ + 0 / np.var(np.asarray(Y), axis=0)
        return self


class Choosing(Ridge):
    """Never settles."""

    def freeze_choice(self, value: Any) -> dict[str, Any]:
        return {}


class Blind(Ridge):
    """Chooses without looking."""

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss) -> float:
        return 1.0


class Slow(Ridge):
    """Has no idea how long it takes."""

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        return float("nan")


class Exact(Ridge):
    """Reads targets at full width, and gets them wrong."""

    reads_full_width = True

    def fit(
        self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None, full_width: FullWidth | None = None
    ) -> Self:
        super().fit(X, Y, sample_weight)
        if full_width is not None:
            self.intercept_ = self.intercept_ * np.nan
        return self


class Sure(Ridge):
    """Expects an error for every output."""

    def predict_variance(self, X: ArrayLike) -> Doubles:
        return np.square(self.predict(X)).astype(np.float64)


class Relative(Ridge):
    """Expects of a row what the batch expects."""

    def predict_variance(self, X: ArrayLike) -> Doubles:
        squares = np.square(self.predict(X)).sum(axis=1, dtype=np.float64)
        return squares / max(squares.sum(), 1e-9)


class Torn(Ridge):
    """Counts the noise twice."""

    def predict_variance(self, X: ArrayLike) -> Doubles:
        return np.full(len(as_matrix(X, "X")), 3.0)

    def predict_covariance(self, X: ArrayLike) -> JointForecast:
        variance = self.predict_variance(X)
        return JointForecast(np.diag(variance), variance - 1)


BROKEN: dict[type[Model], str] = {
    Sure: "return the .n_rows,. expected squared errors",
    Relative: "predict_variance of a row alone differs",
    Torn: "predict_covariance and predict_variance disagree",
    Batch: "predict of a row alone differs from that within a batch",
    Wide: "what predict returns has dtype float64",
    Single: r"for one output has shape \(8,\); return shape \(8, 1\)",
    Early: "predict before fit passes without an error",
    Trusting: "fit with NaN in X passes without an error",
    Narrow: "predict with a feature too few passes",
    Normalising: "fit changes its argument X|fits on the same data differ",
    Dividing: "for constant targets holds NaN",
    Choosing: "after settle.* it still chooses",
    Blind: "choose never asks for the loss",
    Exact: "after a fit at full width holds NaN",
    Slow: "estimate_seconds returns nan",
}


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_a_broken_promise_is_found(cls: type[Model]) -> None:
    model = cls([1.0, 10.0]) if issubclass(cls, Ridge) else cls()  # type: ignore[call-arg]
    with registered("model", cls), pytest.raises(AssertionError, match=BROKEN[cls]):
        check_model(model, fresh_process=False)


def test_own_data() -> None:
    rows, Y = make_rows(n_compounds=4, n_targets=3)
    X = make_features(rows, n_features=2)
    reload = check_model(Ridge(2.0), X, Y, X_new=X[:3], fresh_process=False)
    assert reload.arguments[0].shape == (3, 4)
