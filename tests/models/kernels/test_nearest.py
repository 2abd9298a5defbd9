from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from kit.errors import InputError, ParameterError
from kit.models.kernels import RBF, Cosine, Nearest, Tanimoto
from kit.plugins import Plugin
from tests.models.kernels.planted import LAYOUT, cell_and_compound, explained, noise, nonlinear, random

PATH = [1, 3, 10, 40]


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 300)


@pytest.mark.parametrize("k", [1, 4, 100])
def test_uniform_neighbours_are_sklearns(k: int) -> None:
    X, Y = random(50)
    new = random(20, seed=1)[0]
    oracle = KNeighborsRegressor(min(k, 50)).fit(X, Y)
    model = Nearest(RBF(0.01), k, "uniform").fit(X, Y)
    np.testing.assert_allclose(model.predict(new), oracle.predict(new), rtol=1e-5, atol=1e-5)


def test_similar_neighbours_count_more_by_cosine() -> None:
    X, Y = random(50)
    new = random(20, seed=1)[0]
    expected = []
    for similarity in cosine_similarity(new.astype(np.float64), X.astype(np.float64)):
        nearest = np.argsort(-similarity)[:5]
        expected.append(np.average(Y[nearest], axis=0, weights=similarity[nearest]))
    np.testing.assert_allclose(Nearest(k=5).fit(X, Y).predict(new), expected, rtol=1e-5, atol=1e-5)


def test_neighbours_within_the_same_cell_type() -> None:
    X, Y = cell_and_compound()
    X[:, 4] = np.arange(160) % 7  # compounds alone do not tell the rows apart
    model = Nearest(Cosine(["compound"]), 3, block="cell", blocks=LAYOUT).fit(X, Y)
    for cell in range(4):
        own = X[:, cell] == 1
        within = Nearest(Cosine(["compound"]), 3, blocks=LAYOUT).fit(X[own], Y[own])
        np.testing.assert_allclose(model.predict(X[own]), within.predict(X[own]), rtol=1e-5, atol=1e-6)
    signed = np.where(X == 0, np.float32(-0.0), X)
    np.testing.assert_allclose(model.predict(signed), model.predict(X), rtol=1e-6)
    unknown = X.copy()
    unknown[:, :4] = -0.0
    anywhere = Nearest(Cosine(["compound"]), 3, blocks=LAYOUT).fit(X, Y)
    np.testing.assert_allclose(model.predict(unknown), anywhere.predict(unknown), rtol=1e-6)


def test_distinct_neighbours_are_compounds_with_the_mean_of_their_rows() -> None:
    X, Y = cell_and_compound()
    weights = np.random.default_rng(0).uniform(0.5, 2, 160)
    compounds, index = np.unique(X[:, 4:], axis=0, return_inverse=True)
    means = np.array([np.average(Y[index == c], axis=0, weights=weights[index == c]) for c in range(len(compounds))])
    model = Nearest(Tanimoto(["compound"]), 3, neighbors="distinct", blocks=LAYOUT).fit(X, Y, weights)
    assert len(model.rows_) == len(compounds) == 40
    expected = Nearest(Tanimoto(), 3).fit(compounds, means)
    np.testing.assert_allclose(model.predict(X), expected.predict(X[:, 4:]), rtol=1e-5, atol=1e-6)
    within = Nearest(Tanimoto(["compound"]), 3, neighbors="distinct", block="cell", blocks=LAYOUT).fit(X, Y)
    assert len(within.rows_) == 160


def test_recovers_a_nonlinear_function_and_an_interaction() -> None:
    X, Y = nonlinear(600)
    X_new, Y_new = nonlinear(100, seed=1)
    assert explained(Nearest(RBF(2.0), PATH).fit(X, Y).predict(X_new), Y_new) > 0.8
    X, Y = cell_and_compound()
    train = np.arange(160) % 4 != 0
    for block, low, high in [("cell", 0.8, 1.0), (None, -1.0, 0.1)]:
        model = Nearest(Tanimoto(["compound"]), 4, block=block, blocks=LAYOUT).fit(X[train], Y[train])
        assert low < explained(model.predict(X[~train]), Y[~train]) < high


def test_finds_nothing_in_noise() -> None:
    X, Y = noise(80)
    model = Nearest(RBF(1e-4), [1, 5, 80]).fit(X, Y)
    assert model.k_ == 80
    predictions = model.predict(noise(50, seed=1)[0])
    np.testing.assert_allclose(predictions, np.tile(Y.mean(axis=0), (50, 1)), atol=0.01)


