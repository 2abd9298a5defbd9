"""The conformance suite of models."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.full_width import FullWidth
from kit.models.base import Model, PredictsCovariance, PredictsVariance
from kit.plugins import parameters
from kit.testing.conventions import check_conventions, check_fits_alike, prepared
from kit.testing.promises import (
    reports_all,
    require,
    require_close,
    require_error,
    require_matrix,
    require_not_fitted,
    require_row_by_row,
    step,
    supply,
    untouched,
)
from kit.testing.reloading import Reload, reloads_alike
from kit.testing.rows import make_features, make_new_rows, make_rows, replace_targets


@reports_all
def check_model(
    model: Model,
    X: Floats | None = None,
    Y: Floats | None = None,
    *,
    X_new: Floats | None = None,
    fresh_process: bool = True,
) -> Reload:
    """Check that a model keeps every promise of `kit.models.base.Model`.

    Args:
        model: With small parameters, since it is fitted some ten times; clones of it are.
        X: (n_rows, n_features) training features (default: `make_features`).
        Y: (n_rows, n_outputs) float32 their targets (default: the first five of `make_rows`).
        X_new: Features to predict.
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(model)
    if X is None or Y is None:
        rows, targets = make_rows()
        X, Y, X_new = make_features(rows), targets[:, :5].copy(), make_features(make_new_rows(rows))
    X_new = X[: min(9, len(X))] if X_new is None else X_new
    plain = prepared(model)
    supply(plain, blocks={"codes": (0, 2), "numbers": (2, X.shape[1])})
    require_not_fitted(model, {"predict": lambda: clone(plain).predict(X_new)})
    fitted = check_fits_alike(
        plain, lambda one: one.fit(X, Y), lambda one: one.fit(X, replace_targets(Y, np.arange(len(Y))))
    )
    with untouched(fitted, "predict", X=X_new):
        predictions = fitted.predict(X_new)
    require_matrix(model, predictions, "what predict returns", (len(X_new), Y.shape[1]))
    require_row_by_row(fitted, "predict", lambda at: fitted.predict(X_new[at]), len(X_new))
    require_matrix(model, fitted.predict(X_new[:0]), "what predict returns for no rows", (0, Y.shape[1]))
    _check_forecasts(fitted, X_new)
    _check_weights(plain, X, Y)
    _check_full_width(plain, X, Y, X_new)
    _check_kinds_of_data(plain, X, Y, X_new, predictions)
    _check_wrong_input(plain, fitted, X, Y)
    _check_path(plain, X, Y)
    _check_estimate(plain)
    return reloads_alike(Reload(fitted, "predict", (X_new,)), fresh_process)


@step("predict_variance")
def _check_forecasts(fitted: Model, X_new: Floats) -> None:
    if not isinstance(fitted, PredictsVariance):
        return
    variance = fitted.predict_variance(X_new)
    good = variance.shape == (len(X_new),) and np.isfinite(variance).all() and (variance >= 0).all()
    remedy = "return the (n_rows,) expected squared errors, finite and not negative"
    if require(good, fitted, f"predict_variance returns {variance.dtype} {variance.shape}: {variance[:3]} …", remedy):
        require_row_by_row(fitted, "predict_variance", lambda at: fitted.predict_variance(X_new[at]), len(X_new))
        if isinstance(fitted, PredictsCovariance):
            joint = fitted.predict_covariance(X_new)
            found = np.diagonal(joint.signal) + joint.noise
            remedy = "make the diagonal of its signal plus its noise what predict_variance returns"
            require_close(fitted, found, variance, "predict_covariance and predict_variance disagree", remedy)


@step("fit with weights")
def _check_weights(plain: Model, X: Floats, Y: Floats) -> None:
    other: Model = clone(plain)
    weights = np.linspace(0.5, 2.0, len(X))
    with untouched(other, "fit", X=X, Y=Y, sample_weight=weights):
        other.fit(X, Y, weights)


@step("fit at full width")
def _check_full_width(plain: Model, X: Floats, Y: Floats, X_new: Floats) -> None:
    if plain.reads_full_width:
        wide = clone(plain).fit(X, Y, full_width=full_width(Y)).predict(X_new)
        require_matrix(plain, wide, "what predict returns after a fit at full width", (len(X_new), Y.shape[1]))


@step("estimate_seconds")
def _check_estimate(plain: Model) -> None:
    seconds = plain.estimate_seconds(500, 100, 50)
    good = np.isfinite(seconds) and seconds >= 0
    require(good, plain, f"estimate_seconds returns {seconds}", "return seconds of CPU time")


def full_width(Y: Floats) -> FullWidth:
    """Return targets at full width that are their own coordinates."""
    n_rows, n_targets = Y.shape
    centres, index = np.zeros((1, n_targets), dtype=np.float32), np.zeros(n_rows, dtype=np.intp)
    return FullWidth(Y, None, centres, index, np.zeros(n_rows))


