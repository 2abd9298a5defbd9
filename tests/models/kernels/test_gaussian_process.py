from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor, kernels

from kit.errors import InputError, ParameterError
from kit.models.kernels import RBF, GaussianProcess, KernelRidge, Linear, Product, Tanimoto
from kit.plugins import Plugin
from tests.models.kernels.planted import LAYOUT, cell_and_compound, explained, noise, nonlinear, random


def oracle(gamma: float, noise: float, signal: float = 1.0) -> GaussianProcessRegressor:
    kernel = kernels.ConstantKernel(signal) * kernels.RBF(1 / np.sqrt(2 * gamma))
    return GaussianProcessRegressor(kernel, alpha=signal * noise, optimizer=None)


@pytest.mark.parametrize("noise", [1e-3, 0.3, 20.0])
def test_agrees_with_sklearn(noise: float) -> None:
    X, Y = nonlinear(40)
    model = GaussianProcess(RBF(0.4), noise, [1.0], center=False).fit(X, Y)
    new = nonlinear(15, seed=1)[0]
    mean, deviation = oracle(0.4, noise).fit(X, Y).predict(new, return_std=True)
    np.testing.assert_allclose(model.predict(new), mean, rtol=1e-5, atol=1e-5)
    expected = model.signal_variance_.mean() * (deviation[:, 0] ** 2 + noise)
    np.testing.assert_allclose(model.predict_variance(new), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("signal", ["per_output", "shared"])
def test_log_likelihood_is_sklearns_at_the_likeliest_signal_variances(signal: str) -> None:
    X, Y = nonlinear(40)
    model = GaussianProcess(RBF(0.4), 0.1, [1.0], signal, center=False).fit(X, Y)  # type: ignore[arg-type]

    def total(variances: np.ndarray) -> float:
        fits = [oracle(0.4, 0.1, v).fit(X, Y[:, j]) for j, v in enumerate(variances)]
        return sum(fit.log_marginal_likelihood_value_ for fit in fits)

    assert model.log_likelihood_ == pytest.approx(total(model.signal_variance_), rel=1e-6)
    assert (len(set(model.signal_variance_)) == 1) == (signal == "shared")
    for factor in (0.8, 1.25):
        assert total(model.signal_variance_ * factor) < model.log_likelihood_


def test_finds_the_noise_and_width_that_made_the_outputs() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(150, 2)).astype(np.float32)
    K = RBF(0.5).fit(X).matrix(X)
    drawn = np.linalg.cholesky(K + 1e-10 * np.eye(150)) @ rng.normal(size=(150, 20))
    Y = ((drawn + np.sqrt(0.2) * rng.normal(size=(150, 20))) * 3).astype(np.float32)
    model = GaussianProcess(RBF(2.0)).fit(X, Y)
    assert model.gamma_factor_ == 0.25
    assert model.noise_ == pytest.approx(0.2, rel=0.15)
    assert np.median(model.signal_variance_) == pytest.approx(9, rel=0.4)


def test_the_likeliest_noise_of_a_list_and_of_all() -> None:
    X, Y = nonlinear(60, noise=0.3)
    free = GaussianProcess(RBF(0.5), gamma_factors=[1.0]).fit(X, Y)
    for factor in (0.9, 1.1):
        near = GaussianProcess(RBF(0.5), free.noise_ * factor, [1.0]).fit(X, Y)
        assert near.log_likelihood_ < free.log_likelihood_
    listed = GaussianProcess(RBF(0.5), [1e-4, free.noise_, 1e3], [1.0]).fit(X, Y)
    assert listed.noise_ == free.noise_


def test_weights_are_repeats() -> None:
    X, Y = nonlinear(30, noise=0.3)
    repeats = np.random.default_rng(1).integers(0, 4, 30)
    weighted = GaussianProcess(RBF(0.5), 0.2, [1.0]).fit(X, Y, repeats)
    repeated = GaussianProcess(RBF(0.5), 0.2, [1.0]).fit(np.repeat(X, repeats, axis=0), np.repeat(Y, repeats, axis=0))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-5, atol=1e-5)
    relative = [model.predict_variance(X) / model.signal_variance_.mean() for model in (weighted, repeated)]
    np.testing.assert_allclose(*relative, rtol=1e-6, atol=1e-9)


