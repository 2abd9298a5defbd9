from __future__ import annotations

from pathlib import Path
from typing import Any

import catboost
import numpy as np
import pytest

from kit.models.boosting import CatBoost
from tests.models.boosting.planted import noise, nonlinear

SETTINGS: list[dict[str, Any]] = [
    {},
    {"bootstrap_type": "MVS", "subsample": 0.6, "rsm": 0.5, "random_strength": 0.0},
    {"grow_policy": "Lossguide", "min_data_in_leaf": 5, "library_params": {"num_leaves": 6}},
    {"boosting_type": "Ordered", "bootstrap_type": "No", "l2_leaf_reg": 0.5},
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("settings", SETTINGS)
def test_it_is_catboost(settings: dict[str, Any], weighted: bool) -> None:
    X, Y = nonlinear(150)
    weights = np.linspace(0.1, 2.0, 150) if weighted else None
    model = CatBoost(**{"iterations": 10, "depth": 3, "random_state": 3, **settings}).fit(X, Y, weights)
    own = {name: value for name, value in model.get_params().items() if value is not None}
    own |= own.pop("library_params", {})
    if own["bootstrap_type"] != "Bayesian":
        del own["bagging_temperature"]
    theirs = catboost.CatBoostRegressor(
        **own, loss_function="MultiRMSE", thread_count=1, allow_writing_files=False, logging_level="Silent"
    ).fit(X, Y, sample_weight=weights)
    np.testing.assert_allclose(model.predict(X), theirs.predict(X), rtol=1e-6, atol=1e-6)


def test_rows_without_differences_are_predicted_by_their_mean(tmp_path: Path) -> None:
    X, Y = noise()
    weights = np.linspace(0.1, 2.0, len(X))
    expected = np.average(Y, axis=0, weights=weights)
    model = CatBoost(iterations=5, early_stopping_rounds=2).fit(np.ones_like(X), Y, weights)
    np.testing.assert_allclose(model.predict(X), np.tile(expected, (len(X), 1)), rtol=1e-5)
    assert model.choose(np.ones_like(X), Y, X, lambda prediction: float(np.square(prediction - expected).mean())) == 1
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(CatBoost.load(tmp_path / "model").predict(X), model.predict(X))
    assert not hasattr(model, "booster_")
    # And after it a fit that has something to learn.
    assert np.ptp(model.fit(X, Y).predict(X), axis=0).min() > 0.01
    assert model.constant_ is None


def test_a_constant_output_among_others() -> None:
    X, Y = nonlinear(100)
    Y[:, 1] = 4.0
    prediction = CatBoost(iterations=5, depth=2).fit(X, Y).predict(X)
    np.testing.assert_allclose(prediction[:, 1], 4.0, rtol=1e-5)


def test_two_fits_are_saved_alike(tmp_path: Path) -> None:
    X, Y = nonlinear(60)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        CatBoost(iterations=3, depth=2).fit(X, Y).save_native(tmp_path / name)
    one, two = ((tmp_path / name / "booster.cbm").read_bytes() for name in ("one", "two"))
    assert one == two


def test_scores_are_taken_of_held_out_rows_alone() -> None:
    """As many validation as training rows, with the training rows' own features: still told apart."""
    X, Y = nonlinear(100)
    seen: list[np.ndarray] = []
    model = CatBoost(iterations=6, depth=2, early_stopping_rounds=6)
    model.choose(X, Y, X[::-1], lambda P: seen.append(P.copy()) or 1.0)
    assert len(seen) == 6
    np.testing.assert_allclose(seen[-1], CatBoost(iterations=6, depth=2).fit(X, Y).predict(X[::-1]), rtol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.3},
        {"depth": 2},
        {"l2_leaf_reg": 30.0},
        {"rsm": 0.3},
        {"bootstrap_type": "No"},
        {"bagging_temperature": 5.0},
        {"bootstrap_type": "Bernoulli", "subsample": 0.3},
        {"random_strength": 30.0},
        {"border_count": 3},
        {"grow_policy": "Depthwise", "min_data_in_leaf": 40},
        {"boosting_type": "Ordered"},
        {"library_params": {"score_function": "L2"}},
    ],
    ids=str,
)
def test_every_knob_turns_something(change: dict[str, Any]) -> None:
    X, Y = nonlinear(150)
    plain: dict[str, Any] = {"iterations": 8, "depth": 4}
    before = CatBoost(**plain).fit(X, Y).predict(X)
    assert np.abs(CatBoost(**{**plain, **change}).fit(X, Y).predict(X) - before).max() > 1e-3
