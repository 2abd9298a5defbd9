from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from kit.errors import ParameterError
from kit.models import Logistic
from tests.models.classifiers.planted import LABELS, check_classifier, make_rows, one_hot

X, CODES = make_rows()


@pytest.mark.parametrize("model", [Logistic(), Logistic(C=10.0, fit_intercept=False)])
def test_it_keeps_what_classifiers_promise(model: Logistic, tmp_path: Path) -> None:
    check_classifier(model, tmp_path)


@pytest.mark.parametrize(("C", "intercept", "weighted"), [(1.0, True, False), (0.01, False, True), (100.0, True, True)])
def test_probabilities_are_scikit_learns(C: float, intercept: bool, weighted: bool) -> None:
    weights = np.linspace(0.5, 2, 90) if weighted else None
    kept = {"C": C, "fit_intercept": intercept, "tol": 1e-6, "max_iter": 1000}
    oracle = LogisticRegression(**kept).fit(X.astype(np.float64), CODES, weights)
    found = Logistic(**kept).fit(X, CODES, weights)
    np.testing.assert_allclose(found.predict_proba(X), oracle.predict_proba(X), atol=1e-3)
    assert found.report()["converged"]


def test_two_classes_have_twice_scikit_learns_c() -> None:
    two = np.minimum(CODES, 1)
    oracle = LogisticRegression(C=0.2, tol=1e-6).fit(X, two).predict_proba(X)
    np.testing.assert_allclose(Logistic(C=0.1, tol=1e-6).fit(X, two).predict_proba(X), oracle, atol=2e-4)


def test_balanced_classes_are_scikit_learns() -> None:
    kept = np.flatnonzero((CODES > 0) | (np.arange(90) < 20))
    oracle = LogisticRegression(class_weight="balanced", tol=1e-6).fit(X[kept], CODES[kept])
    found = Logistic(class_weight="balanced", tol=1e-6).fit(X[kept], CODES[kept])
    np.testing.assert_allclose(found.predict_proba(X), oracle.predict_proba(X), atol=2e-4)


def test_too_few_iterations_are_told() -> None:
    report = Logistic(max_iter=2).fit(X, one_hot(CODES)).report()
    assert report == {"n_iter": 2, "converged": False}


def test_scikit_learn_takes_it_as_a_classifier() -> None:
    assert cross_val_score(Logistic(), X, LABELS[CODES], cv=3).mean() > 0.6


def test_the_penalty_is_greater_than_0() -> None:
    with pytest.raises(ParameterError, match="C"):
        Logistic(C=0.0).fit(X, CODES)
