"""Landmarks against scikit-learn's Nystroem, the exact models, and what they promise of themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge as LinearOracle

from kit.errors import ParameterError
from kit.models.base import Model
from kit.models.kernels import RBF, GaussianProcess, KernelRidge, Linear, Product, Tanimoto
from kit.models.kernels.evidence import Evidence
from kit.models.kernels.kernel_rows import KernelRows
from kit.models.kernels.landmarks import Landmarks, chosen_rows
from kit.plugins import Plugin
from tests.models.kernels.planted import LAYOUT, cell_and_compound, explained, nonlinear, random

PATH = [0.01, 0.1, 1.0, 10.0, 100.0]


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 600)


@pytest.fixture
def first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first rows be the landmarks, whatever would have been drawn."""
    monkeypatch.setattr("kit.models.kernels.landmarks.chosen_rows", lambda kernel, X, number, rng: np.arange(number))


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.usefixtures("first_rows")
def test_kernel_ridge_is_ridge_on_the_features_of_scikit_learn(fit_intercept: bool) -> None:
    X, Y = random(80)
    wide, new = X.astype(np.float64), random(20, seed=2)[0]
    weights = np.random.default_rng(1).uniform(0.3, 2, 80)
    model = KernelRidge(RBF(0.1), 0.5, fit_intercept, landmarks=15).fit(X, Y, weights)
    oracle = Nystroem(kernel="rbf", gamma=0.1, n_components=15)
    oracle.components_, oracle.component_indices_ = wide[:15], np.arange(15)
    values, vectors = np.linalg.eigh(np.exp(-0.1 * ((wide[:15, None] - wide[None, :15]) ** 2).sum(axis=2)))
    oracle.normalization_ = (vectors / np.sqrt(values)) @ vectors.T
    linear = LinearOracle(0.5, fit_intercept=fit_intercept).fit(oracle.transform(wide), Y, weights)
    expected = linear.predict(oracle.transform(new.astype(np.float64)))
    np.testing.assert_allclose(model.predict(new), expected, rtol=1e-5, atol=1e-5)
    assert model.rows_.shape == (15, 8)
    assert model.dual_coef_.shape == (15, 5)


@pytest.mark.parametrize(
    "model",
    [
        KernelRidge(RBF(0.1), PATH, landmarks=60),
        GaussianProcess(RBF(0.1), landmarks=60),
        GaussianProcess(RBF(0.1), landmarks=99),
    ],
)
def test_with_as_many_landmarks_as_rows_it_is_the_exact_model(model: KernelRidge | GaussianProcess) -> None:
    X, Y = random(60)
    exact = type(model)(**{**model.get_params(deep=False), "landmarks": None}).fit(X, Y)
    assert model.fit(X, Y).predict(X).tobytes() == exact.predict(X).tobytes()


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", [KernelRidge, GaussianProcess])
def test_rows_that_landmarks_explain_wholly_lose_nothing(kind: type[Model], gaps: bool) -> None:
    # Every row four times: thirty landmarks are all there is to know of 120 rows.
    X, Y = random(120)
    X = np.repeat(X[:30], 4, axis=0)
    Y[np.random.default_rng(0).random(Y.shape) < 0.2 * gaps] = np.nan
    weights = np.random.default_rng(1).uniform(0.3, 2, 120)
    given = {"penalty": PATH} if kind is KernelRidge else {"gamma_factors": [1.0]}
    exact = kind(RBF(0.1), **given).fit(X, Y, weights)  # type: ignore[call-arg]
    model = kind(RBF(0.1), landmarks=100, random_state=0, **given).fit(X, Y, weights)  # type: ignore[call-arg]
    assert 30 <= len(model.rows_) < 100  # type: ignore[attr-defined]
    new = random(20, seed=2)[0]
    np.testing.assert_allclose(model.predict(new), exact.predict(new), rtol=1e-4, atol=1e-4)
    if isinstance(model, GaussianProcess) and isinstance(exact, GaussianProcess):
        np.testing.assert_allclose(model.predict_variance(new), exact.predict_variance(new), rtol=1e-4)
        np.testing.assert_allclose(model.signal_variance_, exact.signal_variance_, rtol=1e-4)
        assert model.log_likelihood_ == pytest.approx(exact.log_likelihood_, rel=1e-5)
    elif isinstance(model, KernelRidge) and isinstance(exact, KernelRidge):
        assert model.penalty_ == exact.penalty_