def test_its_mean_is_kernel_ridge_without_an_intercept() -> None:
    X, Y = random(40)
    ridge = KernelRidge(RBF(0.1), 0.7, fit_intercept=False).fit(X, Y)
    model = GaussianProcess(RBF(0.1), 0.7, [1.0], center=False).fit(X, Y)
    np.testing.assert_allclose(model.predict(X), ridge.predict(X), rtol=1e-5, atol=1e-5)


def test_variance_grows_away_from_the_training_rows() -> None:
    X, Y = nonlinear(100)
    model = GaussianProcess(RBF(0.5)).fit(X, Y)
    near, far = model.predict_variance(X), model.predict_variance(X + 100)
    signal = model.signal_variance_.mean()
    assert near.shape == (100,)
    assert near.max() < (0.2 + model.noise_) * signal
    np.testing.assert_allclose(far, (1 + model.noise_) * signal, rtol=1e-6)
    alone = np.concatenate([model.predict_variance(X[i : i + 1]) for i in range(100)])
    np.testing.assert_allclose(alone, near, rtol=1e-5, atol=1e-9)


def test_recovers_a_nonlinear_function() -> None:
    X, Y = nonlinear(300)
    X_new, Y_new = nonlinear(100, seed=1)
    model = GaussianProcess().fit(X, Y)
    assert explained(model.predict(X_new), Y_new) > 0.95
    # The variance says how far off it is.
    wrong = np.square(model.predict(X_new) - Y_new).mean(axis=1)
    assert 0.5 < (wrong / model.predict_variance(X_new)).mean() < 2


def test_a_product_sees_an_interaction() -> None:
    X, Y = cell_and_compound()
    train = np.arange(160) % 4 != 0
    kernel = Product(RBF(blocks=["cell"]), Tanimoto(["compound"]))
    model = GaussianProcess(kernel, blocks=LAYOUT).fit(X[train], Y[train])
    assert explained(model.predict(X[~train]), Y[~train]) > 0.7


def test_finds_nothing_in_noise() -> None:
    X, Y = noise(80)
    predictions = GaussianProcess().fit(X, Y).predict(noise(50, seed=1)[0])
    np.testing.assert_allclose(predictions, np.tile(Y.mean(axis=0), (50, 1)), atol=0.05)


def test_constant_outputs_and_one_row() -> None:
    X, Y = nonlinear(20)
    mixed = np.column_stack([Y, np.full(20, np.float32(0.1))])
    model = GaussianProcess().fit(X, mixed)
    assert model.noise_ == GaussianProcess().fit(X, Y).noise_
    np.testing.assert_allclose(model.predict(X)[:, 3], 0.1, rtol=1e-6)
    assert model.signal_variance_[3] == 0
    for signal in ("per_output", "shared"):
        flat = GaussianProcess(signal=signal).fit(X, mixed[:, 3:])  # type: ignore[arg-type]
        np.testing.assert_allclose(flat.predict(X), 0.1, rtol=1e-6)
    np.testing.assert_allclose(GaussianProcess().fit(X[:1], Y[:1]).predict(X[:1]), Y[:1], rtol=1e-6)


def test_rows_do_not_see_each_other_and_bytes_are_the_same() -> None:
    X, Y = random(30, 50)
    model = GaussianProcess().fit(X, Y)
    alone = np.vstack([model.predict(X[i : i + 1]) for i in range(30)])
    np.testing.assert_allclose(model.predict(X), alone, rtol=1e-5, atol=1e-6)
    assert GaussianProcess().fit(X, Y).dual_coef_.tobytes() == model.dual_coef_.tobytes()


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    X, Y = nonlinear(30)
    model = GaussianProcess().fit(X, Y)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, GaussianProcess)
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()
    assert loaded.predict_variance(X).tobytes() == model.predict_variance(X).tobytes()


def test_wrong_input_is_refused() -> None:
    X, Y = random(9)
    for call in (GaussianProcess().predict, GaussianProcess().predict_variance):
        with pytest.raises(NotFittedError):
            call(X)
    with pytest.raises(InputError, match="9 rows"):
        GaussianProcess().fit(X, Y[:4])
    with pytest.raises(InputError, match="8 columns"):
        GaussianProcess().fit(X, Y).predict_variance(X[:, :2])
    with pytest.raises(ParameterError, match="the kernel linear has no gamma"):
        GaussianProcess(Linear(), gamma_factors=[1.0, 2.0]).fit(X, Y)
    for wrong in (GaussianProcess(noise=0.0), GaussianProcess(noise=[]), GaussianProcess(signal="each")):  # type: ignore[arg-type]
        with pytest.raises(ParameterError):
            wrong.fit(X, Y)
