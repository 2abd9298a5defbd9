"""What every model keeps whose trees have all outputs in every leaf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kit.errors import InputError, RunError, StateError
from kit.models.base import MODELS
from kit.models.boosting import CatBoost, LibraryBoosting, XGBoostSketch, XGBoostVectorLeaf
from tests.models.boosting.planted import noise, nonlinear, rmse

SMALL: dict[type[LibraryBoosting], dict[str, Any]] = {
    XGBoostVectorLeaf: {"max_depth": 3, "learning_rate": 0.2},
    XGBoostSketch: {"max_depth": 3, "learning_rate": 0.2, "sketch_size": 2},
    CatBoost: {"depth": 3, "learning_rate": 0.2},
}
SAMPLED: dict[type[LibraryBoosting], dict[str, Any]] = {
    XGBoostVectorLeaf: {**SMALL[XGBoostVectorLeaf], "subsample": 0.7, "colsample_bytree": 0.6},
    XGBoostSketch: {**SMALL[XGBoostSketch], "subsample": 0.7, "colsample_bytree": 0.6},
    CatBoost: {**SMALL[CatBoost], "bootstrap_type": "Bernoulli", "subsample": 0.7, "rsm": 0.6},
}

each_model = pytest.mark.parametrize("cls", SMALL)


def make(cls: type[LibraryBoosting], rounds: int, params: dict[str, Any], **more: Any) -> Any:
    return cls(**{str(cls.path_parameter): rounds}, **params, **more)


def standard(Y: np.ndarray) -> np.ndarray:
    """Outputs of like scale: shared splits follow the greatest variance."""
    return np.asarray((Y - Y.mean(axis=0)) / Y.std(axis=0), dtype=np.float32)


@each_model
def test_a_planted_nonlinear_signal_is_recovered(cls: type[LibraryBoosting]) -> None:
    X, Y = nonlinear(300)
    Y = standard(Y)
    prediction = make(cls, 80, SMALL[cls]).fit(X[:240], Y[:240]).predict(X[240:])
    assert prediction.dtype == np.float32
    assert prediction.shape == (60, 4)
    for output in range(4):
        mean = np.full(60, Y[:240, output].mean())
        assert rmse(prediction[:, output], Y[240:, output]) < 0.85 * rmse(mean, Y[240:, output])


@each_model
def test_few_rounds_are_chosen_on_noise(cls: type[LibraryBoosting]) -> None:
    X, Y = noise()
    model = make(cls, 60, SMALL[cls], early_stopping_rounds=10)
    chosen = model.choose(X[:100], Y[:100], X[100:], lambda P: rmse(P, Y[100:]))
    assert chosen <= 5
    mean = np.broadcast_to(Y[:100].mean(axis=0), Y[100:].shape)
    assert rmse(make(cls, chosen, SMALL[cls]).fit(X[:100], Y[:100]).predict(X[100:]), Y[100:]) > 0.98 * rmse(
        mean, Y[100:]
    )


@pytest.mark.parametrize("params", [SMALL, SAMPLED], ids=["plain", "sampled"])
@pytest.mark.parametrize("weighted", [False, True])
@each_model
def test_the_path_is_that_of_separate_fits(cls: type[LibraryBoosting], weighted: bool, params: Any) -> None:
    X, Y = nonlinear()
    inner, held = slice(0, 140), slice(140, 200)
    weights = np.linspace(0.2, 2.0, 140) if weighted else None
    seen: list[np.ndarray] = []

    def loss(prediction: np.ndarray) -> float:
        seen.append(prediction.copy())
        return rmse(prediction, Y[held])

    model = make(cls, 12, params[cls], early_stopping_rounds=12, random_state=4)
    chosen = model.choose(X[inner], Y[inner], X[held], loss, sample_weight=weights)
    assert chosen == int(np.argmin([rmse(prediction, Y[held]) for prediction in seen])) + 1
    assert len(seen) == 12
    for rounds in (1, 7, 12):
        alone = make(cls, rounds, params[cls], random_state=4).fit(X[inner], Y[inner], weights).predict(X[held])
        np.testing.assert_allclose(seen[rounds - 1], alone, rtol=1e-6, atol=1e-6)


@each_model
def test_patience_ends_the_path_early(cls: type[LibraryBoosting]) -> None:
    X, Y = noise()
    calls: list[int] = []

    def loss(prediction: np.ndarray) -> float:
        calls.append(1)
        return rmse(prediction, Y[100:])

    model = make(cls, 60, SMALL[cls], early_stopping_rounds=3)
    chosen = model.choose(X[:100], Y[:100], X[100:], loss)
    assert len(calls) == chosen + 3
    assert not hasattr(model, "booster_")
    assert model.freeze_choice(chosen) == {cls.path_parameter: chosen, "early_stopping_rounds": None}


@each_model
def test_what_the_loss_says_or_raises(cls: type[LibraryBoosting]) -> None:
    X, Y = noise()
    model = make(cls, 5, SMALL[cls], early_stopping_rounds=2)
    with pytest.raises(RunError, match="not finite in any of the first 2"):
        model.choose(X[:100], Y[:100], X[100:], lambda prediction: float("nan"))

    def broken(prediction: np.ndarray) -> float:
        raise ZeroDivisionError("of the loss")

    with pytest.raises(ZeroDivisionError, match="of the loss"):
        model.choose(X[:100], Y[:100], X[100:], broken)


@each_model
def test_held_out_targets_cannot_be_seen(cls: type[LibraryBoosting]) -> None:
    """Only the loss knows them: with a loss that does not, nothing is left of them."""
    X, Y = nonlinear()
    seen: list[np.ndarray] = []
    make(cls, 4, SMALL[cls], early_stopping_rounds=4).choose(
        X[:140], Y[:140], X[140:], lambda P: seen.append(P.copy()) or 1.0
    )
    np.testing.assert_allclose(seen[-1], make(cls, 4, SMALL[cls]).fit(X[:140], Y[:140]).predict(X[140:]), rtol=1e-6)


@each_model
def test_saved_and_loaded_in_a_fresh_object(cls: type[LibraryBoosting], tmp_path: Path) -> None:
    X, Y = nonlinear()
    model = make(cls, 12, SMALL[cls], random_state=3).fit(X, Y)
    model.save(tmp_path / "model")
    loaded = cls.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.get_params() == model.get_params()
    [native] = (tmp_path / "model" / "native").iterdir()
    native.unlink()
    with pytest.raises(StateError, match="booster"):
        model.load_native(tmp_path / "model" / "native")


@each_model
def test_a_row_is_predicted_alike_alone_and_among_others(cls: type[LibraryBoosting]) -> None:
    X, Y = nonlinear()
    model = make(cls, 15, SMALL[cls]).fit(X[:150], Y[:150])
    together = model.predict(X[150:])
    np.testing.assert_allclose(np.vstack([model.predict(row[None]) for row in X[150:]]), together, rtol=1e-5)
    np.testing.assert_allclose(model.predict(X[150:][::-1])[::-1], together, rtol=1e-5)
    assert model.predict(X[:0]).shape == (0, 4)


@each_model
def test_the_seed_decides(cls: type[LibraryBoosting]) -> None:
    X, Y = nonlinear()

    def predict(seed: int | None) -> np.ndarray:
        return clone(make(cls, 10, SAMPLED[cls], random_state=seed)).fit(X, Y).predict(X)

    np.testing.assert_array_equal(predict(7), predict(7))
    np.testing.assert_array_equal(predict(None), predict(0))
    assert np.abs(predict(7) - predict(8)).max() > 0.01
    predict(2**40)  # seeds of any size are taken


@each_model
def test_weights_lean_the_fit(cls: type[LibraryBoosting]) -> None:
    X = np.tile(np.arange(4, dtype=np.float32), 50)[:, None]
    half = np.arange(200) % 8 < 4
    # The same features, two answers: the weights say which of them counts.
    Y = np.where(half, 1.0, -1.0)[:, None] * np.array([[1.0, 5.0]])
    weights = np.where(half, 9.0, 1.0)
    prediction = make(cls, 20, SMALL[cls]).fit(X, Y, weights).predict(X)
    np.testing.assert_allclose(prediction, np.broadcast_to([0.8, 4.0], prediction.shape), rtol=1e-3)


@each_model
def test_it_starts_from_the_mean_of_every_output(cls: type[LibraryBoosting]) -> None:
    X, Y = nonlinear(150)
    weights = np.linspace(0.1, 2.0, 150)
    prediction = make(cls, 1, {"learning_rate": 1e-6}).fit(X, Y, weights).predict(X)
    np.testing.assert_allclose(prediction, np.tile(np.average(Y, axis=0, weights=weights), (150, 1)), rtol=1e-4)


@each_model
def test_a_single_output(cls: type[LibraryBoosting]) -> None:
    X, Y = nonlinear()
    model = make(cls, 30, SMALL[cls], early_stopping_rounds=5)
    assert model.choose(X[:150], Y[:150, [1]], X[150:], lambda P: rmse(P, Y[150:, [1]])) > 3
    prediction = model.fit(X[:150], Y[:150, [1]]).predict(X[150:])
    assert prediction.shape == (50, 1)
    assert rmse(prediction, Y[150:, [1]]) < 0.6 * Y[150:, 1].std()


@each_model
def test_wrong_arrays(cls: type[LibraryBoosting]) -> None:
    X, Y = nonlinear()
    with pytest.raises(NotFittedError):
        cls().predict(X)
    with pytest.raises(InputError, match="at least one feature"):
        cls().fit(X[:, :0], Y)
    with pytest.raises(InputError, match="at least one output"):
        cls().fit(X, Y[:, :0])
    with pytest.raises(InputError, match="expected 8 columns"):
        make(cls, 1, {}).fit(X, Y).predict(X[:, :3])
    with pytest.raises(InputError, match="X_val"):
        cls(early_stopping_rounds=2).choose(X, Y, X[:0], lambda P: 0.0)


@pytest.mark.parametrize("cls", [XGBoostVectorLeaf, CatBoost])
def test_too_many_outputs(cls: type[LibraryBoosting]) -> None:
    X, _ = nonlinear(20)
    wide = np.zeros((20, 65), dtype=np.float32)
    with pytest.raises(InputError, match=r"65 outputs.*'xgboost_sketch'"):
        cls().fit(X, wide)
    with pytest.raises(InputError, match=r"65 outputs.*'xgboost_sketch'"):
        cls(early_stopping_rounds=1).choose(X, wide, X, lambda P: 0.0)


@each_model
def test_seconds_grow_with_the_work(cls: type[LibraryBoosting]) -> None:
    base = cls().estimate_seconds(480, 130, 64)
    assert base > 0
    assert cls().estimate_seconds(480, 2000, 64) > 5 * base
    assert cls().estimate_seconds(480, 130, 128) > base
    assert make(cls, 200, {}).estimate_seconds(480, 130, 64) == pytest.approx(2 * base)


@each_model
def test_nothing_is_printed_or_written(
    cls: type[LibraryBoosting],
    capfd: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    X, Y = nonlinear(60)
    model = make(cls, 3, SMALL[cls], early_stopping_rounds=1)
    model.choose(X[:40], Y[:40], X[40:], lambda P: rmse(P, Y[40:]))
    model.fit(X, Y).predict(X)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    assert list(recwarn) == []
    assert list(tmp_path.iterdir()) == []


def test_registered() -> None:
    kinds = {"xgboost_vector_leaf": XGBoostVectorLeaf, "xgboost_sketch": XGBoostSketch, "catboost": CatBoost}
    assert {kind: MODELS.get(kind) for kind in kinds} == kinds
