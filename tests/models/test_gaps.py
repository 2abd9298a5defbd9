"""Models on targets with gaps: every target is learnt from the rows that measured it, and predictions are whole."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from kit.models import MLP, SVR, Additive, Bagged, CatBoost, GroupMean, LightGBM, MeanOutcome, Model, Ridge, XGBoost
from kit.models.boosting import XGBoostSketch
from kit.models.kernels import RBF, GaussianProcess, KernelRidge, Nearest
from kit.models.wrappers import Calibrated, PerGroup
from kit.testing.rows import make_gaps
from tests.extras import HAS_TORCH

CODES = [MeanOutcome(), GroupMean(), GroupMean(column=1), Additive(shrinkage=1.0)]
NUMBERS = [
    Ridge(2.0),
    Ridge(2.0, fit_intercept=False),
    KernelRidge(RBF(0.1), penalty=0.5),
    KernelRidge(RBF(0.1), penalty=0.5, fit_intercept=False),
    SVR(RBF(0.1)),
    GaussianProcess(RBF(0.1), noise=0.3, gamma_factors=[1.0], signal="shared"),
    Nearest(k=4),
    Nearest(k=4, kernel=RBF(0.1), weights="uniform"),
    Nearest(k=3, neighbors="distinct"),
    LightGBM(n_estimators=5, min_data_in_leaf=4),
    XGBoost(n_estimators=5),
    Bagged(Ridge(2.0), n_repeats=2),
]
ALONE = {
    f"{model.kind} {number}": (model, codes)
    for codes, models in ((True, CODES), (False, NUMBERS))
    for number, model in enumerate(models)
}
"""Models that fit every target by itself: with gaps, as if the rows that lack it were not there."""


def make_rows(codes: bool, n_rows: int = 50, n_targets: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = (
        np.stack([rng.integers(0, 3, n_rows), rng.integers(0, 7, n_rows)], axis=1)
        if codes
        else rng.normal(size=(n_rows, 8))
    )
    Y = X @ rng.normal(size=(X.shape[1], n_targets)) + rng.normal(size=(n_rows, n_targets)) + 3
    return X.astype(np.float32), Y.astype(np.float32)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", ALONE)
def test_each_target_is_fitted_on_the_rows_that_measured_it(name: str, weighted: bool) -> None:
    model, codes = ALONE[name]
    X, Y = make_rows(codes)
    missing = make_gaps(Y, 0.3)
    weights = np.random.default_rng(1).uniform(0.5, 2, len(X)) if weighted else None
    predictions = clone(model).fit(X, np.where(missing, np.nan, Y), weights).predict(X)
    for target in range(Y.shape[1]):
        rows = ~missing[:, target]
        alone: Model = clone(model).fit(X[rows], Y[rows][:, [target]], None if weights is None else weights[rows])
        np.testing.assert_allclose(predictions[:, [target]], alone.predict(X), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ALONE)
def test_what_stands_in_gaps_is_not_read_and_a_target_never_measured_is_0(name: str) -> None:
    model, codes = ALONE[name]
    X, Y = make_rows(codes)
    Y[:, 2] = np.nan
    predictions = clone(model).fit(X, Y).predict(X)
    np.testing.assert_array_equal(predictions[:, 2], 0)
    kept = [0, 1, 3, 4, 5]
    np.testing.assert_allclose(predictions[:, kept], clone(model).fit(X, Y[:, kept]).predict(X), rtol=1e-5, atol=1e-6)


JOINT: dict[str, Model] = {
    "catboost": CatBoost(iterations=60, depth=3),
    "xgboost_sketch": XGBoostSketch(n_estimators=60, max_depth=3, sketch_size=3),
    "gaussian_process": GaussianProcess(),
    "calibrated": Calibrated(Ridge(1.0), by="all"),
    "per_group": PerGroup(Ridge(1.0), by="all"),
    **({"mlp": MLP(n_epochs=150, hidden=[32], dropout=0.0)} if HAS_TORCH else {}),
    **({"mlp by mrrmse": MLP(n_epochs=150, hidden=[32], dropout=0.0, loss="mrrmse")} if HAS_TORCH else {}),
}
"""Models that fit all targets together."""


@pytest.mark.parametrize("gaps", ["random", "block"])
@pytest.mark.parametrize("name", JOINT)
def test_models_of_all_targets_lose_little_by_gaps(name: str, gaps: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 5)).astype(np.float32)
    truth = X @ rng.normal(size=(5, 8)) + 2
    Y = (truth + 0.5 * rng.normal(size=truth.shape)).astype(np.float32)
    missing = make_gaps(Y, 0.15)
    if gaps == "block":
        missing[:] = False
        missing[:60, :4] = True
    missing[3] = True

    def error(targets: np.ndarray) -> float:
        model = clone(JOINT[name])
        if hasattr(model, "random_state"):
            model.random_state = 0
        predictions = model.fit(X[:120], targets[:120]).predict(X)
        assert np.isfinite(predictions).all()
        return float(np.sqrt(np.mean((predictions[120:] - truth[120:]) ** 2)))

    whole, gapped = error(Y), error(np.where(missing, np.float32(np.nan), Y))
    assert gapped < (1.7 if gaps == "block" else 1.2) * whole
    assert gapped < error(np.where(missing, np.float32(0), Y))


def test_how_sure_a_process_is_counts_what_was_measured() -> None:
    X, Y = make_rows(codes=False, n_rows=40)
    missing = make_gaps(Y, 0.2)
    missing[:10, 1:] = True
    process = GaussianProcess(RBF(0.1), noise=0.1, gamma_factors=[1.0])
    whole, gapped = clone(process).fit(X, Y), clone(process).fit(X, np.where(missing, np.float32(np.nan), Y))
    ratio = [fit.predict_variance(X) / fit.signal_variance_.mean() for fit in (whole, gapped)]
    assert (ratio[1] >= ratio[0] - 1e-9).all()
    # Rows that measured one target of six are known less well than the others.
    assert (ratio[1] - ratio[0])[:10].mean() > 4 * (ratio[1] - ratio[0])[10:].mean()


def test_a_path_is_chosen_by_what_was_measured() -> None:
    X, Y = make_rows(codes=False)
    missing, path = make_gaps(Y, 0.3), [0.01, 1.0, 30.0, 1e4]
    gapped = np.where(missing, np.nan, Y)
    # Leave-one-out by hand, over measured values alone.
    errors = np.zeros(len(path))
    for at, penalty in enumerate(path):
        for row in range(len(X)):
            others = np.arange(len(X)) != row
            predicted = Ridge(penalty).fit(X[others], gapped[others]).predict(X[[row]])[0]
            errors[at] += np.nansum((gapped[row] - predicted) ** 2)
    assert Ridge(path).fit(X, gapped).penalty_ == path[int(errors.argmin())]
    seen: list[np.ndarray] = []

    def loss(predictions: np.ndarray) -> float:
        seen.append(predictions)
        return float(np.nanmean((gapped[30:] - predictions) ** 2))

    best = Ridge(path).choose(X[:30], gapped[:30], X[30:], loss)
    for penalty, predictions in zip(path, seen, strict=True):
        own = Ridge(penalty).fit(X[:30], gapped[:30]).predict(X[30:])
        np.testing.assert_allclose(predictions, own, rtol=1e-4, atol=1e-4)
    assert best in path
