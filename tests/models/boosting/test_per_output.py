from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kit.errors import InputError, StateError
from kit.models.base import MODELS
from kit.models.boosting import LightGBM, PerOutputBoosting, XGBoost
from tests.models.boosting.planted import noise, nonlinear, rmse

MODEL_CLASSES = [LightGBM, XGBoost]
SMALL: dict[type[PerOutputBoosting], dict[str, Any]] = {
    LightGBM: {"min_data_in_leaf": 5, "num_leaves": 8},
    XGBoost: {"max_depth": 3, "learning_rate": 0.2},
}
SAMPLED: dict[type[PerOutputBoosting], dict[str, Any]] = {
    LightGBM: {**SMALL[LightGBM], "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.6},
    XGBoost: {**SMALL[XGBoost], "subsample": 0.7, "colsample_bytree": 0.6},
}

each_model = pytest.mark.parametrize("cls", MODEL_CLASSES)


@each_model
def test_a_planted_nonlinear_signal_is_recovered(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()
    model = cls(n_estimators=60, **SMALL[cls]).fit(X[:150], Y[:150])
    prediction = model.predict(X[150:])
    assert prediction.dtype == np.float32
    assert prediction.shape == (50, 4)
    for output in range(4):
        mean = np.full(50, Y[:150, output].mean())
        assert rmse(prediction[:, output], Y[150:, output]) < 0.7 * rmse(mean, Y[150:, output])


@each_model
def test_few_rounds_are_chosen_on_noise(cls: type[PerOutputBoosting]) -> None:
    X, Y = noise()
    model = cls(n_estimators=60, early_stopping_rounds=10, **SMALL[cls])
    chosen = model.choose(X[:100], Y[:100], X[100:], lambda P: rmse(P, Y[100:]))
    assert chosen <= 5
    fitted = cls(n_estimators=chosen, **SMALL[cls]).fit(X[:100], Y[:100])
    mean = np.broadcast_to(Y[:100].mean(axis=0), Y[100:].shape)
    assert rmse(fitted.predict(X[100:]), Y[100:]) > 0.98 * rmse(mean, Y[100:])


@each_model
def test_the_choice_is_the_best_of_the_whole_path(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()
    inner, held = slice(0, 140), slice(140, 200)
    scored: list[float] = []

    def loss(prediction: np.ndarray) -> float:
        scored.append(rmse(prediction, Y[held]))
        return scored[-1]

    chosen = cls(n_estimators=35, early_stopping_rounds=35, **SMALL[cls]).choose(X[inner], Y[inner], X[held], loss)
    path = [
        rmse(cls(n_estimators=rounds, **SMALL[cls]).fit(X[inner], Y[inner]).predict(X[held]), Y[held])
        for rounds in range(1, 36)
    ]
    # The running validation predictions are those of separate fits of so many rounds.
    np.testing.assert_allclose(scored, path, rtol=1e-5)
    assert chosen == int(np.argmin(scored)) + 1
    assert chosen > 5


@each_model
def test_patience_ends_the_path_early(cls: type[PerOutputBoosting]) -> None:
    X, Y = noise()
    calls: list[int] = []

    def loss(prediction: np.ndarray) -> float:
        calls.append(1)
        return rmse(prediction, Y[100:])

    model = cls(n_estimators=60, early_stopping_rounds=3, **SMALL[cls])
    chosen = model.choose(X[:100], Y[:100], X[100:], loss)
    assert len(calls) == chosen + 3
    assert not hasattr(model, "boosters_")


@each_model
def test_choosing_with_sampling_is_deterministic(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()
    paths = []
    for _ in range(2):
        path: list[np.ndarray] = []
        model = cls(n_estimators=25, early_stopping_rounds=25, random_state=5, **SAMPLED[cls])
        model.choose(X[:140], Y[:140], X[140:], lambda P, path=path: path.append(P.copy()) or 1.0)
        paths.append(np.stack(path))
    np.testing.assert_array_equal(*paths)


@each_model
def test_whether_rounds_are_chosen(cls: type[PerOutputBoosting]) -> None:
    assert cls.path_parameter == "n_estimators"
    assert not cls().chooses
    assert cls(early_stopping_rounds=5).chooses


@each_model
def test_saved_and_loaded_in_a_fresh_object(cls: type[PerOutputBoosting], tmp_path: Path) -> None:
    X, Y = nonlinear()
    model = cls(n_estimators=12, library_params={"max_delta_step": 0.5}, random_state=3, **SMALL[cls]).fit(X, Y)
    model.save(tmp_path / "model")
    loaded = cls.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.predict(X), model.predict(X), rtol=1e-12)
    assert loaded.get_params() == model.get_params()
    assert loaded.n_outputs_ == 4
    names = sorted(path.name for path in (tmp_path / "model" / "native").iterdir())
    assert names == [f"output-{output}{cls.native_suffix}" for output in range(4)]


@each_model
def test_a_missing_booster_file_is_an_error(cls: type[PerOutputBoosting], tmp_path: Path) -> None:
    X, Y = nonlinear()
    model = cls(n_estimators=2).fit(X, Y)
    model.save_native(tmp_path)
    (tmp_path / f"output-2{cls.native_suffix}").unlink()
    with pytest.raises(StateError, match="output-2"):
        model.load_native(tmp_path)


@each_model
def test_a_row_is_predicted_alike_alone_and_among_others(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()
    model = cls(n_estimators=15, **SMALL[cls]).fit(X[:150], Y[:150])
    together = model.predict(X[150:])
    np.testing.assert_allclose(np.vstack([model.predict(row[None]) for row in X[150:]]), together, rtol=1e-5)
    np.testing.assert_allclose(model.predict(X[150:][::-1])[::-1], together, rtol=1e-5)
    assert model.predict(X[:0]).shape == (0, 4)


@each_model
def test_the_seed_decides(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()

    def predict(seed: int | None) -> np.ndarray:
        return clone(cls(n_estimators=10, random_state=seed, **SAMPLED[cls])).fit(X, Y).predict(X)

    np.testing.assert_array_equal(predict(7), predict(7))
    np.testing.assert_array_equal(predict(None), predict(0))
    assert np.abs(predict(7) - predict(8)).max() > 0.01
    predict(2**40)  # seeds of any size are taken


@each_model
def test_outputs_do_not_depend_on_their_neighbours(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()
    params = {"n_estimators": 10, "random_state": 1, **SAMPLED[cls]}
    together = cls(**params).fit(X, Y).predict(X)
    np.testing.assert_array_equal(cls(**params).fit(X, Y[:, ::-1]).predict(X)[:, ::-1], together)
    np.testing.assert_array_equal(cls(**params).fit(X, Y[:, [2]]).predict(X), together[:, [2]])


@each_model
def test_weights_lean_the_fit(cls: type[PerOutputBoosting]) -> None:
    X, _ = nonlinear()
    half = np.arange(len(X)) % 2 == 0
    # The same features, two answers: the weights say which of them counts.
    Y = np.where(half, 1.0, -1.0)[:, None] * np.array([[1.0, 5.0]])
    weights = np.where(half, 9.0, 1.0)
    prediction = cls(n_estimators=20, **SMALL[cls]).fit(X * 0 + 1, Y, weights).predict(X * 0 + 1)
    np.testing.assert_allclose(prediction.mean(axis=0), [0.8, 4.0], rtol=1e-3)


@each_model
def test_wrong_arrays(cls: type[PerOutputBoosting]) -> None:
    X, Y = nonlinear()
    with pytest.raises(NotFittedError):
        cls().predict(X)
    with pytest.raises(InputError, match="at least one feature"):
        cls().fit(X[:, :0], Y)
    with pytest.raises(InputError, match="at least one output"):
        cls().fit(X, Y[:, :0])
    with pytest.raises(InputError, match="expected 8 columns"):
        cls(n_estimators=1).fit(X, Y).predict(X[:, :3])
    with pytest.raises(InputError, match="X_val"):
        cls(early_stopping_rounds=2).choose(X, Y, X[:0], lambda P: 0.0)


@each_model
def test_seconds_grow_with_the_work(cls: type[PerOutputBoosting]) -> None:
    base = cls().estimate_seconds(480, 130, 64)
    assert base > 0
    assert cls().estimate_seconds(480, 2000, 64) > 5 * base
    assert cls().estimate_seconds(480, 130, 128) == pytest.approx(2 * base)
    assert cls(n_estimators=200).estimate_seconds(480, 130, 64) == pytest.approx(2 * base)


def test_registered() -> None:
    assert MODELS.get("lightgbm") is LightGBM
    assert MODELS.get("xgboost") is XGBoost
