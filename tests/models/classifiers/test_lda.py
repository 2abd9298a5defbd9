from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from kit.errors import ParameterError
from kit.models import LDA
from tests.models.classifiers.planted import check_classifier, make_rows, one_hot

X, CODES = make_rows()


@pytest.mark.parametrize("shrinkage", ["none", "auto", 0.3])
def test_it_keeps_what_classifiers_promise(shrinkage: Any, tmp_path: Path) -> None:
    check_classifier(LDA(shrinkage=shrinkage), tmp_path)


@pytest.mark.parametrize("shrinkage", ["none", 0.3, 1.0])
def test_probabilities_are_scikit_learns(shrinkage: Any) -> None:
    # Far from 0, and features of different sizes.
    moved = (X * [1, 3, 0.1, 1] + 50).astype(np.float32)
    oracle = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=None if shrinkage == "none" else shrinkage)
    expected = oracle.fit(moved.astype(np.float64), CODES).predict_proba(moved)
    np.testing.assert_allclose(LDA(shrinkage=shrinkage).fit(moved, CODES).predict_proba(moved), expected, atol=1e-4)


def test_auto_is_what_ledoit_and_wolf_estimate_of_all_classes_together() -> None:
    within = X.astype(np.float64) - np.array([X[code == CODES].mean(axis=0) for code in range(3)])[CODES]
    expected = ledoit_wolf(within / within.std(axis=0), assume_centered=True)[1]
    fitted = LDA(shrinkage="auto").fit(X, CODES)
    assert fitted.report()["shrinkage"] == pytest.approx(expected, rel=1e-4)
    # It does not depend on the sizes of features.
    resized = LDA(shrinkage="auto").fit(X * np.float32([1, 100, 0.01, 1]), CODES)
    np.testing.assert_allclose(
        resized.predict_proba(X * np.float32([1, 100, 0.01, 1])), fitted.predict_proba(X), atol=1e-4
    )


def test_features_that_do_not_vary_say_nothing() -> None:
    wide = np.hstack([X, np.full((90, 1), 7, dtype=np.float32), X[:, :1]])
    for shrinkage in ("none", "auto"):
        found = LDA(shrinkage=shrinkage).fit(wide, CODES).predict_proba(wide)
        if shrinkage == "none":
            np.testing.assert_allclose(found, LDA().fit(X, CODES).predict_proba(X), atol=1e-4)
        assert np.isfinite(found).all()
    flat = LDA().fit(np.ones((90, 2)), one_hot(CODES)).predict(np.ones((2, 2)))
    np.testing.assert_allclose(flat, 1 / 3, rtol=1e-6)


def test_a_share_is_at_most_1() -> None:
    with pytest.raises(ParameterError, match="shrinkage"):
        LDA(shrinkage=1.5).fit(X, CODES)
