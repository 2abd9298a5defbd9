from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge as Oracle
from sklearn.linear_model import RidgeCV

from kit.errors import InputError, ParameterError
from kit.models import MODELS, Ridge, ridge
from kit.plugins import Plugin

PATH = [0.1, 1.0, 10.0, 100.0, 1e3]


def make_rows(n_rows: int, n_features: int, n_outputs: int = 7, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features)) * rng.uniform(0.1, 3, n_features) + rng.normal(size=n_features)
    Y = X @ rng.normal(size=(n_features, n_outputs)) / np.sqrt(n_features) + rng.normal(size=(n_rows, n_outputs)) + 3
    return X.astype(np.float32), Y.astype(np.float32)


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 90)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("penalty", [1e-3, 1.0, 500.0])
@pytest.mark.parametrize("shape", [(60, 8), (20, 90), (30, 30), (1, 4), (5, 1)], ids=str)
def test_agrees_with_sklearn(shape: tuple[int, int], penalty: float, fit_intercept: bool, weighted: bool) -> None:
    X, Y = make_rows(*shape)
    weights = np.random.default_rng(1).uniform(0, 2, len(X)) if weighted else None
    model = Ridge(penalty, fit_intercept).fit(X, Y, weights)
    oracle = Oracle(penalty, fit_intercept=fit_intercept, solver="svd").fit(X.astype(np.float64), Y, weights)
    new = make_rows(10, shape[1], seed=2)[0]
    expected = oracle.predict(new).reshape(10, -1)
    np.testing.assert_allclose(model.predict(new), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(model.coef_, oracle.coef_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.intercept_, oracle.intercept_, rtol=1e-4, atol=1e-4)


def test_collinear_features_and_a_small_penalty_stay_accurate() -> None:
    X, Y = make_rows(40, 6)
    X = np.hstack([X, X[:, :3], np.ones((40, 2), dtype=np.float32)])
    oracle = Oracle(1e-4, solver="svd").fit(X.astype(np.float64), Y)
    np.testing.assert_allclose(Ridge(1e-4).fit(X, Y).predict(X), oracle.predict(X), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("shape", [(25, 6), (12, 40)], ids=str)
def test_leave_one_out_errors_are_those_of_refits(shape: tuple[int, int], fit_intercept: bool) -> None:
    X, Y = make_rows(*shape)
    weights = np.random.default_rng(1).uniform(0.2, 2, len(X))
    weights[3] = 0.0
    errors = ridge._Path.of(X, weights, fit_intercept).leave_one_out(Y, PATH)
    for penalty, error in zip(PATH, errors, strict=True):
        expected = 0.0
        for i in range(len(X)):
            rest = np.arange(len(X)) != i
            model = Ridge(penalty, fit_intercept).fit(X[rest], Y[rest], weights[rest])
            expected += weights[i] * ((Y[i] - model.predict(X[i : i + 1])[0]).astype(np.float64) ** 2).sum()
        assert error == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shape", [(50, 10), (20, 60)], ids=str)
def test_fit_with_a_path_chooses_as_sklearn_does(shape: tuple[int, int]) -> None:
    for seed in range(5):
        X, Y = make_rows(*shape, seed=seed)
        model = Ridge(PATH).fit(X, Y)
        assert model.penalty_ == RidgeCV(PATH).fit(X.astype(np.float64), Y).alpha_
        np.testing.assert_array_equal(model.coef_, Ridge(model.penalty_).fit(X, Y).coef_)


def test_recovers_planted_coefficients() -> None:
    rng = np.random.default_rng(0)
    planted, X = rng.normal(size=(4, 12)), rng.normal(size=(500, 12)).astype(np.float32)
    Y = X @ planted.T + np.arange(4) + 0.01 * rng.normal(size=(500, 4))
    model = Ridge([1e-3, 1.0, 1e3]).fit(X, Y)
    assert model.penalty_ < 1e3
    np.testing.assert_allclose(model.coef_, planted, atol=0.01)
    np.testing.assert_allclose(model.intercept_, np.arange(4), atol=0.01)


def test_finds_nothing_in_noise() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(80, 200)), rng.normal(size=(80, 300))
    model = Ridge([1.0, 1e2, 1e4, 1e6]).fit(X, Y)
    assert model.penalty_ >= 1e4
    new = model.predict(rng.normal(size=(50, 200)))
    assert np.abs(new).max() < 0.6  # the training rows' means, whose standard error is 0.11
    assert new.std(axis=0).mean() < 0.02  # an unpenalised fit's predictions spread like the noise itself, by 1


def test_choose_scores_every_penalty_and_returns_the_best() -> None:
    X, Y = make_rows(60, 30)
    X_val, Y_val = make_rows(25, 30, seed=0)
    seen: list[np.ndarray] = []

    def loss(predictions: np.ndarray) -> float:
        seen.append(predictions)
        return float(((predictions - Y_val) ** 2).mean())

    model = Ridge(PATH)
    assert model.chooses
    assert Ridge.path_parameter == "penalty"
    best = model.choose(X, Y, X_val, loss)
    losses = []
    for penalty, predictions in zip(PATH, seen, strict=True):
        expected = Ridge(penalty).fit(X, Y).predict(X_val)
        np.testing.assert_allclose(predictions, expected, rtol=1e-5, atol=1e-5)
        losses.append(((expected - Y_val) ** 2).mean())
    assert best == PATH[int(np.argmin(losses))]
    chosen = clone(model).set_params(penalty=best)
    assert not chosen.chooses
    chosen.fit(X, Y)
    assert chosen.penalty_ == best


def test_choose_prefers_the_greatest_of_equals_and_needs_a_finite_loss() -> None:
    X, Y = make_rows(20, 5)
    assert Ridge([10.0, 1.0, 3.0]).choose(X, Y, X, lambda predictions: 0.0) == 10.0
    values = iter([np.nan, 2.0, np.inf])
    assert Ridge([10.0, 1.0, 3.0]).choose(X, Y, X, lambda predictions: next(values)) == 1.0
    with pytest.raises(InputError, match="finite loss"):
        Ridge([1.0, 2.0]).choose(X, Y, X, lambda predictions: np.nan)


def test_choosing_leaves_no_fitted_state() -> None:
    X, Y = make_rows(20, 5)
    model = Ridge(PATH)
    model.choose(X, Y, X, lambda predictions: float(predictions.std()))
    assert model.fitted_state() == {}


def test_weights_are_repeats() -> None:
    X, Y = make_rows(30, 8)
    repeats = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = Ridge(2.0).fit(X, Y, sample_weight=repeats)
    repeated = Ridge(2.0).fit(np.repeat(X, repeats, axis=0), np.repeat(Y, repeats, axis=0))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-6, atol=1e-8)


