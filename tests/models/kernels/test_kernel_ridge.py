from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.kernel_ridge import KernelRidge as Oracle

from kit.errors import InputError, ParameterError
from kit.models import Ridge
from kit.models.kernels import RBF, KernelRidge, Linear, Product, Sum, Tanimoto
from kit.plugins import Plugin
from tests.models.kernels.planted import LAYOUT, cell_and_compound, explained, noise, nonlinear, random

PATH = [0.01, 0.1, 1.0, 10.0, 100.0]


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 300)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("penalty", [1e-3, 1.0, 500.0])
@pytest.mark.parametrize("shape", [(60, 8), (20, 90), (1, 4)], ids=str)
def test_agrees_with_sklearn(shape: tuple[int, int], penalty: float, weighted: bool) -> None:
    X, Y = random(*shape)
    weights = np.random.default_rng(1).uniform(0.1, 2, len(X)) if weighted else None
    model = KernelRidge(RBF(0.02), penalty, fit_intercept=False).fit(X, Y, weights)
    oracle = Oracle(alpha=penalty, kernel="rbf", gamma=0.02).fit(X.astype(np.float64), Y, weights)
    new = random(10, shape[1], seed=2)[0]
    np.testing.assert_allclose(model.predict(new), oracle.predict(new.astype(np.float64)), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model.dual_coef_, oracle.dual_coef_, rtol=1e-5, atol=1e-6)
    assert model.intercept_.tolist() == [0.0] * 5


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_with_a_linear_kernel_it_is_ridge(fit_intercept: bool) -> None:
    X, Y = random(40)
    weights = np.random.default_rng(1).uniform(0, 2, 40)
    weights[::7] = 0
    model = KernelRidge(Linear(), PATH, fit_intercept).fit(X, Y, weights)
    ridge = Ridge(PATH, fit_intercept).fit(X, Y, weights)
    assert model.penalty_ == ridge.penalty_
    np.testing.assert_allclose(model.predict(X), ridge.predict(X), rtol=1e-5, atol=1e-5)
    assert len(model.rows_) == 34


def test_weights_are_repeats() -> None:
    X, Y = random(30)
    repeats = np.random.default_rng(1).integers(0, 4, 30)
    weighted = KernelRidge(RBF(0.1), PATH[2]).fit(X, Y, repeats)
    repeated = KernelRidge(RBF(0.1), PATH[2]).fit(np.repeat(X, repeats, axis=0), np.repeat(Y, repeats, axis=0))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-5, atol=1e-5)


def test_recovers_a_nonlinear_function() -> None:
    X, Y = nonlinear(300)
    X_new, Y_new = nonlinear(100, seed=1)
    assert explained(KernelRidge(RBF(0.5), PATH).fit(X, Y).predict(X_new), Y_new) > 0.95
    assert explained(Ridge(PATH).fit(X, Y).predict(X_new), Y_new) < 0.1


def test_a_product_sees_an_interaction_that_a_sum_cannot() -> None:
    X, Y = cell_and_compound()
    train = np.arange(160) % 4 != 0
    cell, compound = RBF(blocks=["cell"]), Tanimoto(["compound"])
    for kernel, low, high in [(Product(cell, compound), 0.7, 1.0), (Sum(cell, compound), -0.5, 0.1)]:
        model = KernelRidge(kernel, PATH, blocks=LAYOUT).fit(X[train], Y[train])
        assert low < explained(model.predict(X[~train]), Y[~train]) < high


def test_finds_nothing_in_noise() -> None:
    X, Y = noise(80)
    model = KernelRidge(RBF(), [0.1, 10.0, 1e3, 1e5]).fit(X, Y)
    assert model.penalty_ >= 1e3
    predictions = model.predict(noise(50, seed=1)[0])
    np.testing.assert_allclose(predictions, np.tile(Y.mean(axis=0), (50, 1)), atol=0.05)


def test_choose_scores_every_penalty_and_returns_the_best() -> None:
    X, Y = random(60)
    weights = np.random.default_rng(1).uniform(0, 2, 60)
    X_val, Y_val = random(25)
    seen: list[np.ndarray] = []

    def loss(predictions: np.ndarray) -> float:
        seen.append(predictions)
        return float(((predictions - Y_val) ** 2).mean())

    model = KernelRidge(penalty=PATH)
    assert model.chooses
    chosen = model.choose(X, Y, X_val, loss, sample_weight=weights)
    assert model.fitted_state() == {}
    losses = []
    for penalty, predictions in zip(PATH, seen, strict=True):
        expected = KernelRidge(penalty=penalty).fit(X, Y, weights).predict(X_val)
        np.testing.assert_allclose(predictions, expected, rtol=1e-5, atol=1e-5)
        losses.append(((expected - Y_val) ** 2).mean())
    assert chosen == PATH[int(np.argmin(losses))]
    frozen = clone(model).set_params(**model.freeze_choice(chosen))
    assert not frozen.chooses


def test_a_lone_fit_with_a_path_takes_the_least_error_of_refits() -> None:
    X, Y = nonlinear(25, noise=0.3)
    errors = []
    for penalty in PATH:
        # The kernel is fixed: leaving a row out must not change gamma.
        refits = [
            KernelRidge(RBF(0.5), penalty).fit(np.delete(X, i, 0), np.delete(Y, i, 0)).predict(X[i : i + 1])[0]
            for i in range(25)
        ]
        errors.append(((np.array(refits) - Y) ** 2).sum())
    assert KernelRidge(RBF(0.5), PATH).fit(X, Y).penalty_ == PATH[int(np.argmin(errors))]


def test_rows_do_not_see_each_other_and_bytes_are_the_same() -> None:
    X, Y = random(30, 50)
    model = KernelRidge(penalty=PATH).fit(X, Y)
    alone = np.vstack([model.predict(X[i : i + 1]) for i in range(30)])
    np.testing.assert_allclose(model.predict(X), alone, rtol=1e-5, atol=1e-6)
    order = np.random.default_rng(0).permutation(30)
    np.testing.assert_allclose(
        KernelRidge(penalty=PATH).fit(X[order], Y[order]).predict(X), model.predict(X), rtol=1e-5
    )
    assert KernelRidge(penalty=PATH).fit(X, Y).dual_coef_.tobytes() == model.dual_coef_.tobytes()


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    X, Y = cell_and_compound()
    kernel = Product(RBF(blocks=["cell"]), Tanimoto(["compound"]))
    model = KernelRidge(kernel, PATH, blocks=LAYOUT).fit(X, Y)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, KernelRidge)
    assert loaded.blocks == LAYOUT
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()


def test_wrong_input_is_refused() -> None:
    X, Y = random(9)
    with pytest.raises(NotFittedError):
        KernelRidge().predict(X)
    with pytest.raises(InputError, match="9 rows"):
        KernelRidge().fit(X, Y[:4])
    with pytest.raises(InputError, match="8 columns"):
        KernelRidge().fit(X, Y).predict(X[:, :2])
    with pytest.raises(InputError, match=r"no feature block 'cel' \(did you mean 'cell'\?\)"):
        KernelRidge(RBF(blocks=["cel"]), blocks={"cell": (0, 8)}).fit(X, Y)
    with pytest.raises(ParameterError, match="kernel must be a kernel"):
        KernelRidge("rbf").fit(X, Y)  # type: ignore[arg-type]
    for penalty in (0.0, [], [1.0, -1.0]):
        with pytest.raises(ParameterError, match="penalty"):
            KernelRidge(penalty=penalty).fit(X, Y)
