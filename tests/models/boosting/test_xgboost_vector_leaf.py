from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from kit.models.boosting import XGBoostVectorLeaf
from tests.models.boosting.planted import nonlinear


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"subsample": 0.6, "colsample_bynode": 0.7, "gamma": 0.5, "min_child_weight": 4.0},
        {"grow_policy": "lossguide", "max_depth": 0, "max_leaves": 6, "reg_alpha": 0.1, "reg_lambda": 3.0},
        {"objective": "reg:absoluteerror"},
        {"objective": "reg:pseudohubererror", "library_params": {"huber_slope": 2.0}},
    ],
)
def test_it_is_xgboost(settings: dict[str, Any], weighted: bool) -> None:
    X, Y = nonlinear(150)
    weights = np.linspace(0.1, 2.0, len(X)) if weighted else None
    model = XGBoostVectorLeaf(**{"n_estimators": 8, "max_depth": 3, "random_state": 3, **settings})
    theirs = xgboost.XGBRegressor(
        **{name: value for name, value in model.get_params().items() if name != "library_params"},
        **(model.library_params or {}),
        tree_method="hist",
        multi_strategy="multi_output_tree",
        seed_per_iteration=True,
        n_jobs=1,
    ).fit(X, Y, sample_weight=weights)
    np.testing.assert_allclose(model.fit(X, Y, weights).predict(X), theirs.predict(X), rtol=1e-6, atol=1e-6)


def test_outputs_share_the_splits() -> None:
    """Every leaf of a tree holds a vector: the leaf that a row reaches says all its outputs."""
    X, Y = nonlinear(150)
    model = XGBoostVectorLeaf(n_estimators=1, max_depth=2).fit(X, Y)
    assert len(np.unique(model.predict(X), axis=0)) <= 4
    assert len(np.unique(model.predict(X)[:, 2])) > 1


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.1},
        {"max_depth": 2},
        {"max_leaves": 3},
        {"min_child_weight": 30.0},
        {"gamma": 300.0},
        {"subsample": 0.5},
        {"colsample_bytree": 0.3},
        {"colsample_bylevel": 0.3},
        {"colsample_bynode": 0.3},
        {"reg_alpha": 5.0},
        {"reg_lambda": 30.0},
        {"max_bin": 4},
        {"library_params": {"max_delta_step": 0.01}},
        {"library_params": {"base_score": 3.0}},
    ],
    ids=str,
)
def test_every_knob_turns_something(change: dict[str, Any]) -> None:
    X, Y = nonlinear(150)
    plain: dict[str, Any] = {"n_estimators": 5, "max_depth": 4}
    before = XGBoostVectorLeaf(**plain).fit(X, Y).predict(X)
    assert np.abs(XGBoostVectorLeaf(**{**plain, **change}).fit(X, Y).predict(X) - before).max() > 1e-3
