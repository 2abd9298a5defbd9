from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import xgboost

from kit.errors import MissingDependencyError
from kit.models.boosting import XGBoostSketch, XGBoostVectorLeaf, sketching
from kit.models.boosting.sketching import SketchKind, sketch
from tests.models.boosting.planted import nonlinear, rmse

KINDS: list[SketchKind] = ["random_projection", "random_sampling", "top_outputs"]


def wide(n_rows: int, n_outputs: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return X and outputs that mix the four of `nonlinear`, with noise of their own."""
    X, hidden = nonlinear(n_rows)
    generator = np.random.default_rng(seed)
    hidden = (hidden - hidden.mean(axis=0)) / hidden.std(axis=0)
    Y = hidden @ generator.normal(size=(4, n_outputs)) + 0.5 * generator.normal(size=(n_rows, n_outputs)) + 3.0
    return X, Y.astype(np.float32)


def test_xgboost_still_has_the_experimental_interface() -> None:
    """Fails where a new XGBoost drops or changes what the model rests on: see `sketching.require_split_gradients`."""
    from xgboost.objective import TreeObjective

    assert callable(TreeObjective.split_grad)
    sketching.require_split_gradients()

    X, Y = wide(60, 7)
    calls: list[str] = []

    class Objective(TreeObjective):
        def __call__(self, iteration: int, y_pred: np.ndarray, dtrain: Any) -> tuple[np.ndarray, np.ndarray]:
            calls.append(f"gradient {iteration} {y_pred.shape}")
            return y_pred - Y, np.ones_like(Y)

        def split_grad(self, iteration: int, grad: np.ndarray, hess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            calls.append(f"split {iteration} {grad.shape} {hess.shape}")
            # Only the first feature explains this gradient, so only it is split on.
            only = np.where(X[:, [0]] > 0, 1.0, -1.0).astype(np.float32)
            return only, np.ones_like(only)

    params = {"multi_strategy": "multi_output_tree", "tree_method": "hist", "max_depth": 1, "nthread": 1}
    params |= {"num_target": 7, "base_score": [0.0] * 7, "learning_rate": 1.0, "reg_lambda": 0.0}
    rows = xgboost.QuantileDMatrix(X, nthread=1)
    booster = xgboost.Booster(params, [rows])
    booster.update(rows, 0, fobj=Objective())
    assert calls == ["gradient 0 (60, 7)", "split 0 (60, 7) (60, 7)"]
    sides = [Y[X[:, 0] <= 0].mean(axis=0), Y[X[:, 0] > 0].mean(axis=0)]
    expected = np.where(X[:, [0]] > 0, sides[1], sides[0])
    # The bin's border lies between two rows next to 0.
    np.testing.assert_allclose(np.median(np.abs(booster.predict(rows) - expected)), 0, atol=1e-5)


@pytest.mark.parametrize("lacking", ["module", "method", "library"])
def test_an_xgboost_without_it_is_named(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        pass

    if lacking == "module":
        monkeypatch.delattr(xgboost, "objective")
    elif lacking == "method":
        monkeypatch.setattr(xgboost.objective, "TreeObjective", Plain)
    else:
        monkeypatch.setattr(xgboost.core, "_LIB", Plain())
    with pytest.raises(MissingDependencyError, match=r"from 3\.2 on; .* pip install 'xgboost-cpu==3\.2\.\*'"):
        XGBoostSketch().check_parameters()


@cache
def held_out_error(kind: SketchKind, sketch_size: int) -> tuple[float, float]:
    """Return the error of 30 rounds on rows held out, and that of the training rows' mean."""
    X, Y = wide(200, 60)
    model = XGBoostSketch(30, sketch_size=sketch_size, sketch=kind, max_depth=3).fit(X[:150], Y[:150])
    mean = np.broadcast_to(Y[:150].mean(axis=0), Y[150:].shape)
    return rmse(model.predict(X[150:]), Y[150:]), rmse(mean, Y[150:])


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_sketch_recovers_many_outputs(kind: SketchKind) -> None:
    error, of_the_mean = held_out_error(kind, 5)
    assert error < 0.8 * of_the_mean
    # Nearly as good as splits found with the whole gradient.
    assert error < 1.15 * held_out_error("random_projection", 60)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_leaves_hold_the_whole_gradient(kind: SketchKind) -> None:
    """Oracle: after one round a row is at its leaf's weighted mean of the residuals, shrunk, for every output."""
    X, Y = wide(120, 40)
    weights = np.linspace(0.2, 2.0, 120)
    model = XGBoostSketch(1, sketch_size=3, sketch=kind, learning_rate=0.5, max_depth=3, reg_lambda=2.0).fit(
        X, Y, weights
    )
    leaf = model.booster_.predict(xgboost.DMatrix(X), pred_leaf=True).ravel()
    assert len(np.unique(leaf)) > 3
    mean = np.average(Y.astype(np.float64), axis=0, weights=weights)
    expected = np.tile(mean, (120, 1))
    for one in np.unique(leaf):
        at, w = leaf == one, weights[leaf == one]
        expected[at] += 0.5 * (w @ (Y[at] - mean)) / (w.sum() + 2.0)
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_sketch_as_wide_as_the_outputs_is_none(weighted: bool) -> None:
    X, Y = nonlinear(150)
    weights = np.linspace(0.2, 2.0, 150) if weighted else None
    params: dict[str, Any] = {"n_estimators": 10, "max_depth": 4, "subsample": 0.7, "random_state": 2}
    plain = XGBoostVectorLeaf(**params).fit(X, Y, weights).predict(X)
    # But for rounding: XGBoost sums the mean from which it starts in float32.
    np.testing.assert_allclose(XGBoostSketch(sketch_size=4, **params).fit(X, Y, weights).predict(X), plain, rtol=1e-3)


def test_a_rotation_of_the_outputs_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coordinates of full rank serve as well as all outputs: the same projections of both give the same trees."""
    X, Y = wide(100, 250)
    _, _, basis = np.linalg.svd(Y - Y.mean(axis=0), full_matrices=False)
    basis = np.vstack([basis[:99], Y.mean(axis=0)])  # the mean is constant in the coordinates: it starts there
    basis = np.linalg.qr(basis.T)[0].T
    directions = np.random.default_rng(0).normal(size=(250, 5))

    def project(gradient: np.ndarray, kind: str, size: int, generator: object) -> np.ndarray:
        mixed = directions if gradient.shape[1] == 250 else basis @ directions
        return gradient @ mixed.astype(np.float32)

    monkeypatch.setattr(sketching, "sketch", project)
    params: dict[str, Any] = {"n_estimators": 12, "max_depth": 3}
    whole = XGBoostSketch(**params).fit(X, Y).predict(X)
    turned = XGBoostSketch(**params).fit(X, (Y @ basis.T).astype(np.float32)).predict(X)
    np.testing.assert_allclose(turned @ basis, whole, atol=2e-3)
    assert rmse(whole, np.tile(Y.mean(axis=0), (100, 1))) > 0.5


@pytest.mark.parametrize("kind", ["random_projection", "random_sampling"])
def test_random_sketches_keep_inner_products_on_average(kind: SketchKind) -> None:
    gradient = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32) * np.linspace(0.1, 2, 40)
    gradient = gradient.astype(np.float32)
    generator = np.random.default_rng(1)
    products = np.zeros((6, 6))
    for _ in range(3000):
        small = sketch(gradient, kind, 4, generator)
        assert small.shape == (6, 4)
        assert small.dtype == np.float32
        products += small.astype(np.float64) @ small.T / 3000
    whole = gradient.astype(np.float64) @ gradient.T
    np.testing.assert_allclose(products, whole, atol=0.06 * np.abs(whole).max())


def test_top_outputs_are_the_columns_of_greatest_norm() -> None:
    gradient = np.array([[1.0, -5.0, 0.0, 3.0], [1.0, 0.0, 0.0, 3.0]], dtype=np.float32)
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(sketch(gradient, "top_outputs", 2, generator), gradient[:, [1, 3]])
    assert sketch(gradient, "top_outputs", 4, generator) is gradient


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_left_to_fit(kind: SketchKind) -> None:
    X, _ = nonlinear(50)
    Y = np.full((50, 30), 7.0, dtype=np.float32)
    np.testing.assert_allclose(XGBoostSketch(3, sketch_size=2, sketch=kind).fit(X, Y).predict(X), Y, rtol=1e-6)


def test_every_round_draws_another_sketch() -> None:
    X, Y = wide(100, 50)
    drawn = [sketch(Y, "random_projection", 5, np.random.default_rng([3, round_])) for round_ in (0, 1)]
    assert np.abs(drawn[0] - drawn[1]).max() > 0.1

    def predict(seed: int) -> np.ndarray:
        return XGBoostSketch(5, max_depth=3, random_state=seed).fit(X, Y).predict(X)

    np.testing.assert_array_equal(predict(3), predict(3))
    assert np.abs(predict(3) - predict(4)).max() > 0.01
