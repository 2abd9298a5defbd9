from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.models import Balanced, ExtraTrees, LightGBMClassifier, Logistic, Model
from kit.plugins import Plugin
from tests.models.classifiers.planted import make_rows, one_hot

X, CODES = make_rows(120)
# 40 rows of the first class, 20 of the second, 5 of the third.
KEPT = np.flatnonzero((CODES == 0) | ((CODES == 1) & (np.arange(120) < 60)) | ((CODES == 2) & (np.arange(120) < 15)))
X, CODES = X[KEPT], CODES[KEPT]
Y = one_hot(CODES)


class Recording(Model):
    """Keeps what it was given."""

    seen: tuple[Any, ...] = ()

    def fit(self, X: Floats, Y: Floats, sample_weight: np.ndarray | None = None) -> Recording:  # type: ignore[override]
        type(self).seen = X, Y, sample_weight
        return self

    def predict(self, X: Any) -> Floats:
        return np.zeros((len(X), 3), dtype=np.float32)


def given(weights: np.ndarray | None = None, **params: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return what the model inside is given: rows, classes, weights."""
    rows = np.arange(len(X), dtype=np.float32)[:, None]
    Balanced(Recording(), **params).fit(rows, Y, weights)
    seen, classes, weights = Recording.seen
    np.testing.assert_array_equal(classes.argmax(axis=1), CODES[seen[:, 0].astype(int)])
    return seen[:, 0].astype(int), classes.argmax(axis=1), weights


@pytest.mark.parametrize(
    ("most", "counts"), [(1, [1, 1, 1]), (10, [10, 10, 5]), (30, [30, 20, 5]), (None, [40, 20, 5])]
)
def test_no_class_has_more_rows_than_that(most: int | None, counts: list[int]) -> None:
    rows, codes, weights = given(max_per_class=most)
    assert np.bincount(codes).tolist() == counts
    assert len(set(rows)) == len(rows)
    assert weights is None


def test_seeds_draw_other_rows_and_a_class_does_not_hang_on_others() -> None:
    first, codes, _ = given(max_per_class=10, random_state=1)
    other, _, _ = given(max_per_class=10, random_state=2)
    assert given(max_per_class=10, random_state=1)[0].tolist() == first.tolist() != other.tolist()
    without = np.where(CODES == 1, 0.0, 1.0)
    alone, alone_codes, _ = given(without, max_per_class=10, random_state=1)
    assert set(alone_codes) == {0, 2}
    np.testing.assert_array_equal(alone[alone_codes == 0], first[codes == 0])


def test_rows_of_every_class_together_count_the_same() -> None:
    own = np.linspace(1, 2, len(X))
    rows, codes, weights = given(own, max_per_class=10, class_weight="balanced")
    assert weights is not None
    totals = np.bincount(codes, weights)
    np.testing.assert_allclose(totals, totals[0])
    assert weights.sum() == pytest.approx(own[rows].sum())
    np.testing.assert_allclose(
        weights[codes == 1] / own[rows][codes == 1], weights[codes == 1][0] / own[rows][codes == 1][0]
    )


@pytest.mark.parametrize("inner", [Logistic(), ExtraTrees(n_estimators=5)], ids=["logistic", "extra trees"])
def test_it_is_the_model_on_the_rows_that_are_drawn(inner: Model, tmp_path: Path) -> None:
    rows, _, _ = given(max_per_class=10, random_state=3)
    model = Balanced(inner, max_per_class=10, random_state=3).fit(X, Y)
    alone = type(inner)(**inner.get_params()).fit(X[rows], Y[rows])
    np.testing.assert_array_equal(model.predict(X), alone.predict(X))
    assert model.n_rows_ == len(rows)
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(Plugin.load(tmp_path / "model").predict(X), model.predict(X))  # type: ignore[attr-defined]


def test_a_model_that_chooses_is_refused_and_the_rare_class_is_named_more_often() -> None:
    with pytest.raises(ParameterError, match="to be chosen on held-out rows"):
        Balanced(LightGBMClassifier(early_stopping_rounds=5)).fit(X, Y)
    plain = Logistic().fit(X, Y).predict(X)[:, 2].mean()
    assert Balanced(Logistic(), max_per_class=5).fit(X, Y).predict(X)[:, 2].mean() > plain + 0.05
    assert Balanced(Logistic(), None, class_weight="balanced").fit(X, Y).predict(X)[:, 2].mean() > plain + 0.05
