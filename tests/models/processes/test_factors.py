"""What is integrated out is what sampling finds."""

from __future__ import annotations

import numpy as np

from kit.models.processes.factors import Free, Identity, LowRank, Pair, Parameters, Radial
from kit.models.processes.row_keys import RowKeys
from kit.models.processes.terms import FactorSpec

RNG = np.random.default_rng(0)
VECTORS, SPREAD, N_DRAWS = RNG.normal(size=(3, 4)) / 2, np.array([0.01, 0.05, 0.02, 0.1]), 100_000
"""Three known levels of four latent numbers, and what is uncertain of them and of an unseen level."""

PARAMETERS: Parameters = {
    "latent.item": VECTORS,
    "spread.item": SPREAD,
    "radial": np.array(np.log(0.7)),
    "free": np.tril(RNG.normal(size=(3, 3))),
}


def keys(*levels: int) -> RowKeys:
    return RowKeys({"item": np.array(levels)}, np.zeros((len(levels), 1), np.float32))


PAIR = Pair(keys(0, 1, 2, 3), keys(0, 1, 2))


def draws() -> np.ndarray:
    """Return (N_DRAWS, 4, 4) latent vectors of the known levels and the unseen one."""
    means = np.vstack([VECTORS, np.zeros(4)])
    return means + np.sqrt(SPREAD)[:, None] * RNG.normal(size=(N_DRAWS, 4, 4))


def test_inner_products_are_expectations() -> None:
    factor, vectors = LowRank(FactorSpec("low", "item", "low_rank", 4)), draws()
    expected = np.einsum("nik,njk->ij", vectors, vectors) / N_DRAWS
    np.testing.assert_allclose(factor.matrix(PARAMETERS, PAIR), expected[:, :3], atol=0.01)
    np.testing.assert_allclose(factor.diagonal(PARAMETERS, PAIR.rows), np.diagonal(expected), atol=0.01)


def test_radial_similarities_are_expectations() -> None:
    factor, vectors = Radial(FactorSpec("radial", "item", "radial")), draws()
    squares = np.square(vectors[:, :, None] - vectors[:, None]).sum(axis=-1)
    expected = np.exp(-0.7 * squares).mean(axis=0)
    np.testing.assert_allclose(factor.matrix(PARAMETERS, PAIR), expected[:, :3], atol=0.005)
    np.testing.assert_array_equal(factor.diagonal(PARAMETERS, PAIR.rows), np.ones(4))


def test_an_unseen_level_beside_points_has_the_closed_form() -> None:
    factor, variance, steepness = Radial(FactorSpec("radial", "item", "radial")), 0.1, 0.7
    at = PARAMETERS | {"spread.item": np.array([0, 0, 0, variance])}
    widened = 1 + 2 * steepness * variance
    expected = widened**-2 * np.exp(-steepness * np.square(VECTORS).sum(axis=1) / widened)
    np.testing.assert_allclose(factor.matrix(at, PAIR)[3], expected, rtol=1e-12)


def test_an_unseen_level_of_a_free_factor_is_one_of_the_known_drawn_at_random() -> None:
    factor = Free(FactorSpec("free", "item", "free"))
    known = PARAMETERS["free"] @ PARAMETERS["free"].T
    np.testing.assert_allclose(factor.matrix(PARAMETERS, PAIR), np.vstack([known, known.mean(axis=0)]))
    diagonal = np.append(np.diagonal(known), np.diagonal(known).mean())
    np.testing.assert_allclose(factor.diagonal(PARAMETERS, PAIR.rows), diagonal)
    assert np.linalg.eigvalsh(factor.levels(PARAMETERS)).min() > -1e-10


def test_an_unseen_level_is_the_same_as_none() -> None:
    factor = Identity(FactorSpec("same", "item", "identity"))
    np.testing.assert_array_equal(factor.matrix(PARAMETERS, PAIR), np.eye(4)[:, :3])
    np.testing.assert_array_equal(factor.diagonal(PARAMETERS, PAIR.rows), np.ones(4))
