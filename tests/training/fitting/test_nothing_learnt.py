"""A model that learnt nothing says so, and which parameter may be why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kit.config.schema import PluginConfig
from kit.training.fitting.nothing_learnt import why_nothing_learnt
from kit.training.fitting.training_matrix import build_model

rng = np.random.default_rng(0)
X = rng.normal(size=(17, 4)).astype(np.float32)
Y = (X @ rng.normal(size=(4, 3))).astype(np.float32)


def fit(kind: str, X: np.ndarray = X, Y: np.ndarray = Y, **params: Any) -> str | None:
    """Return what is said of a fit."""
    model = build_model(PluginConfig(kind=kind, params=params), 0, {"all": (0, X.shape[1])})
    return why_nothing_learnt(model.fit(X, Y), X, Y)


@pytest.mark.parametrize(
    ("kind", "params", "named"),
    [
        ("lightgbm", {"n_estimators": 3}, "min_data_in_leaf=20"),
        ("xgboost", {"n_estimators": 3, "min_child_weight": 1000.0}, "min_child_weight=1000.0"),
        ("extra_trees", {"n_estimators": 3, "min_samples_leaf": 17}, "min_samples_leaf=17"),
        ("nearest", {"k": 17, "weights": "uniform", "kernel": {"kind": "rbf"}}, "k=17"),
        ("ridge", {"penalty": 1e12}, "penalty=1000000000000.0"),
        ("bagged", {"n_repeats": 2, "model": {"kind": "lightgbm", "params": {"n_estimators": 3}}}, "min_data_in_leaf"),
    ],
)
def test_names_what_held_it_back(kind: str, params: dict[str, Any], named: str) -> None:
    text = fit(kind, **params)
    assert text is not None
    assert text.startswith("the fitted model predicts the same for every training row")
    assert named in text


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("lightgbm", {"n_estimators": 3, "min_data_in_leaf": 2}),
        ("extra_trees", {"n_estimators": 3}),
        ("ridge", {}),
        ("nearest", {"k": 3}),
        ("mean_outcome", {}),
        ("zeros", {}),
        ("bagged", {"n_repeats": 2, "model": "mean_outcome"}),
    ],
)
def test_is_silent_where_something_was_learnt_or_nothing_was_meant_to_be(kind: str, params: dict[str, Any]) -> None:
    assert fit(kind, **params) is None


def test_features_that_do_not_differ_are_the_reason() -> None:
    text = fit("ridge", X=np.ones_like(X))
    assert text is not None
    assert text.endswith("as the features are the same in every row")


def test_targets_that_do_not_differ_need_no_model() -> None:
    assert fit("ridge", Y=np.ones_like(Y)) is None


def test_one_output_of_many_that_is_learnt_is_enough() -> None:
    half = Y.copy()
    half[:, 1:] = 0.5
    assert fit("lightgbm", Y=half, n_estimators=3, min_data_in_leaf=2) is None
