"""Leading components, unit length, means."""

from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.features.vectors.vectors import shape_vectors, weighted_mean


def test_components_are_chosen_before_lengths_are_made_one() -> None:
    vectors = np.array([[3.0, 4.0, 12.0], [0.0, 0.0, 5.0]], dtype=np.float32)
    shaped = shape_vectors(vectors, 2, "l2", "test")
    assert shaped.dtype == np.float32
    np.testing.assert_allclose(shaped, [[0.6, 0.8], [0, 0]], rtol=1e-6)
    np.testing.assert_array_equal(shape_vectors(vectors, None, "none", "test"), vectors)


def test_more_axes() -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 2, 5)).astype(np.float32)
    shaped = shape_vectors(vectors, 4, "l2", "test")
    assert shaped.shape == (3, 2, 4)
    np.testing.assert_allclose(np.linalg.norm(shaped, axis=-1), 1, rtol=1e-6)


def test_too_many_components() -> None:
    with pytest.raises(InputError, match="test: n_components=4, but the vectors have 3 components"):
        shape_vectors(np.zeros((1, 3), dtype=np.float32), 4, "none", "test")


def test_a_mean_over_rows() -> None:
    vectors = np.array([[1.0, 2.0], [4.0, 8.0], [9.0, 9.0]], dtype=np.float32)
    np.testing.assert_allclose(weighted_mean(vectors, np.array([2, 1, 0])), [2.0, 4.0])
