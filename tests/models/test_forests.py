from __future__ import annotations

import json
import pickle
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError

from kit.errors import InputError, ParameterError
from kit.models import MODELS
from kit.models.forests import ExtraTrees, Forest, RandomForest

THEIRS: dict[type[Forest], Any] = {ExtraTrees: ExtraTreesRegressor, RandomForest: RandomForestRegressor}

each_forest = pytest.mark.parametrize("cls", THEIRS)


def planted(n_rows: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X and three outputs that no linear model fits."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n_rows, 6))
    Y = np.stack([np.sign(X[:, 0]), np.abs(X[:, 1]) - 1, np.where(X[:, 0] > 0, X[:, 2], 0)], axis=1)
    return X.astype(np.float32), (Y + 0.1 * generator.normal(size=Y.shape)).astype(np.float32)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"max_depth": 3, "max_features": "sqrt"},
        {"min_samples_leaf": 4, "min_samples_split": 0.1, "max_features": 2, "min_impurity_decrease": 1e-3},
        {"bootstrap": True, "max_samples": 0.5, "max_leaf_nodes": 7},
        {"criterion": "absolute_error", "max_depth": 3},
    ],
    ids=str,
)
@each_forest
def test_predictions_are_those_of_scikit_learn(cls: type[Forest], params: dict[str, Any], weighted: bool) -> None:
    X, Y = planted()
    weights = np.linspace(0, 2, 150) if weighted else None
    ours = cls(**{"n_estimators": 8, "random_state": 5, **params}).fit(X[:150], Y[:150], weights)
    theirs = THEIRS[cls](**ours.get_params()).fit(X[:150], Y[:150], weights)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6, atol=1e-6)


@each_forest
def test_a_single_output_is_that_of_scikit_learn(cls: type[Forest], recwarn: pytest.WarningsRecorder) -> None:
    X, Y = planted()
    ours = cls(8, random_state=5).fit(X, Y[:, [1]])
    theirs = THEIRS[cls](8, random_state=5).fit(X, Y[:, 1])
    np.testing.assert_allclose(ours.predict(X)[:, 0], theirs.predict(X), rtol=1e-6, atol=1e-6)
    assert list(recwarn) == []


@each_forest
def test_a_threshold_is_compared_as_scikit_learn_does(cls: type[Forest]) -> None:
    """float32 features against float64 thresholds: rows that lie on a threshold go left."""
    X = np.repeat(np.arange(8, dtype=np.float32), 3)[:, None]
    Y = np.square(X)
    ours = cls(5, random_state=0).fit(X, Y)
    theirs = THEIRS[cls](5, random_state=0).fit(X, Y[:, 0])
    on = np.unique(ours.threshold_[np.isfinite(ours.threshold_)]).astype(np.float32)[:, None]
    near = np.vstack([on, np.nextafter(on, np.float32(-9)), np.nextafter(on, np.float32(99))])
    np.testing.assert_allclose(ours.predict(near)[:, 0], theirs.predict(near), rtol=1e-6)


@each_forest
def test_a_planted_signal_is_recovered_and_noise_is_not(cls: type[Forest]) -> None:
    X, Y = planted(400)
    left = Y[300:] - cls(60, min_samples_leaf=2).fit(X[:300], Y[:300]).predict(X[300:])
    assert (np.square(left).mean(axis=0) < 0.6 * Y[300:].var(axis=0)).all()
    noise = np.random.default_rng(1).normal(size=Y.shape).astype(np.float32)
    left = noise[300:] - cls(60, min_samples_leaf=2).fit(X[:300], noise[:300]).predict(X[300:])
    assert np.square(left).mean() > 0.95 * noise[300:].var()


@each_forest
def test_a_tree_without_a_split_is_the_weighted_mean(cls: type[Forest]) -> None:
    X, Y = planted(50)
    weights = np.linspace(0.1, 2, 50)
    model = cls(3, min_samples_leaf=26, bootstrap=False).fit(X, Y, weights)
    assert model.depth_ == 0
    np.testing.assert_allclose(model.predict(X), np.tile(np.average(Y, axis=0, weights=weights), (50, 1)), rtol=1e-5)


@each_forest
def test_a_row_is_predicted_alike_alone_and_among_others(cls: type[Forest], monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = planted()
    model = cls(10).fit(X[:150], Y[:150])
    together = model.predict(X[150:])
    np.testing.assert_array_equal(np.vstack([model.predict(row[None]) for row in X[150:]]), together)
    np.testing.assert_array_equal(model.predict(X[150:][::-1])[::-1], together)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 30)  # three rows at a time
    np.testing.assert_array_equal(model.predict(X[150:]), together)
    assert model.predict(X[:0]).shape == (0, 3)


