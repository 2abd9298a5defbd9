"""Training an autoencoder's layers. Imports torch: import it inside functions only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kit.arrays import Doubles, Floats
from kit.features.autoencoder.network import Architecture, Layer, activations, random_layer
from kit.threads import one_torch_thread


class Settings(NamedTuple):
    """Training options, described in `Autoencoder`."""

    swap: float
    n_epochs: int
    batch_size: int
    learning_rate: float


def train(
    layers: Sequence[Layer],
    linear: int | None,
    X: Floats,
    held_out: Floats,
    settings: Settings,
    seed: int,
    n_frozen: int = 0,
) -> tuple[list[Layer], Doubles]:
    """Train layers to reconstruct rows in which values were swapped, with Adam (Kingma & Ba 2015).

    An epoch sees every row once, in a new order, with new swaps. The CPU does it, on one thread, from a generator of
    its own: the same arguments give the same weights, and torch's global state stays as it was.

    Args:
        layers: Hidden layers and the layer of the reconstruction; they are not changed.
        linear: The place of the hidden layer that is not rectified.
        X: (n_rows, n_inputs) float32 rows.
        held_out: (n_held_out, n_inputs) float32 rows to measure on.
        settings: How to train.
        seed: Of the order and the swaps.
        n_frozen: The number of layers, from the first, that stay as they are.

    Returns:
        The layers, and the (n_epochs,) mean squared errors of reconstructing ``held_out`` after each epoch.
    """
    losses: list[float] = []
    with one_torch_thread(), torch.inference_mode(False), torch.enable_grad():
        network = [tuple(torch.tensor(part, device="cpu") for part in layer) for layer in layers]
        trained = [part.requires_grad_() for layer in network[n_frozen:] for part in layer]
        # With all layers frozen there is nothing to optimise, and Adam does not take an empty list.
        optimizer = torch.optim.Adam(trained or [torch.zeros(1)], lr=settings.learning_rate)
        generator = torch.Generator(device="cpu").manual_seed(seed)
        rows, measured = torch.tensor(X, device="cpu"), torch.tensor(held_out, device="cpu")
        for _ in range(settings.n_epochs):
            order = torch.randperm(len(rows), generator=generator, device="cpu")
            for batch in torch.split(order, settings.batch_size) if trained else ():
                optimizer.zero_grad()
                error = _reconstruct(swapped(rows, batch, settings.swap, generator), network, linear) - rows[batch]
                torch.autograd.backward(error.square().mean())
                optimizer.step()
            with torch.no_grad():
                losses.append(float((_reconstruct(measured, network, linear) - measured).square().mean()))
    arrays = [Layer(*(part.detach().numpy().copy() for part in layer)) for layer in network]
    return arrays, np.asarray(losses, dtype=np.float64)


def train_greedily(
    layers: Sequence[Layer], architecture: Architecture, X: Floats, settings: Settings, rng: np.random.Generator
) -> list[Layer]:
    """Train the encoding layers one after the other (Hinton & Salakhutdinov 2006; Vincent et al. 2010).

    Each learns, with a decoder of one layer that is then dropped, to reconstruct what the layer before it makes of the
    rows; swaps happen in there. The layers behind the code are left as they are.

    Args:
        layers: All layers; they are not changed.
        architecture: What they are.
        X: (n_rows, n_inputs) float32 rows.
        settings: How to train each.
        rng: Draws the decoders and the seeds.

    Returns:
        All layers.
    """
    out, codes = list(layers), X
    for place in range(architecture.n_encoding):
        decoder = random_layer(layers[place].weight.shape[1], codes.shape[1], rng, rectified=False)
        linear = 0 if place == architecture.linear else None
        seed = int(rng.integers(2**31))
        (out[place], _), _ = train([layers[place], decoder], linear, codes, codes[:1], settings, seed)
        codes = activations(codes, [out[place]], linear)[0].astype(np.float32)
    return out


def swapped(X: Tensor, batch: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return some rows, each value replaced, with probability ``share``, by that of another row in the same column.

    Args:
        X: (n_rows, n_columns) all rows; every other one is as likely.
        batch: (n_batch,) places of the rows to return.
        share: The probability.
        generator: Of the draws.
    """
    kept, size = X[batch], (len(batch), X.shape[1])
    if len(X) == 1:
        return kept
    away = torch.randint(1, len(X), size, generator=generator, device="cpu")
    replaced = torch.rand(size, generator=generator, device="cpu") < share
    return torch.where(replaced, X.gather(0, (batch[:, None] + away) % len(X)), kept)


def _reconstruct(values: Tensor, network: Sequence[Sequence[Tensor]], linear: int | None) -> Tensor:
    for place, (weight, bias) in enumerate(network):
        values = torch.addmm(bias, values, weight)
        if place not in (linear, len(network) - 1):
            values = values.relu()
    return values
