from __future__ import annotations

import numpy as np

from kit.features.autoencoder.network import Architecture, Layer, activations, features_of, reconstruction_loss


def test_without_a_bottleneck_there_is_no_decoder() -> None:
    plain = Architecture([8, 3, 5, 3])
    assert (plain.hidden, plain.linear, plain.n_encoding, plain.code) == ([8, 3, 5, 3], None, 4, 1)


def test_a_bottleneck_is_linear_and_mirrored() -> None:
    deep = Architecture([8, 4], bottleneck=6)
    assert (deep.hidden, deep.linear, deep.n_encoding, deep.code) == ([8, 4, 6, 4, 8], 2, 3, 2)
    layers = deep.first_layers(7, np.random.default_rng(0))
    assert [layer.weight.shape for layer in layers] == [(7, 8), (8, 4), (4, 6), (6, 4), (4, 8), (8, 7)]


def test_first_weights_keep_the_variance() -> None:
    X = np.random.default_rng(1).standard_normal((500, 300)).astype(np.float32)
    layers = Architecture([400, 400, 400]).first_layers(300, np.random.default_rng(0))
    last = activations(X, layers[:-1], None)[-1]
    assert 0.7 < np.square(last).mean() < 1.4  # that of the inputs is 1


def test_activations_by_hand() -> None:
    layers = [
        Layer(np.array([[1, -1], [2, 0]], dtype=np.float32), np.array([0, 1], dtype=np.float32)),
        Layer(np.array([[-1], [1]], dtype=np.float32), np.array([0.5], dtype=np.float32)),
        Layer(np.array([[2, 0]], dtype=np.float32), np.array([0, 1], dtype=np.float32)),
    ]
    X = np.array([[1, 1], [-1, 0]], dtype=np.float32)
    rectified, linear = activations(X, layers[:2], linear=1)
    np.testing.assert_array_equal(rectified, [[3, 0], [0, 2]])
    np.testing.assert_array_equal(linear, [[-2.5], [2.5]])
    np.testing.assert_array_equal(features_of(X, layers, 1, [0, 1]), [[3, 0, -2.5], [0, 2, 2.5]])
    np.testing.assert_array_equal(features_of(X, layers, 1, [1]), [[-2.5], [2.5]])
    # Reconstructed: [-5, 1] and [5, 1].
    assert reconstruction_loss(X, layers, 1) == (36 + 0 + 36 + 1) / 4


def test_many_rows_go_in_parts() -> None:
    X = np.random.default_rng(0).standard_normal((5000, 3)).astype(np.float32)
    layers = Architecture([4]).first_layers(3, np.random.default_rng(1))
    together = activations(X, layers[:-1], None)[-1]
    np.testing.assert_allclose(features_of(X, layers, None, [0]), together, rtol=1e-6)
    error = together @ layers[1].weight - X
    assert np.isclose(reconstruction_loss(X, layers, None), np.square(error).mean(), rtol=1e-6)
