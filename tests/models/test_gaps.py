"""Models on targets with gaps: every target is learnt from the rows that measured it, and predictions are whole."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from kit.models import Additive, GroupMean, MeanOutcome, Model, Ridge
from kit.testing.rows import make_gaps

CODES = [MeanOutcome(), GroupMean(), GroupMean(column=1), Additive()]
NUMBERS = [Ridge(2.0), Ridge(2.0, fit_intercept=False)]
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