def test_the_choice_on_held_out_rows_is_that_of_fits() -> None:
    X, Y = nonlinear(150, noise=0.3)
    X_val, Y_val = nonlinear(40, seed=1)
    model = KernelRidge(RBF(0.5), PATH, landmarks=30, random_state=3)
    chosen = model.choose(X, Y, X_val, lambda found: float(((found - Y_val) ** 2).mean()))
    losses = []
    for penalty in PATH:
        fitted = KernelRidge(RBF(0.5), penalty, landmarks=30, random_state=3).fit(X, Y)
        losses.append(((fitted.predict(X_val) - Y_val) ** 2).mean())
    assert chosen == PATH[int(np.argmin(losses))]


def test_leave_one_out_errors_are_those_of_refits() -> None:
    X, Y = nonlinear(40, noise=0.3)
    kernel = RBF(0.5).fit(X)
    landmarks = Landmarks.of(kernel, X, 10, 0)
    assert landmarks is not None
    found = KernelRows(kernel, X, np.ones(40), landmarks).path(True).leave_one_out(Y, [0.1, 3.0])
    for penalty, error in zip([0.1, 3.0], found, strict=True):
        expected = 0.0
        for i in range(40):
            rest = np.arange(40) != i
            dual, b = KernelRows(kernel, X[rest], np.ones(39), landmarks).path(True).dual(Y[rest], penalty)
            expected += ((Y[i] - kernel.matrix(X[i : i + 1], landmarks.rows) @ dual - b) ** 2).sum()
        assert error == pytest.approx(expected, rel=1e-6)


def test_more_landmarks_leave_less_and_lose_less() -> None:
    X, Y = nonlinear(600)
    X_new, Y_new = nonlinear(200, seed=1)
    exact = explained(KernelRidge(RBF(0.5), 0.1).fit(X, Y).predict(X_new), Y_new)
    lost = [
        exact - explained(KernelRidge(RBF(0.5), 0.1, landmarks=n, random_state=0).fit(X, Y).predict(X_new), Y_new)
        for n in (5, 20, 80, 300)
    ]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 0.1
    assert abs(lost[-1]) < 0.001


def test_the_likelihood_is_a_lower_bound_and_rises_to_the_exact_one() -> None:
    X, Y = nonlinear(100, noise=0.2)
    kernel, weights, mean = RBF(0.5).fit(X), np.random.default_rng(1).uniform(0.3, 2, 100), np.zeros(3)
    exact = Evidence.of(KernelRows(kernel, X, weights, None), Y, mean, shared=False)
    bounds = []
    for number in (10, 30, 60, 90):
        rows = KernelRows(kernel, X, weights, Landmarks.of(kernel, X, number, 0))
        bounds.append(Evidence.of(rows, Y, mean, shared=False).log_likelihood(0.1))
    assert bounds == sorted(bounds)
    assert bounds[0] < bounds[-1] <= exact.log_likelihood(0.1)
    assert bounds[-1] == pytest.approx(exact.log_likelihood(0.1), rel=1e-2)


def test_the_bound_is_that_of_titsias() -> None:
    X, Y = nonlinear(40, noise=0.2)
    kernel, weights = RBF(0.5).fit(X), np.random.default_rng(1).uniform(0.3, 2, 40)
    landmarks = Landmarks.of(kernel, X, 8, 0)
    assert landmarks is not None
    evidence = Evidence.of(KernelRows(kernel, X, weights, landmarks), Y, np.zeros(3), shared=False)
    across, variances = kernel.matrix(X, landmarks.rows), evidence.signal_variance(0.3)
    Q = across @ np.linalg.pinv(kernel.matrix(landmarks.rows), rcond=1e-13, hermitian=True) @ across.T
    expected = sum(
        multivariate_normal(np.zeros(40), variances[j] * (Q + 0.3 * np.diag(1 / weights))).logpdf(Y[:, j])
        - 0.5 * (weights * (1 - np.diagonal(Q))).sum() / 0.3
        for j in range(3)
    )
    assert evidence.log_likelihood(0.3) == pytest.approx(expected, rel=1e-7)