@given(
    n_rows=st.integers(2, 20),
    n_features=st.integers(1, 25),
    offset=st.sampled_from([-1000.0, 0.0, 50.0]),
    seed=st.integers(0, 100),
)
@settings(max_examples=40, deadline=None)
def test_an_offset_of_the_targets_goes_to_the_intercept_alone(
    n_rows: int, n_features: int, offset: float, seed: int
) -> None:
    X, Y = make_rows(n_rows, n_features, seed=seed)
    model, moved = Ridge(3.0).fit(X, Y), Ridge(3.0).fit(X, Y + np.float32(offset))
    np.testing.assert_allclose(moved.coef_, model.coef_, atol=1e-3)
    np.testing.assert_allclose(moved.predict(X), model.predict(X) + offset, rtol=1e-5, atol=1e-3)


def test_rows_do_not_see_each_other() -> None:
    X, Y = make_rows(30, 50)
    model = Ridge(PATH).fit(X, Y)
    alone = np.vstack([model.predict(X[i : i + 1]) for i in range(len(X))])
    np.testing.assert_allclose(model.predict(X), alone, rtol=1e-5, atol=1e-6)
    order = np.random.default_rng(0).permutation(len(X))
    shuffled = Ridge(PATH).fit(X[order], Y[order])
    np.testing.assert_allclose(shuffled.predict(X), model.predict(X), rtol=1e-5, atol=1e-5)


def test_same_input_gives_the_same_bytes() -> None:
    X, Y = make_rows(30, 50)
    before = X.copy(), Y.copy()
    assert Ridge(PATH).fit(X, Y).coef_.tobytes() == Ridge(PATH).fit(X, Y).coef_.tobytes()
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(Y, before[1])


@pytest.mark.parametrize("penalty", [2.0, PATH])
def test_saved_and_loaded_is_the_same(penalty: float | list[float], tmp_path: Path) -> None:
    X, Y = make_rows(30, 8)
    model = Ridge(penalty).fit(X, Y)
    model.save(tmp_path / "ridge")
    loaded = Plugin.load(tmp_path / "ridge")
    assert isinstance(loaded, Ridge)
    assert loaded.get_params() == model.get_params()
    assert loaded.penalty_ == model.penalty_
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()


def test_features_that_say_nothing_predict_the_mean() -> None:
    _, Y = make_rows(9, 3)
    for X in (np.ones((9, 4)), np.zeros((9, 4)), np.empty((9, 0))):
        predictions = Ridge(PATH).fit(X, Y).predict(X)
        np.testing.assert_allclose(predictions, np.tile(Y.mean(axis=0), (9, 1)), rtol=1e-5)


def test_one_row_takes_the_greatest_penalty() -> None:
    X, Y = make_rows(1, 3)
    model = Ridge(PATH).fit(X, Y)
    assert model.penalty_ == max(PATH)
    np.testing.assert_allclose(model.predict(X), Y, rtol=1e-6)


@pytest.mark.parametrize("penalty", [0.0, -1.0, [], [1.0, 0.0], float("nan"), "strong"])
def test_penalties_out_of_range_are_refused(penalty: object) -> None:
    X, Y = make_rows(9, 3)
    with pytest.raises(ParameterError, match="penalty"):
        Ridge(penalty).fit(X, Y)  # type: ignore[arg-type]


def test_wrong_shapes_are_refused() -> None:
    X, Y = make_rows(9, 3)
    assert MODELS.get("ridge") is Ridge
    assert Ridge().estimate_seconds(614, 300, 18211) > 0
    with pytest.raises(NotFittedError):
        Ridge().predict(X)
    with pytest.raises(InputError, match="9 rows"):
        Ridge().fit(X, Y[:4])
    with pytest.raises(InputError, match="3 columns"):
        Ridge().fit(X, Y).predict(X[:, :2])
    with pytest.raises(InputError, match="3 columns"):
        Ridge(PATH).choose(X, Y, X[:, :2], lambda predictions: 0.0)
    with pytest.raises(InputError, match="sample_weight"):
        Ridge().fit(X, Y, sample_weight=np.zeros(9))
