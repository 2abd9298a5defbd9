from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from kit.models.boosting import LightGBM
from tests.models.boosting.planted import nonlinear

SETTINGS: list[dict[str, Any]] = [
    {},
    {"bagging_fraction": 0.6, "bagging_freq": 1, "feature_fraction": 0.5},
    {"bagging_fraction": 0.4, "bagging_freq": 3, "extra_trees": True, "max_bin": 15},
    {"objective": "regression_l1", "feature_fraction": 0.7},
    {"objective": "huber", "library_params": {"alpha": 0.5}},
    {"linear_tree": True, "lambda_l2": 1.0},
    {"library_params": {"boost_from_average": False}},
    {"library_params": {"boosting": "dart", "drop_rate": 0.3}},
    {"library_params": {"boosting": "rf"}, "bagging_fraction": 0.5, "bagging_freq": 1},
]


def separately(model: LightGBM, X: np.ndarray, Y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Fit each output by lightgbm.train over a Dataset of its own: what sharing one must equal."""
    params = model.booster_params()
    predictions = []
    for labels in Y.T.copy():
        dataset = lightgbm.Dataset(X, label=labels, weight=weights, params=params)
        predictions.append(lightgbm.train(params, dataset, model.n_estimators).predict(X))
    return np.stack(predictions, axis=1).astype(np.float32)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("settings", SETTINGS)
def test_sharing_a_dataset_equals_separate_fits(settings: dict[str, Any], weighted: bool) -> None:
    X, Y = nonlinear(150)
    weights = np.random.default_rng(1).uniform(0.1, 2.0, len(X)) if weighted else None
    model = LightGBM(n_estimators=12, min_data_in_leaf=5, random_state=3, **settings)
    expected = separately(model, X, Y, weights)
    np.testing.assert_array_equal(model.fit(X, Y, weights).predict(X), expected)
    # All outputs round by round, as `choose` trains them.
    trainer = model._trainer(X, Y, weights, X)
    path = [np.stack([trainer.advance(output, 1)[0] for output in range(4)], axis=1) for _ in range(12)]
    np.testing.assert_allclose(path[-1], expected, rtol=1e-6, atol=1e-6)
    finished = np.stack([trainer.finish(output).predict(X) for output in range(4)], axis=1)
    np.testing.assert_array_equal(finished.astype(np.float32), expected)


def test_without_relabelling_every_output_would_fit_the_last() -> None:
    """The trap itself, so that the test above is known to be able to fail."""
    X, Y = nonlinear(150)
    model = LightGBM(n_estimators=12, min_data_in_leaf=5)
    expected = separately(model, X, Y, None)
    trainer = model._trainer(X, Y, None, None)
    for output in range(4):
        trainer.advance(output, 1)
    for _ in range(11):
        for output in range(4):
            trainer.boosters[output].update()
    wrong = np.stack([trainer.finish(output).predict(X) for output in range(4)], axis=1)
    # The third output starts near 104 and is then drawn to labels near 0, by a tenth a round.
    assert np.abs(wrong[:, 2] - expected[:, 2]).min() > 50
    np.testing.assert_allclose(wrong[:, 3], expected[:, 3], rtol=1e-6, atol=1e-6)


def test_a_constant_first_output_leaves_the_others_alone() -> None:
    X, Y = nonlinear(60)
    Y[:, 0] = 1.0
    model = LightGBM(n_estimators=5)
    prediction = model.fit(X, Y).predict(X)
    np.testing.assert_allclose(prediction[:, 0], 1.0)
    np.testing.assert_array_equal(prediction[:, 1:], separately(model, X, Y[:, 1:], None))


def test_every_output_starts_from_its_own_mean() -> None:
    X, Y = nonlinear(150)
    # Without a split there is nothing but the start.
    prediction = LightGBM(n_estimators=1, min_data_in_leaf=150).fit(X, Y).predict(X)
    np.testing.assert_allclose(prediction, np.broadcast_to(Y.mean(axis=0), Y.shape), rtol=1e-5, atol=1e-5)
    # And from zero if told so: one round then goes a tenth of the way to the mean.
    library_params = {"boost_from_average": False}
    prediction = LightGBM(n_estimators=1, learning_rate=0.1, library_params=library_params).fit(X, Y).predict(X)
    np.testing.assert_allclose(prediction.mean(axis=0), 0.1 * Y.mean(axis=0), rtol=1e-4, atol=1e-5)


def test_library_params_reach_lightgbm_over_the_kits_own() -> None:
    assert LightGBM().booster_params()["histogram_pool_size"] > 0
    assert LightGBM().booster_params()["feature_pre_filter"] is False
    params = LightGBM(library_params={"hist_pool_size": -1, "min_child_weight": 0.5}).booster_params()
    assert params["histogram_pool_size"] == -1
    assert params["min_sum_hessian_in_leaf"] == 0.5
    assert "hist_pool_size" not in params


def test_predictions_do_not_print(capfd: pytest.CaptureFixture[str]) -> None:
    X, Y = nonlinear(60)
    LightGBM(n_estimators=3).fit(X, Y).predict(X)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
