from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn import svm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit
from sklearn.multiclass import OneVsRestClassifier

from kit.models import SVC
from kit.models.classifiers.svc import N_SPLITS
from kit.models.kernels.pairwise import RBF
from kit.models.kernels.svr import StoppedWarning
from tests.models.classifiers.planted import check_classifier, make_rows, one_hot

X, CODES = make_rows()
Y = one_hot(CODES)
X_NEW, NEW_CODES = make_rows(300, seed=1)
GAMMA = 0.2


def softmax(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def test_it_keeps_what_classifiers_promise(tmp_path: Path) -> None:
    # A row that stands once for each of its classes is something to the calibration, and to gamma "scale".
    check_classifier(SVC(kernel=RBF(gamma=GAMMA), calibrate=False, tol=1e-8), tmp_path)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 90)], ids=["plain", "weighted"])
def test_uncalibrated_it_is_the_softmax_of_scikit_learns_one_against_the_rest(weights: np.ndarray | None) -> None:
    decisions = [
        svm.SVC(gamma=GAMMA, tol=1e-8).fit(X, place == CODES, sample_weight=weights).decision_function(X_NEW)
        for place in range(3)
    ]
    found = SVC(kernel=RBF(gamma=GAMMA), calibrate=False, tol=1e-8).fit(X, Y, weights)
    np.testing.assert_allclose(found.predict(X_NEW), softmax(np.stack(decisions, axis=1)), atol=1e-5)


@pytest.mark.skipif(tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8), reason="needs scikit-learn 1.8")
def test_calibrated_it_is_scikit_learns_temperature_scaling() -> None:
    machine = OneVsRestClassifier(svm.SVC(gamma=GAMMA, tol=1e-8))
    # The rows of a class are dealt out in turn, the classes one after another.
    order = np.argsort(CODES, kind="stable")
    part = np.empty(90, dtype=int)
    part[order] = np.arange(90) % N_SPLITS
    oracle = CalibratedClassifierCV(machine, method="temperature", cv=PredefinedSplit(part), ensemble=False)
    found = SVC(kernel=RBF(gamma=GAMMA), tol=1e-8).fit(X, Y)
    np.testing.assert_allclose(found.predict(X_NEW), oracle.fit(X, CODES).predict_proba(X_NEW), atol=2e-3)


def test_calibration_changes_no_answer_and_makes_probabilities_better() -> None:
    plain, calibrated = (SVC(C=0.02, calibrate=calibrate).fit(X, Y).predict(X_NEW) for calibrate in (False, True))
    np.testing.assert_array_equal(plain.argmax(axis=1), calibrated.argmax(axis=1))
    assert log_loss(NEW_CODES, calibrated) < log_loss(NEW_CODES, plain) - 0.02


def test_a_class_of_a_single_row_is_calibrated_too() -> None:
    codes = CODES.copy()
    codes[0] = 3
    probabilities = SVC().fit(X, one_hot(codes, 4)).predict(X_NEW)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert np.mean(probabilities.argmax(axis=1) == NEW_CODES) > 0.6
    two = SVC().fit(X[:2], one_hot(CODES[:2])).predict(X[:2])
    assert np.isfinite(two).all()


def test_a_machine_that_stops_early_says_so() -> None:
    with pytest.warns(StoppedWarning, match="for 3 of 3 classes"):
        SVC(max_iter=1, calibrate=False).fit(X, Y)