def test_the_expected_error_of_a_gaussian_process_is_that_of_its_landmarks() -> None:
    X, Y = nonlinear(200, noise=0.2)
    new = np.vstack([nonlinear(10, seed=1)[0], np.full((1, 3), 50.0, dtype=np.float32)])
    model = GaussianProcess(RBF(0.5), noise=0.1, gamma_factors=[1.0], landmarks=25, random_state=0).fit(X, Y)
    kernel, rows = model.kernel_, model.rows_
    across, inner, k = kernel.matrix(X, rows), kernel.matrix(rows), kernel.matrix(new, rows)
    known = np.linalg.inv(inner) - np.linalg.inv(inner + across.T @ across / 0.1)
    expected = model.signal_variance_.mean() * (1 - np.einsum("ij,jk,ik->i", k, known, k) + 0.1)
    np.testing.assert_allclose(model.predict_variance(new), expected, rtol=1e-5)
    assert model.predict_variance(new)[-1] == pytest.approx(model.signal_variance_.mean() * 1.1)


def test_a_rare_kind_of_row_gets_a_landmark() -> None:
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(500, 3)), 30 + rng.normal(size=(3, 3))]).astype(np.float32)
    drawn = [chosen_rows(RBF(0.2).fit(X), X, 60, np.random.default_rng(seed)) for seed in range(5)]
    assert all((rows >= 500).any() for rows in drawn)
    # Evenly drawn, they would mostly be missed.
    assert sum((rng.permutation(503)[:60] >= 500).any() for _ in range(100)) < 60


def test_no_more_are_chosen_than_explain_everything() -> None:
    X, _ = random(300, 4)
    assert len(chosen_rows(Linear().fit(X), X, 60, np.random.default_rng(0))) <= 50
    landmarks = Landmarks.of(Linear().fit(X), X, 60, 0)
    assert landmarks is not None
    assert landmarks.root.shape[1] == 4
    zeros = np.zeros((9, 2), dtype=np.float32)
    assert KernelRidge(Linear(), landmarks=3).fit(zeros, random(9)[1]).predict(zeros).shape == (9, 5)


def test_rows_that_are_nearly_the_same_do_no_harm() -> None:
    X, Y = nonlinear(400)
    X[200:] = X[:200] + np.float32(1e-7)
    X_new, Y_new = nonlinear(100, seed=1)
    for penalty in (1e-8, 1e-2):
        model = KernelRidge(RBF(0.5), penalty, landmarks=300, random_state=0).fit(X, Y)
        exact = KernelRidge(RBF(0.5), penalty).fit(X, Y)
        assert explained(model.predict(X_new), Y_new) > explained(exact.predict(X_new), Y_new) - 0.01


def test_the_seed_decides_and_the_same_bytes_come_back(tmp_path: Path) -> None:
    X, Y = cell_and_compound()
    kernel = Product(RBF(blocks=["cell"]), Tanimoto(["compound"]))
    model = KernelRidge(kernel, PATH, landmarks=50, random_state=1, blocks=LAYOUT).fit(X, Y)
    again = KernelRidge(kernel, PATH, landmarks=50, random_state=1, blocks=LAYOUT).fit(X, Y)
    other = KernelRidge(kernel, PATH, landmarks=50, random_state=2, blocks=LAYOUT).fit(X, Y)
    assert model.dual_coef_.tobytes() == again.dual_coef_.tobytes()
    assert model.rows_.tobytes() != other.rows_.tobytes()
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, KernelRidge)
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()


def test_time_and_memory_grow_with_the_rows_alone() -> None:
    for model in (KernelRidge(landmarks=500), GaussianProcess(landmarks=500), KernelRidge(penalty=PATH, landmarks=500)):
        assert model.estimate_seconds(200_000, 50, 10) < 2.1 * model.estimate_seconds(100_000, 50, 10)
        assert model.estimate_memory(200_000, 50, 10) == model.estimate_memory(100_000, 50, 10)
        exact = type(model)()
        assert exact.estimate_memory(200_000, 50, 10) > 3.9 * exact.estimate_memory(100_000, 50, 10)
        assert model.estimate_memory(400, 50, 10) == exact.estimate_memory(400, 50, 10)


@pytest.mark.parametrize("kind", [KernelRidge, GaussianProcess])
@pytest.mark.parametrize("landmarks", [0, -3, 2.5])
def test_wrong_numbers_are_refused(kind: type[Model], landmarks: float) -> None:
    with pytest.raises(ParameterError, match="landmarks"):
        kind(landmarks=landmarks).fit(*random(9))  # type: ignore[call-arg]
