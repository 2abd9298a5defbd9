from __future__ import annotations

import numpy as np

from kit.models.processes.centring import centres_of, mean_products, row_means

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(6, 50)).astype(np.float32)
CONTEXTS, WEIGHTS = np.array([0, 0, 0, 1, 1, 1]), np.array([1.0, 1, 2, 1, 1, 1])


def test_means_of_targets_and_of_contexts() -> None:
    assert not centres_of(Y, "none", CONTEXTS, 2, WEIGHTS).any()
    overall = np.average(Y, axis=0, weights=WEIGHTS)
    np.testing.assert_allclose(centres_of(Y, "target", CONTEXTS, 2, WEIGHTS), np.tile(overall, (3, 1)), atol=1e-6)
    found = centres_of(Y, "context", CONTEXTS, 2, WEIGHTS)
    np.testing.assert_allclose(found[0], np.average(Y[:3], axis=0, weights=WEIGHTS[:3]), atol=1e-6)
    np.testing.assert_allclose(found[2], overall, atol=1e-6)


def test_means_and_products_of_rows() -> None:
    np.testing.assert_allclose(row_means(Y), Y.mean(axis=1), atol=1e-6)
    np.testing.assert_array_equal(row_means(Y[:, :1]), 0)
    wide = Y.astype(np.float64)
    np.testing.assert_allclose(mean_products(Y), wide @ wide.T / 50, rtol=1e-12)
