from __future__ import annotations

import warnings

import numpy as np
from sklearn.utils.estimator_checks import check_estimator

from kit.models import LDA
from kit.models.classifiers.base import hard_rows

REFUSED = {
    "check_n_features_in_after_fitting": "says in the kit's words how many columns were expected",
    "check_sample_weight_equivalence_on_dense_data": "hands on targets as `y`; in the kit they may be a matrix, `Y`",
    "check_dtype_object": "asks for a TypeError where no number stands; the kit's InputError is a ValueError",
    "check_estimators_empty_data_messages": "refused in other words",
    "check_supervised_y_2d": "a column alone says nothing of classes",
    "check_class_weight_classifiers": "class weights are none or balanced",
}
"""scikit-learn's checks that no classifier of the kit passes, and why."""


def test_scikit_learn_takes_a_classifier_for_its_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(LDA(), expected_failed_checks=REFUSED, on_fail=None, on_skip=None)
    assert {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"} == {}
    assert sum(one["status"] == "passed" for one in results) > 30


def test_a_row_of_several_classes_stands_once_for_each() -> None:
    rows, codes, weights = hard_rows(np.array([[0, 2], [0.25, 0.75], [0, 0]], dtype=np.float32))
    assert rows.tolist() == [0, 1, 1]
    assert codes.tolist() == [1, 0, 1]
    assert weights.tolist() == [2, 0.25, 0.75]