@each_forest
def test_saved_and_loaded_in_a_fresh_object(cls: type[Forest], tmp_path: Path) -> None:
    X, Y = planted()
    model = cls(7, max_features="log2", random_state=2).fit(X, Y)
    model.save(tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["arrays.npz", "state.json"]
    loaded = cls.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.predict(X), model.predict(X), rtol=1e-12)
    assert loaded.get_params() == model.get_params()


class Malicious:
    """What pickle would execute."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@each_forest
def test_a_planted_pickle_is_refused_and_not_executed(cls: type[Forest], tmp_path: Path) -> None:
    X, Y = planted(40)
    directory, proof = tmp_path / "model", tmp_path / "executed"
    cls(2).fit(X, Y).save(directory)
    with np.load(directory / "arrays.npz") as stored:
        arrays = dict(stored)
    arrays[next(iter(arrays))] = np.array([Malicious(proof)], dtype=object)
    np.savez(directory / "arrays.npz", allow_pickle=True, **arrays)
    # The attacker makes the checksum right, too.
    state = json.loads((directory / "state.json").read_text())
    state["files"]["arrays.npz"] = sha256((directory / "arrays.npz").read_bytes()).hexdigest()
    (directory / "state.json").write_text(json.dumps(state))
    with pytest.raises(ValueError, match="allow_pickle"):
        cls.load(directory)
    assert not proof.exists()
    # It is one that would have worked.
    pickle.loads(pickle.dumps(Malicious(proof)))
    assert proof.exists()


@each_forest
def test_the_seed_decides(cls: type[Forest]) -> None:
    X, Y = planted()

    def predict(seed: int | None) -> np.ndarray:
        return clone(cls(4, max_features=0.5, random_state=seed)).fit(X[:100], Y[:100]).predict(X)

    np.testing.assert_array_equal(predict(7), predict(7))
    np.testing.assert_array_equal(predict(None), predict(0))
    assert np.abs(predict(7) - predict(8)).max() > 0.01
    predict(2**40)  # seeds of any size are taken


@each_forest
@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"n_estimators": 0}, "n_estimators=0"),
        ({"max_features": 0.0}, "max_features"),
        ({"max_features": "all"}, "max_features"),
        ({"min_samples_leaf": 1.5}, "min_samples_leaf"),
        ({"max_samples": 0.5, "bootstrap": False}, "max_samples=0.5: it has an effect only where bootstrap is true"),
    ],
)
def test_wrong_parameters(cls: type[Forest], params: dict[str, Any], why: str) -> None:
    X, Y = planted(20)
    with pytest.raises(ParameterError, match=why):
        cls(**params).fit(X, Y)


@each_forest
def test_wrong_arrays(cls: type[Forest]) -> None:
    X, Y = planted(20)
    with pytest.raises(NotFittedError):
        cls().predict(X)
    with pytest.raises(InputError, match="X: expected at least one column"):
        cls().fit(X[:, :0], Y)
    with pytest.raises(InputError, match="Y: expected at least one column"):
        cls().fit(X, Y[:, :0])
    with pytest.raises(InputError, match="expected 6 columns"):
        cls(2).fit(X, Y).predict(X[:, :3])


@each_forest
def test_seconds_grow_with_the_work(cls: type[Forest]) -> None:
    base = cls().estimate_seconds(480, 130, 64)
    assert base > 0
    assert cls(200).estimate_seconds(480, 130, 64) == pytest.approx(2 * base)
    assert cls().estimate_seconds(480, 260, 64) == pytest.approx(2 * base)
    assert cls().estimate_seconds(480, 130, 128) > 1.5 * base
    assert cls(max_features="sqrt").estimate_seconds(480, 130, 64) < 0.2 * base
    assert cls(max_features=13).estimate_seconds(480, 130, 64) == pytest.approx(0.1 * base)


def test_registered() -> None:
    assert MODELS.get("extra_trees") is ExtraTrees
    assert MODELS.get("random_forest") is RandomForest


@pytest.mark.parametrize(
    ("kind", "oracle"), [(ExtraTrees, ExtraTreesClassifier), (RandomForest, RandomForestClassifier)]
)
def test_on_one_column_a_class_a_forest_is_scikit_learns_classifier(kind: type[Forest], oracle: type) -> None:
    """The squared error of columns of 0 and 1 is Gini's impurity, and the mean of a leaf the shares of its classes."""
    rng = np.random.default_rng(0)
    codes = np.arange(150) % 3
    rows = (rng.standard_normal((150, 4)) + 1.5 * np.eye(3, 4)[codes]).astype(np.float32)
    new = rng.standard_normal((60, 4)).astype(np.float32)
    options = {"n_estimators": 20, "max_depth": 3, "max_features": "sqrt", "random_state": 0}
    expected = oracle(**options).fit(rows, codes).predict_proba(new)
    classes = np.eye(3, dtype=np.float32)[codes]
    # In trees of no limit, rounding chooses among the splits of small nodes that are equally good.
    np.testing.assert_allclose(kind(**options).fit(rows, classes).predict(new), expected, atol=1e-6)
