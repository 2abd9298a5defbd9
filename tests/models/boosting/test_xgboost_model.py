from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from kit.models.boosting import XGBoost
from tests.models.boosting.planted import nonlinear

SETTINGS: list[dict[str, Any]] = [
    {},
    {"subsample": 0.6, "colsample_bytree": 0.5, "colsample_bynode": 0.7},
    {"max_bin": 16, "grow_policy": "lossguide", "max_depth": 0, "max_leaves": 6},
    {"objective": "reg:absoluteerror", "reg_alpha": 0.1},
    {"objective": "reg:pseudohubererror", "library_params": {"huber_slope": 2.0}, "subsample": 0.6},
    {"library_params": {"booster": "dart", "rate_drop": 0.3}},
    {"library_params": {"num_parallel_tree": 2}, "subsample": 0.5},
]


def separately(model: XGBoost, X: np.ndarray, Y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Fit each output by xgboost.train over a matrix of its own: what sharing one must equal."""
    params = model.booster_params()
    predictions = []
    for labels in Y.T.copy():
        rows = xgboost.QuantileDMatrix(X, label=labels, weight=weights, nthread=1, max_bin=params["max_bin"])
        predictions.append(xgboost.train(params, rows, model.n_estimators).predict(xgboost.DMatrix(X, nthread=1)))
    return np.stack(predictions, axis=1)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("settings", SETTINGS)
def test_sharing_a_matrix_equals_separate_fits(settings: dict[str, Any], weighted: bool) -> None:
    X, Y = nonlinear(150)
    weights = np.random.default_rng(1).uniform(0.1, 2.0, len(X)) if weighted else None
    model = XGBoost(**{"n_estimators": 12, "max_depth": 3, "random_state": 3, **settings})
    expected = separately(model, X, Y, weights)
    np.testing.assert_array_equal(model.fit(X, Y, weights).predict(X), expected)
    # All outputs round by round, without a pause.
    trainer = model._trainer(X, Y, weights, X)
    path = [np.stack([trainer.advance(output, 1)[0] for output in range(4)], axis=1) for _ in range(12)]
    np.testing.assert_allclose(path[-1], expected, rtol=1e-6, atol=1e-6)


def test_a_pause_changes_nothing_without_sampling() -> None:
    X, Y = nonlinear(150)
    model = XGBoost(n_estimators=12, max_depth=3)
    trainer = model._trainer(X, Y, None, X)
    for output in range(4):
        for _ in range(3):
            last = trainer.advance(output, 4)[-1]
            trainer.pause(output)
        np.testing.assert_allclose(last, separately(model, X, Y[:, [output]], None)[:, 0], rtol=1e-6, atol=1e-6)


def test_training_memory_is_let_go_after_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = nonlinear(60)
    releases: list[int] = []
    reset = xgboost.Booster.reset

    def spy(booster: xgboost.Booster) -> xgboost.Booster:
        releases.append(booster.num_boosted_rounds())
        return reset(booster)

    monkeypatch.setattr(xgboost.Booster, "reset", spy)
    XGBoost(n_estimators=25, early_stopping_rounds=25, max_depth=2).choose(X, Y, X, lambda prediction: 1.0)
    assert releases == [10] * 4 + [20] * 4 + [25] * 4


def test_every_output_starts_from_its_own_mean() -> None:
    X, Y = nonlinear(150)
    prediction = XGBoost(n_estimators=1, min_child_weight=1000.0).fit(X, Y).predict(X)
    np.testing.assert_allclose(prediction, np.broadcast_to(Y.mean(axis=0), Y.shape), rtol=1e-5, atol=1e-5)


def test_nothing_is_printed_or_left_unused(capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    X, Y = nonlinear(60)
    XGBoost(n_estimators=3).fit(X, Y).predict(X)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    assert not [warning for warning in recwarn if "not used" in str(warning.message)]
