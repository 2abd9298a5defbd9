from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from kit.errors import RunError
from kit.models.kernels.kernel import Kernel
from kit.models.processes.covariance import Covariance
from kit.models.processes.factors import Parameters
from kit.models.processes.likelihood import NOISE, ROW_NOISE, Objective, Priors, inverse_of, triangular_root
from kit.models.processes.row_keys import RowKeys
from kit.models.processes.starts import free_correlations, products_of_levels, start_parameters
from kit.models.processes.terms import category_columns, factors, parse_terms, ranks

RNG = np.random.default_rng(0)
CONTEXT, ITEM = np.divmod(np.arange(24), 8)
X = np.column_stack([CONTEXT, ITEM, RNG.normal(size=24), RNG.integers(0, 2, size=(24, 5))]).astype(np.float32)
BLOCKS = {"context": (0, 1), "item": (1, 2), "dose": (2, 3), "bits": (3, 8)}
DEFAULT: list[dict[str, Any]] = [
    {"context": "free"},
    {"context": "free", "item": "identity"},
    {"context": "free", "item": {"low_rank": 3}},
    {"context": "free", "item": {"rbf": "low_rank"}},
]


def objective(terms: list[dict[str, Any]], unit_diagonal: bool, prior: float = 0.0) -> tuple[Objective, Parameters]:
    """Return the objective on targets of noise, and parameters away from any start."""
    parsed = parse_terms(terms)
    kernels: dict[str, Kernel] = {
        spec.name: spec.kernel.fit(X, BLOCKS) for spec in factors(parsed) if spec.kernel is not None
    }
    covariance = Covariance(parsed, kernels)
    index = {"context": CONTEXT, "item": ITEM}
    rows = RowKeys({name: index[name] for name in category_columns(parsed)}, X)
    levels = {"context": 3, "item": 8}
    values = RNG.normal(size=(24, 40))
    S, added = values @ values.T / 40, np.linspace(0.01, 2, 24)
    priors = Priors(dict.fromkeys(ranks(parsed), 20.0), prior, free_correlations(parsed))
    products, ones = partial(products_of_levels, S=S), np.ones(24)
    start = start_parameters(parsed, covariance, rows, levels, 3, products, ones, ones, RNG)
    start = {
        name: value
        if name.startswith("spread")
        else value + 0.1 * np.tril(RNG.normal(size=value.shape))
        if value.ndim == 2 and name.startswith("terms")
        else value + 0.1 * RNG.normal(size=value.shape)
        for name, value in start.items()
    }
    pair = covariance.pair(rows, rows)
    return Objective(covariance, pair, S, 30.0, CONTEXT, added, unit_diagonal, priors), start


@pytest.mark.parametrize("unit_diagonal", [False, True])
@pytest.mark.parametrize(
    "terms",
    [
        DEFAULT,
        [{"context": "free", "item": "free"}, {"item": {"low_rank": 2}}, {"item": {"rbf": "low_rank"}}],
        [
            {"context": "free", "dose": {"kernel": "rbf"}, "item": {"kernel": "tanimoto", "of": "bits"}},
            {"item": {"kernel": "rbf", "of": "bits", "gamma": 0.3}},
            {"context": "identity", "item": {"low_rank": 9}},
        ],
    ],
    ids=["default", "without scale", "kernels"],
)
def test_the_gradient_is_that_of_finite_differences(terms: list[dict[str, Any]], unit_diagonal: bool) -> None:
    function, at = objective(terms, unit_diagonal, prior=5.0)
    gradient = function.value_and_gradient(at)[1]
    checked = [name for name in at if not name.startswith("spread")]
    assert {NOISE, ROW_NOISE} < set(checked)
    for name in checked:
        direction = RNG.normal(size=at[name].shape)
        if name.startswith("terms") and direction.ndim == 2:
            direction = np.tril(direction)
        step = 1e-5
        above, below = (
            function.value_and_gradient(at | {name: at[name] + sign * step * direction})[0] for sign in (1, -1)
        )
        slope = float((gradient[name] * direction).sum())
        assert (above - below) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-5), name


def test_the_value_is_the_likelihood_of_independent_targets() -> None:
    function, at = objective(DEFAULT, unit_diagonal=False)
    moments = function.moments(at)
    sigma = moments.signal + np.diag(moments.noise)
    flat = at | {"latent.item": 0 * at["latent.item"], ROW_NOISE: 0 * at[ROW_NOISE]}
    prior = 10 * np.square(at["latent.item"]).sum() + np.square(at[ROW_NOISE]).sum() / (2 * 0.09)
    assert np.linalg.eigvalsh(moments.signal).min() > -1e-10
    expected = 15 * (np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, function.S))) + prior
    assert function.value_and_gradient(at)[0] == pytest.approx(expected, rel=1e-9)
    assert np.isfinite(function.value_and_gradient(flat)[0])


def test_a_unit_diagonal_is_one_but_for_the_rows_own_noise_and_what_is_added() -> None:
    function, at = objective(DEFAULT, unit_diagonal=True)
    function.added[:] = 0.25
    moments = function.moments(at | {ROW_NOISE: np.zeros(24)})
    np.testing.assert_allclose(np.diagonal(moments.signal) + moments.noise, 1.25, rtol=1e-12)


def test_an_inverse_and_what_is_not_positive_definite() -> None:
    square = RNG.normal(size=(6, 6))
    sigma = square @ square.T + np.eye(6)
    log_determinant, inverse = inverse_of(sigma.copy())
    np.testing.assert_allclose(inverse @ sigma, np.eye(6), atol=1e-10)
    np.testing.assert_array_equal(inverse, inverse.T)
    assert log_determinant == pytest.approx(np.linalg.slogdet(sigma)[1])
    with pytest.raises(RunError, match=r"not positive definite.*smaller learning_rate"):
        inverse_of(-sigma)


@pytest.mark.parametrize("n_targets", [40, 5], ids=["full rank", "fewer targets than rows"])
def test_a_triangular_root(n_targets: int) -> None:
    values = RNG.normal(size=(24, n_targets))
    S = values @ values.T
    root = triangular_root(S)
    np.testing.assert_array_equal(root, np.tril(root))
    np.testing.assert_allclose(root @ root.T, S, atol=1e-12 * np.trace(S))
