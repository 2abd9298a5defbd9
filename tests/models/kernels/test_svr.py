from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import svm
from sklearn.exceptions import NotFittedError
from sklearn.multioutput import MultiOutputRegressor

from kit.errors import InputError, ParameterError
from kit.models.kernels import RBF, SVR, Product, Tanimoto
from kit.models.kernels.svr import StoppedWarning
from kit.plugins import Plugin
from tests.models.kernels.planted import LAYOUT, cell_and_compound, explained, noise, nonlinear, random


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("C", "epsilon"), [(1.0, 0.1), (10.0, 0.5), (0.1, 0.0)])
def test_agrees_with_sklearn(C: float, epsilon: float, weighted: bool) -> None:
    X, Y = random(60, 20)
    weights = np.random.default_rng(1).uniform(0.1, 2, 60) if weighted else None
    model = SVR(RBF(), C, epsilon, standardize=False, tol=1e-6).fit(X, Y, weights)
    oracle = MultiOutputRegressor(svm.SVR(kernel="rbf", C=C, epsilon=epsilon, tol=1e-6))
    oracle.fit(X.astype(np.float64), Y, weights)
    new = random(20, 20, seed=1)[0]
    np.testing.assert_allclose(model.predict(new), oracle.predict(new.astype(np.float64)), rtol=1e-4, atol=1e-4)


def test_standardised_it_is_scaled_with_its_outputs() -> None:
    X, Y = random(50)
    size, offset = np.float32([1, 100, 0.01, 1e4, 1]), np.float32([0, 5, -1, 3e4, 0])
    plain, scaled = SVR(tol=1e-8).fit(X, Y), SVR(tol=1e-8).fit(X, Y * size + offset)
    np.testing.assert_allclose((scaled.predict(X) - offset) / size, plain.predict(X), rtol=1e-2, atol=1e-2)
    spread = Y[:, :1].std()
    absolute = SVR(C=spread, epsilon=0.1 * spread, standardize=False, tol=1e-8).fit(X, Y[:, :1])
    np.testing.assert_allclose(plain.predict(X)[:, :1], absolute.predict(X), atol=1e-3)


def test_only_supporting_rows_are_kept() -> None:
    X, Y = nonlinear(150, n_outputs=2)
    weights = np.ones(150)
    weights[:20] = 0
    model = SVR(RBF(0.5), C=10.0, epsilon=0.3).fit(X, Y, weights)
    assert 5 < len(model.support_) < 110
    assert model.support_.min() >= 20
    np.testing.assert_array_equal(model.rows_, X[model.support_])
    assert model.dual_coef_.any(axis=1).all()
    inside = np.setdiff1d(np.arange(20, 150), model.support_)
    wrong = np.abs(model.predict(X[inside]) - Y[inside])
    assert (wrong <= 0.3 * Y[20:].std(axis=0) + 1e-2).all()


def test_recovers_a_nonlinear_function() -> None:
    X, Y = nonlinear(300)
    X_new, Y_new = nonlinear(100, seed=1)
    assert explained(SVR(RBF(0.5), C=10.0).fit(X, Y).predict(X_new), Y_new) > 0.95


def test_a_product_sees_an_interaction() -> None:
    X, Y = cell_and_compound()
    train = np.arange(160) % 4 != 0
    kernel = Product(RBF(blocks=["cell"]), Tanimoto(["compound"]))
    model = SVR(kernel, C=10.0, blocks=LAYOUT).fit(X[train], Y[train])
    assert explained(model.predict(X[~train]), Y[~train]) > 0.7


def test_a_stiff_machine_finds_nothing_in_noise() -> None:
    X, Y = noise(80)
    predictions = SVR(C=1e-4).fit(X, Y).predict(noise(50, seed=1)[0])
    np.testing.assert_allclose(predictions, np.tile(np.median(Y, axis=0), (50, 1)), atol=0.5)
    assert predictions.std(axis=0).max() < 0.01


def test_constant_outputs_and_wide_tubes_need_no_rows() -> None:
    X, Y = random(12, n_outputs=2)
    Y[:, 0] = np.float32(0.1)
    model = SVR(epsilon=100.0).fit(X, Y)
    assert len(model.rows_) == 0
    assert model.predict(X).shape == (12, 2)
    np.testing.assert_allclose(model.predict(X)[:, 0], 0.1, rtol=1e-6)
    np.testing.assert_allclose(SVR().fit(X[:1], Y[:1]).predict(X[:1]), Y[:1], rtol=1e-6)


def test_stopping_early_warns_once() -> None:
    X, Y = random(60, n_outputs=3)
    with pytest.warns(StoppedWarning, match="max_iter=2 for 3 of 3 outputs") as caught:
        SVR(C=100.0, max_iter=2).fit(X, Y)
    assert len(caught) == 1


def test_rows_do_not_see_each_other_and_bytes_are_the_same() -> None:
    X, Y = random(30, 50)
    model = SVR().fit(X, Y)
    alone = np.vstack([model.predict(X[i : i + 1]) for i in range(30)])
    np.testing.assert_allclose(model.predict(X), alone, rtol=1e-5, atol=1e-6)
    assert SVR().fit(X, Y).dual_coef_.tobytes() == model.dual_coef_.tobytes()


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    X, Y = random(30)
    model = SVR().fit(X, Y)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, SVR)
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()
    assert loaded.support_.tolist() == model.support_.tolist()


def test_wrong_input_is_refused() -> None:
    X, Y = random(9)
    with pytest.raises(NotFittedError):
        SVR().predict(X)
    with pytest.raises(InputError, match="9 rows"):
        SVR().fit(X, Y[:4])
    with pytest.raises(InputError, match="8 columns"):
        SVR().fit(X, Y).predict(X[:, :2])
    with pytest.raises(InputError, match="no feature block 'cel'"):
        SVR(RBF(blocks=["cel"]), blocks={"cell": (0, 8)}).fit(X, Y)
    for wrong in (SVR(C=0.0), SVR(epsilon=-0.1), SVR(tol=0.0), SVR(max_iter=0)):
        with pytest.raises(ParameterError):
            wrong.fit(X, Y)