@step("fit or predict on other kinds of data")
def _check_kinds_of_data(plain: Model, X: Floats, Y: Floats, X_new: Floats, predictions: Floats) -> None:
    n_new = len(X_new)
    one = clone(plain).fit(X, Y[:, :1]).predict(X_new)
    require_matrix(plain, one, "what predict returns for one output", (n_new, 1))
    listed = clone(plain).fit(X.astype(np.float64), np.asfortranarray(Y.astype(np.float64))).predict(X_new.tolist())
    remedy = "read arguments through kit.arrays.as_matrix"
    require_close(plain, listed, predictions, "float64, Fortran order and lists give another result", remedy)
    constant = clone(plain).fit(X, np.full_like(Y, 2.0)).predict(X_new)
    require_matrix(plain, constant, "what predict returns for constant targets", (n_new, Y.shape[1]))
    flat = np.where(np.arange(X.shape[1]) < 2, X, np.float32(1.0))
    blind = clone(plain).fit(flat, Y).predict(flat)
    require_matrix(plain, blind, "what predict returns for constant features", (len(X), Y.shape[1]))


@step("a call on wrong data")
def _check_wrong_input(plain: Model, fitted: Model, X: Floats, Y: Floats) -> None:
    def fit(X: Floats, Y: Floats, weights: np.ndarray | None = None) -> object:
        return clone(plain).fit(X, Y, weights)

    gaps = Y.copy()
    gaps[1, -1] = gaps[3, 0] = np.nan
    if plain.allow_nan_targets:
        predictions = clone(plain).fit(X, gaps).predict(X)
        require_matrix(plain, predictions, "what predict returns after a fit on targets with gaps", Y.shape)
    else:
        require_error(plain, InputError, "fit with NaN in Y", lambda: fit(X, gaps), "begin fit with check_fit_arrays")
    holed_X, holed_Y, negative = X.copy(), Y.copy(), np.ones(len(X))
    holed_X[1, -1], holed_Y[1, -1], negative[2] = np.nan, np.inf, -1.0
    remedy = "begin fit with kit.models.base.check_fit_arrays"
    if plain.allow_nan_features:
        predictions = clone(plain).fit(holed_X, Y).predict(holed_X)
        require_matrix(plain, predictions, "what predict returns of features with gaps", Y.shape)
    else:
        require_error(plain, InputError, "fit with NaN in X", lambda: fit(holed_X, Y), remedy)
        remedy_predict = 'begin predict with as_matrix(X, "X", n_columns=self.n_features_in_)'
        require_error(plain, InputError, "predict with NaN", lambda: fitted.predict(holed_X), remedy_predict)
    for what, call in {
        "fit with infinity in Y": lambda: fit(X, holed_Y),
        "fit with a row of Y too few": lambda: fit(X, Y[1:]),
        "fit with one-dimensional Y": lambda: fit(X, Y[:, 0]),
        "fit on no rows": lambda: fit(X[:0], Y[:0]),
        "fit with a weight too few": lambda: fit(X, Y, np.ones(len(X) - 1)),
        "fit with a negative weight": lambda: fit(X, Y, negative),
        "fit with NaN in the weights": lambda: fit(X, Y, np.full(len(X), np.nan)),
    }.items():
        require_error(plain, InputError, what, call, remedy)
    remedy = 'begin predict with as_matrix(X, "X", n_columns=self.n_features_in_)'
    for what, call in {
        "predict with a feature too few": lambda: fitted.predict(X[:, :-1]),
        "predict with a feature too many": lambda: fitted.predict(np.hstack([X, X[:, :1]])),
        "predict with one dimension": lambda: fitted.predict(X[0]),
    }.items():
        require_error(plain, InputError, what, call, remedy)


@step("choosing along the path")
def _check_path(plain: Model, X: Floats, Y: Floats) -> None:
    """A model that chooses along its path: on held-out rows, the same every time, and then nothing is left open."""
    if not plain.chooses:
        return
    names = [parameter.name for parameter in parameters(type(plain))]
    require(
        plain.path_parameter in names,
        plain,
        f"path_parameter is {plain.path_parameter!r}, which is no parameter",
        "name the constructor parameter that choose finds",
    )
    held = np.arange(len(X)) % 3 == 0
    seen: list[np.ndarray] = []

    def loss(predictions: Floats) -> float:
        seen.append(predictions)
        return float(np.square(predictions - Y[held]).mean())

    extra = {"full_width": full_width(Y[~held])} if plain.reads_full_width else {}
    chooser: Model = clone(plain)
    with untouched(chooser, "choose", X=X, Y=Y):
        value = chooser.choose(X[~held], Y[~held], X[held], loss, **extra)
    require(seen, plain, "choose never asks for the loss", "score the held-out predictions along the path with it")
    for predictions in seen:
        require_matrix(plain, predictions, "what choose hands to the loss", (int(held.sum()), Y.shape[1]))
    again = clone(plain).choose(X[~held], Y[~held], X[held], loss, **extra)
    require(again == value, plain, f"choose returns {value!r}, then {again!r}", "draw every number from random_state")
    frozen: Model = clone(plain).set_params(**plain.freeze_choice(value))
    require(not frozen.chooses, plain, f"after settle({value!r}) it still chooses", "return all that ends the choice")
    require_matrix(plain, frozen.fit(X, Y).predict(X), "what the settled model predicts", Y.shape)
