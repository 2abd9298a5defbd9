from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import InputError
from kit.full_width import FullWidth
from kit.models import KernelRidge, Model, PerGroup, PerPoint, Ridge
from kit.models.kernels.pairwise import RBF
from kit.plugins import Plugin

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(80, 2, 3)).astype(np.float32)
CELL = RNG.integers(0, 2, (80, 1)).astype(np.float32)
X = np.hstack([CELL, POINTS.reshape(80, -1)])
Y = RNG.normal(size=(80, 4)).astype(np.float32)
BLOCKS = {"cell": (0, 1), "wells": (1, 7)}


def per_point(model: Model | None = None, **params: object) -> PerPoint:
    given = {"points": "wells", "n_points": 2, "blocks": BLOCKS} | params
    return PerPoint(Ridge(0.1) if model is None else model, **given)  # type: ignore[arg-type]


def apart() -> np.ndarray:
    """Return the rows of the model inside: a point, and the cell type of its row."""
    return np.hstack([POINTS.reshape(160, 3), np.repeat(CELL, 2, axis=0)])


@pytest.mark.parametrize("weighted", [False, True])
def test_points_are_rows_whose_predictions_are_averaged(weighted: bool) -> None:
    weights = RNG.uniform(0.5, 2, 80) if weighted else None
    inside = Ridge(0.1).fit(apart(), np.repeat(Y, 2, axis=0), None if weights is None else np.repeat(weights, 2))
    expected = inside.predict(apart()).reshape(80, 2, 4).mean(axis=1)
    np.testing.assert_allclose(per_point().fit(X, Y, weights).predict(X), expected, rtol=1e-5, atol=1e-6)


def test_the_order_of_points_changes_nothing() -> None:
    model = per_point().fit(X, Y)
    turned = np.hstack([CELL, POINTS[:, ::-1].reshape(80, -1)])
    np.testing.assert_allclose(model.predict(turned), model.predict(X), rtol=1e-5, atol=1e-6)


def test_the_model_inside_is_told_where_its_blocks_are() -> None:
    found = per_point(PerGroup(Ridge(0.1), by="cell", min_rows=1)).fit(X, Y).predict(X)
    for cell in (0, 1):
        mine = CELL[:, 0] == cell
        np.testing.assert_allclose(
            found[mine], per_point().fit(X[mine], Y[mine]).predict(X[mine]), rtol=1e-4, atol=1e-5
        )


def test_what_a_recipe_writes_under_the_same_name_stays() -> None:
    """The blocks of a kernel are those that it compares, not where they lie."""
    with_kernel = per_point(KernelRidge(penalty=0.1, kernel=RBF(blocks=["wells"]))).fit(X, Y)
    inside = KernelRidge(penalty=0.1, kernel=RBF(blocks=["wells"]), blocks={"wells": (0, 3), "cell": (3, 4)})
    expected = inside.fit(apart(), np.repeat(Y, 2, axis=0)).predict(apart()).reshape(80, 2, 4).mean(axis=1)
    np.testing.assert_allclose(with_kernel.predict(X), expected, rtol=1e-4, atol=1e-5)


def test_full_width_goes_along() -> None:
    class Recording(Model):
        reads_full_width = True
        seen: list = []  # noqa: RUF012

        def fit(self, X, Y, sample_weight=None, full_width=None):  # type: ignore[no-untyped-def]
            self.seen.append(full_width)
            self.n_ = Y.shape[1]
            return self

        def predict(self, X):  # type: ignore[no-untyped-def]
            return np.zeros((len(X), self.n_), dtype=np.float32)

    wide = FullWidth(Y, None, np.zeros((1, 4), np.float32), np.zeros(80, np.intp), np.arange(80.0))
    per_point(Recording()).fit(X, Y, full_width=wide)
    np.testing.assert_array_equal(Recording.seen[0].residual, np.repeat(wide.residual, 2, axis=0))


def test_survives_saving(tmp_path: Path) -> None:
    model = per_point().fit(X, Y)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, PerPoint)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_columns_that_are_no_whole_points_are_refused() -> None:
    with pytest.raises(InputError, match=r"'wells' has 6 columns, which are no 4 points side by side"):
        per_point(n_points=4).fit(X, Y)
    with pytest.raises(InputError, match=r"reads no feature block 'well'.*did you mean 'wells'"):
        per_point(points="well").fit(X, Y)
