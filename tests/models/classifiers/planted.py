"""Help for the tests of classifiers: rows of classes that lie around means of their own, and what all must keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import InputError
from kit.models import Classifier
from kit.plugins import clone
from kit.testing.conventions import check_conventions, check_fits_alike
from kit.testing.promises import require_not_fitted, require_row_by_row

LABELS = np.array(["alpha", "beta", "gamma"])


def make_rows(n_rows: int = 90, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return (n_rows, 4) features and the (n_rows,) code of one of three classes that overlap a little."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n_rows) % 3
    means = np.array([[1.5, 0, 0, 0], [0, 1.5, 0, 0], [0, 0, 1.5, 0]])
    return (means[codes] + rng.standard_normal((n_rows, 4))).astype(np.float32), codes


def one_hot(codes: np.ndarray, n_classes: int = 3) -> np.ndarray:
    return np.eye(n_classes, dtype=np.float32)[codes]


def check_classifier(model: Classifier, folder: Path) -> None:
    """Check what every classifier promises, as `kit.testing.suites.models` does it for models of numbers."""
    X, codes = make_rows()
    X_new, new_codes = make_rows(60, seed=1)
    Y = one_hot(codes)
    check_conventions(model)
    require_not_fitted(model, {"predict": lambda: clone(model).predict(X)})
    fitted = check_fits_alike(model, lambda one: one.fit(X, Y), lambda one: one.fit(X, Y[::-1].copy()))
    probabilities = fitted.predict(X_new)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (60, 3)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert fitted.score(X_new, one_hot(new_codes)) > 0.6
    require_row_by_row(fitted, "predict", lambda at: fitted.predict(X_new[at]), len(X_new))
    assert fitted.predict(X_new[:0]).shape == (0, 3)
    fitted.save(folder / "saved")
    assert not [path for path in (folder / "saved").rglob("*") if path.suffix in (".pkl", ".joblib")]
    np.testing.assert_allclose(type(model).load(folder / "saved").predict(X_new), probabilities, rtol=1e-6, atol=1e-9)
    _check_labels(model, probabilities)
    _check_shares(model)
    _check_classes_without_rows(model, folder)
    _check_wrong_input(model, fitted)
    assert 0 <= model.estimate_seconds(500, 100, 50) < 1e6


def _check_labels(model: Classifier, probabilities: np.ndarray) -> None:
    """Labels are scikit-learn's convention, and give the same probabilities."""
    X, codes = make_rows()
    X_new, new_codes = make_rows(60, seed=1)
    named = clone(model).fit(X, LABELS[codes].astype(object))
    assert named.classes_.tolist() == LABELS.tolist()
    np.testing.assert_array_equal(named.predict_proba(X_new), probabilities)
    answers = named.predict(X_new)
    np.testing.assert_array_equal(answers, LABELS[probabilities.argmax(axis=1)])
    assert named.score(X_new, LABELS[new_codes]) == pytest.approx(np.mean(answers == LABELS[new_codes]))
    assert named.__sklearn_tags__().estimator_type == "classifier"


def _check_shares(model: Classifier) -> None:
    """A row of two classes is as two rows that count by its shares; a row of weight 0 is as if it were not there."""
    X, codes = make_rows()
    Y = one_hot(codes)
    Y[:20] = [0.5, 0.25, 0.25]
    X_hard = np.vstack([X[:20], X[:20], X[:20], X[20:]])
    hard = one_hot(np.concatenate([np.repeat([0, 1, 2], 20), codes[20:]]))
    weights = np.concatenate([np.full(20, 0.5), np.full(40, 0.25), np.ones(70)])
    balanced = clone(model).set_params(class_weight="balanced")
    for one in (model, balanced):
        soft = clone(one).fit(X, Y).predict(X)
        np.testing.assert_allclose(soft, clone(one).fit(X_hard, hard, weights).predict(X), rtol=0.01, atol=2e-3)
    # Scores as a ridge regression gives them, for pseudo-labelled rows.
    scores = Y.copy()
    scores[0], Y[0] = [1.5, -0.25, 0.5], [0.75, 0, 0.25]
    np.testing.assert_array_equal(clone(model).fit(X, scores).predict(X), clone(model).fit(X, Y).predict(X))
    few = np.flatnonzero((codes > 0) | (np.arange(90) < 30))
    rare = clone(model).fit(X[few], one_hot(codes)[few]).predict(X)[:, 0].mean()
    assert clone(balanced).fit(X[few], one_hot(codes)[few]).predict(X)[:, 0].mean() > rare + 0.02


def _check_classes_without_rows(model: Classifier, folder: Path) -> None:
    X, codes = make_rows()
    wide = one_hot(codes, 5)
    np.testing.assert_array_equal(
        clone(model).fit(X, wide).predict(X)[:, :3], clone(model).fit(X, wide[:, :3]).predict(X)
    )
    assert (clone(model).fit(X, wide).predict(X)[:, 3:] == 0).all()
    two = clone(model).fit(X, np.minimum(codes, 1))
    assert two.score(X, np.minimum(codes, 1)) > 0.6
    # A class whose rows all have weight 0 has none; where one is left, every row is of it.
    alone = two.fit(X, wide, (codes == 1).astype(float))
    np.testing.assert_array_equal(alone.predict(X), np.tile([0, 1, 0, 0, 0], (90, 1)))
    alone.save(folder / "alone")
    np.testing.assert_array_equal(type(model).load(folder / "alone").predict(X), alone.predict(X))


def _check_wrong_input(model: Classifier, fitted: Classifier) -> None:
    X, codes = make_rows()
    Y = one_hot(codes)
    coordinates = Y - Y.mean(axis=0)
    holed = np.where(np.arange(4) == 2, np.nan, X)
    for wrong, message in (
        (lambda: clone(model).fit(X, coordinates), "leave out the target transform"),
        (lambda: clone(model).fit(X, Y[:, :1]), "a column for each of two classes"),
        (lambda: clone(model).fit(X, Y[1:]), "expected 90 rows"),
        (lambda: clone(model).fit(X, codes[1:]), "expected 90 rows"),
        (lambda: clone(model).fit(X, codes + 0.5), "Unknown label type"),
        (lambda: clone(model).fit(X, np.where(codes == 0, np.inf, codes)), "Unknown label type"),
        (lambda: clone(model).fit(X, np.array(["a", None] * 45, dtype=object)), "Unknown label type"),
        (lambda: clone(model).fit(X[:, :0], Y), "at least one feature"),
        (lambda: clone(model).fit(X[:0], Y[:0]), "at least one row"),
        (lambda: clone(model).fit(X, Y, -np.ones(90)), "weights must be"),
        (lambda: fitted.predict(X[:, :3]), "expected 4 columns"),
    ):
        with pytest.raises(InputError, match=message):
            wrong()
    if model.allow_nan_features:
        assert np.isfinite(clone(model).fit(holed, Y).predict(holed)).all()
    else:
        with pytest.raises(InputError, match="NaN"):
            clone(model).fit(holed, Y)
