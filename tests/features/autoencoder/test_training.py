from __future__ import annotations

import numpy as np
import pytest

from kit.features.autoencoder.network import Architecture, reconstruction_loss

torch = pytest.importorskip("torch")

from kit.features.autoencoder.training import Settings, swapped, train, train_greedily  # noqa: E402

SETTINGS = Settings(swap=0.1, n_epochs=5, batch_size=32, learning_rate=1e-2)


def data(n_rows: int = 120) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.standard_normal((n_rows, 2)) @ rng.standard_normal((2, 6))).astype(np.float32)


def test_swapped_values_are_of_other_rows_in_the_same_column() -> None:
    n_rows, n_columns, share = 50, 400, 0.15
    X = torch.arange(n_rows)[:, None] + 1000.0 * torch.arange(n_columns)
    batch = torch.tensor([7, 3, 40, 0, 49])
    out = swapped(X, batch, share, torch.Generator().manual_seed(0))
    assert torch.equal(out // 1000, torch.arange(n_columns).expand(5, -1).float())  # the column is the same
    sources = out % 1000
    changed = sources != batch[:, None]
    # 2,000 draws: the share within four standard errors.
    assert abs(changed.double().mean() - share) < 4 * np.sqrt(share * (1 - share) / changed.numel())
    assert len(torch.unique(sources[changed])) > n_rows - 5  # from everywhere


def test_every_other_row_is_as_likely() -> None:
    X = torch.arange(5.0)[:, None].expand(5, 20_000)
    out = swapped(X, torch.tensor([2]), 0.5, torch.Generator().manual_seed(1))
    counts = np.bincount(out[0].int().numpy(), minlength=5)
    assert abs(counts[2] - 10_000) < 4 * np.sqrt(20_000 * 0.25)
    assert np.abs(counts[[0, 1, 3, 4]] - 2500).max() < 4 * np.sqrt(20_000 * 0.125 * 0.875)


def test_nothing_to_swap() -> None:
    X, generator = torch.randn(6, 3), torch.Generator().manual_seed(0)
    assert torch.equal(swapped(X, torch.tensor([4, 1]), 0.0, generator), X[[4, 1]])
    assert torch.equal(swapped(X[:1], torch.tensor([0]), 0.9, generator), X[:1])


def test_training_reconstructs_and_repeats_itself_and_leaves_torch_alone() -> None:
    X = data()
    layers = Architecture([8]).first_layers(6, np.random.default_rng(0))
    before = [layer.weight.copy() for layer in layers]
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    try:
        torch.set_num_threads(2)
        with torch.inference_mode():
            first, losses = train(layers, None, X, X[:20], SETTINGS, seed=3)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    again, _ = train(layers, None, X, X[:20], SETTINGS, seed=3)
    other, _ = train(layers, None, X, X[:20], SETTINGS, seed=4)
    torch.set_rng_state(state)
    assert all(np.array_equal(a.weight, b.weight) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].weight, other[0].weight)
    assert all(np.array_equal(a, layer.weight) for a, layer in zip(before, layers, strict=True))
    assert losses.shape == (5,)
    assert losses[-1] < losses[0] < reconstruction_loss(X[:20], layers, None)
    # The two implementations of the network agree.
    assert np.isclose(losses[-1], reconstruction_loss(X[:20], first, None), rtol=1e-5)


def test_the_linear_layer_is_the_same_one_in_training() -> None:
    layers = Architecture([5], bottleneck=2).first_layers(6, np.random.default_rng(0))
    X = data()
    trained, losses = train(layers, 1, X, X, SETTINGS, seed=0)
    assert np.isclose(losses[-1], reconstruction_loss(X, trained, 1), rtol=1e-5)
    assert not np.isclose(losses[-1], reconstruction_loss(X, trained, None), rtol=1e-2)


def test_frozen_layers_stay_bit_for_bit() -> None:
    layers = Architecture([8, 5]).first_layers(6, np.random.default_rng(0))
    X = data()
    for n_frozen in range(4):
        trained, _ = train(layers, None, X, X, SETTINGS, seed=0, n_frozen=n_frozen)
        same = [np.array_equal(a.weight, b.weight) for a, b in zip(layers, trained, strict=True)]
        assert same == [place < n_frozen for place in range(3)]


def test_greedy_training_gives_codes_that_hold_more() -> None:
    spreads = np.linspace(0.2, 2, 12)
    X = (np.random.default_rng(0).standard_normal((120, 12)) * spreads).astype(np.float32)
    architecture, settings = Architecture([16, 12]), SETTINGS._replace(n_epochs=30, swap=0.0)
    layers = architecture.first_layers(12, np.random.default_rng(0))
    started = train_greedily(layers, architecture, X, settings, np.random.default_rng(1))
    # With the codes as they are, a linear reconstruction of the rows is learnt from them.
    frozen, losses = train(started, None, X, X, settings, seed=0, n_frozen=2)
    _, losses_of_random_codes = train(layers, None, X, X, settings, seed=0, n_frozen=2)
    assert np.array_equal(frozen[1].weight, started[1].weight)
    assert losses[-1] < 0.8 * losses_of_random_codes[-1]


def test_greedy_training_leaves_the_decoder() -> None:
    architecture = Architecture([12, 8], bottleneck=2)
    layers = architecture.first_layers(6, np.random.default_rng(0))
    started = train_greedily(layers, architecture, data(), SETTINGS, np.random.default_rng(1))
    moved = [not np.array_equal(a.weight, b.weight) for a, b in zip(layers, started, strict=True)]
    assert moved == [True, True, True, False, False, False]