@pytest.mark.parametrize("block", [None, "a"])
def test_a_lone_fit_with_a_path_takes_the_least_error_of_refits(block: str | None) -> None:
    X, Y = nonlinear(30, noise=0.5)
    X[:, 0] = (np.arange(30) + 6) // 7  # the first row is alone in its level
    weights = np.random.default_rng(1).uniform(0.3, 2, 30)
    blocks = {"a": (0, 1), "b": (1, 3)}
    errors = []
    for k in PATH:
        error = 0.0
        for i in range(30):
            rest = np.arange(30) != i
            model = Nearest(RBF(1.0, ["b"]), k, block=block, blocks=blocks).fit(X[rest], Y[rest], weights[rest])
            error += weights[i] * ((model.predict(X[i : i + 1])[0] - Y[i]) ** 2).sum()
        errors.append(error)
    model = Nearest(RBF(1.0, ["b"]), PATH, block=block, blocks=blocks).fit(X, Y, weights)
    np.testing.assert_allclose(model._leave_one_out(PATH), errors, rtol=1e-5)
    # Within a level, 10 neighbours and 40 are the same rows: of equals, the greatest.
    assert model.k_ == max(k for k, error in zip(PATH, errors, strict=True) if error == min(errors))


def test_choose_scores_every_number_and_returns_the_best() -> None:
    X, Y = nonlinear(60)
    X_val, Y_val = nonlinear(25, seed=1)
    seen: list[np.ndarray] = []

    def loss(predictions: np.ndarray) -> float:
        seen.append(predictions)
        return float(((predictions - Y_val) ** 2).mean())

    model = Nearest(RBF(1.0), PATH)
    assert model.chooses
    chosen = model.choose(X, Y, X_val, loss)
    assert model.fitted_state() == {}
    expected = [Nearest(RBF(1.0), k).fit(X, Y).predict(X_val) for k in PATH]
    for found, wanted in zip(seen, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert chosen == PATH[int(np.argmin([((one - Y_val) ** 2).mean() for one in expected]))]
    assert not clone(model).set_params(**model.freeze_choice(chosen)).chooses


@given(st.integers(0, 1000), st.sampled_from(["rows", "distinct"]), st.sampled_from(["similarity", "uniform"]))
@settings(max_examples=40, deadline=None)
def test_ties_depend_on_no_order(seed: int, neighbors: str, weights: str) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, size=(25, 4)).astype(np.float32) * np.float32(0.1)  # many equal rows, and zeros
    Y = rng.normal(size=(25, 3)).astype(np.float32)
    order = rng.permutation(25)
    model = Nearest(k=4, neighbors=neighbors, weights=weights).fit(X, Y)  # type: ignore[arg-type]
    shuffled = Nearest(k=4, neighbors=neighbors, weights=weights).fit(X[order], Y[order])  # type: ignore[arg-type]
    np.testing.assert_allclose(shuffled.predict(X), model.predict(X), rtol=1e-5, atol=1e-5)
    alone = np.vstack([model.predict(X[i : i + 1]) for i in range(25)])
    np.testing.assert_allclose(alone, model.predict(X), rtol=1e-5, atol=1e-5)


def test_a_row_like_nothing_gets_the_mean() -> None:
    X, Y = random(20)
    X = np.abs(X)
    model = Nearest(k=3).fit(X, Y)
    np.testing.assert_allclose(model.predict(np.zeros((1, 8))), Y.mean(axis=0)[None], rtol=1e-5)


def test_rows_of_no_weight_are_no_neighbours() -> None:
    X, Y = random(20)
    weights = np.repeat([0.0, 2.0], 10)
    expected = Nearest(k=3).fit(X[10:], Y[10:]).predict(X)
    np.testing.assert_allclose(Nearest(k=3).fit(X, Y, weights).predict(X), expected, rtol=1e-5)


@pytest.mark.parametrize("neighbors", ["rows", "distinct"])
def test_saved_and_loaded_is_the_same(neighbors: str, tmp_path: Path) -> None:
    X, Y = cell_and_compound()
    model = Nearest(Tanimoto(["compound"]), [2, 5], "similarity", neighbors, "cell", LAYOUT).fit(X, Y)  # type: ignore[arg-type]
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, Nearest)
    assert loaded.k_ == model.k_
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()


def test_wrong_input_is_refused() -> None:
    X, Y = random(9)
    with pytest.raises(NotFittedError):
        Nearest().predict(X)
    with pytest.raises(InputError, match="9 rows"):
        Nearest().fit(X, Y[:4])
    with pytest.raises(InputError, match="8 columns"):
        Nearest().fit(X, Y).predict(X[:, :2])
    with pytest.raises(InputError, match=r"nearest: no feature block 'cel' \(did you mean 'cell'\?\)"):
        Nearest(block="cel", blocks={"cell": (0, 8)}).fit(X, Y)
    for wrong in (Nearest(k=0), Nearest(k=[]), Nearest(weights="distance"), Nearest(neighbors="k")):  # type: ignore[arg-type]
        with pytest.raises(ParameterError):
            wrong.fit(X, Y)


def test_on_one_column_a_class_it_is_scikit_learns_classifier() -> None:
    X, new = random(60, 4)[0], random(20, 4, seed=1)[0]
    codes = np.arange(60) % 3
    expected = KNeighborsClassifier(7, metric="cosine").fit(X, codes).predict_proba(new)
    votes = Nearest(k=7, weights="uniform").fit(X, np.eye(3)[codes]).predict(new)
    np.testing.assert_allclose(votes, expected, atol=1e-6)
