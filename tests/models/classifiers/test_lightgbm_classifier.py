from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from kit.errors import ParameterError, StateError
from kit.models import LightGBMClassifier
from tests.models.classifiers.planted import check_classifier, make_rows, one_hot

lightgbm = pytest.importorskip("lightgbm")

X, CODES = make_rows()
Y = one_hot(CODES)
SMALL: dict[str, Any] = {"n_estimators": 15, "num_leaves": 4, "min_data_in_leaf": 5}


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_it_keeps_what_classifiers_promise(objective: Any, tmp_path: Path) -> None:
    # A row that stands three times counts three times in min_data_in_leaf.
    check_classifier(LightGBMClassifier(**SMALL | {"min_data_in_leaf": 1}, objective=objective), tmp_path)


def test_probabilities_are_those_of_lightgbms_own_classifier() -> None:
    weights = np.linspace(0.5, 2, 90)
    oracle = lightgbm.LGBMClassifier(
        n_estimators=15, num_leaves=4, min_child_samples=5, n_jobs=1, verbosity=-1, deterministic=True,
        force_row_wise=True, min_child_weight=0.01, reg_lambda=1.0,
    ).fit(X, CODES, weights)  # fmt: skip
    found = LightGBMClassifier(**SMALL, lambda_l2=1.0, library_params={"min_sum_hessian_in_leaf": 0.01})
    np.testing.assert_allclose(found.fit(X, Y, weights).predict(X), oracle.predict_proba(X), atol=1e-6)


def test_rounds_are_chosen_by_the_probabilities_of_held_out_rows() -> None:
    X_val, codes = make_rows(60, seed=1)
    wide = one_hot(CODES, 4)
    model = LightGBMClassifier(**SMALL | {"n_estimators": 60, "learning_rate": 0.3}, early_stopping_rounds=20)
    seen = []

    def loss(probabilities: np.ndarray) -> float:
        seen.append(probabilities)
        return float(log_loss(codes, probabilities[:, :3]))

    assert model.chooses
    chosen = model.choose(X, wide, X_val, loss)
    losses = [log_loss(codes, probabilities[:, :3]) for probabilities in seen]
    assert chosen == int(np.argmin(losses)) + 1 == len(losses) - 20 < 40
    fixed = LightGBMClassifier(**model.get_params() | model.freeze_choice(chosen)).fit(X, wide)
    np.testing.assert_allclose(fixed.predict(X_val), seen[chosen - 1], atol=1e-6)
    assert model.choose(X, Y, X_val, loss, sample_weight=(CODES == 1).astype(float)) == 1


def test_a_model_without_its_booster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"booster.txt is missing"):
        LightGBMClassifier().load_native(tmp_path)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"library_params": {"num_class": 3}}, "cannot be set"),
        ({"library_params": {"objective": "binary"}}, "duplicates objective"),
        ({"library_params": {"class_weigth": 3}}, "no such parameter"),
        ({"objective": "regression"}, "objective"),
    ],
)
def test_what_lightgbm_does_not_read_is_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LightGBMClassifier(**params).fit(X, Y)
