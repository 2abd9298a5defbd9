from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from kit.errors import ParameterError, StateError
from kit.models import XGBoostClassifier
from tests.models.classifiers.planted import check_classifier, make_rows, one_hot

xgboost = pytest.importorskip("xgboost")

X, CODES = make_rows()
Y = one_hot(CODES)
SMALL: dict[str, Any] = {"n_estimators": 15, "max_depth": 2}


def test_it_keeps_what_classifiers_promise(tmp_path: Path) -> None:
    check_classifier(XGBoostClassifier(**SMALL), tmp_path)


def test_probabilities_are_those_of_xgboosts_own_classifier() -> None:
    weights = np.linspace(0.5, 2, 90)
    oracle = xgboost.XGBClassifier(**SMALL, learning_rate=0.2, n_jobs=1, tree_method="hist").fit(
        X, CODES, sample_weight=weights
    )
    found = XGBoostClassifier(**SMALL, learning_rate=0.2).fit(X, Y, weights)
    np.testing.assert_allclose(found.predict(X), oracle.predict_proba(X), atol=1e-6)


def test_rounds_are_chosen_by_the_probabilities_of_held_out_rows() -> None:
    X_val, codes = make_rows(60, seed=1)
    wide = one_hot(CODES, 4)
    model = XGBoostClassifier(n_estimators=60, max_depth=2, early_stopping_rounds=20)
    seen = []

    def loss(probabilities: np.ndarray) -> float:
        seen.append(probabilities)
        return float(log_loss(codes, probabilities[:, :3]))

    chosen = model.choose(X, wide, X_val, loss)
    losses = [log_loss(codes, probabilities[:, :3]) for probabilities in seen]
    assert chosen == int(np.argmin(losses)) + 1 == len(losses) - 20 < 40
    fixed = XGBoostClassifier(**model.get_params() | model.freeze_choice(chosen)).fit(X, wide)
    np.testing.assert_allclose(fixed.predict(X_val), seen[chosen - 1], atol=1e-6)


def test_a_model_without_its_booster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"booster.ubj is missing"):
        XGBoostClassifier().load_native(tmp_path)


@pytest.mark.parametrize(
    ("library_params", "message"),
    [
        ({"num_class": 3}, "cannot be set"),
        ({"objective": "reg:squarederror"}, "cannot be set"),
        ({"booster": "dart"}, "cannot be set"),
        ({"max_delta_stepp": 1}, "no such parameter"),
        ({"max_delta_step": -1}, "refuses"),
    ],
)
def test_what_xgboost_does_not_read_is_refused(library_params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        XGBoostClassifier(library_params=library_params).fit(X, Y)
