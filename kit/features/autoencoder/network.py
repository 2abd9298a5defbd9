"""An autoencoder as plain arrays: its layers, their first weights, and what they compute. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kit.arrays import Doubles, Floats

_ROWS_AT_ONCE = 4096


class Layer(NamedTuple):
    """A fully connected layer: x ↦ x · weight + bias.

    Attributes:
        weight: (n_inputs, n_outputs) float32.
        bias: (n_outputs,) float32.
    """

    weight: Floats
    bias: Floats


@dataclass(frozen=True)
class Architecture:
    """The hidden layers of an autoencoder.

    Attributes:
        layers: The widths of the encoder's rectified layers.
        bottleneck: The width of a linear layer after them, which a mirrored decoder follows; None for neither: the
            inputs are then reconstructed from the last of ``layers``.
    """

    layers: Sequence[int]
    bottleneck: int | None = None

    @property
    def hidden(self) -> list[int]:
        """The widths of all hidden layers, those of the decoder included."""
        if self.bottleneck is None:
            return list(self.layers)
        return [*self.layers, self.bottleneck, *reversed(self.layers)]

    @property
    def linear(self) -> int | None:
        """The place of the hidden layer that is not rectified."""
        return None if self.bottleneck is None else len(self.layers)

    @property
    def n_encoding(self) -> int:
        """The number of hidden layers up to the code."""
        return len(self.layers) + (self.bottleneck is not None)

    @property
    def code(self) -> int:
        """The place of the bottleneck, or of the narrowest hidden layer (the first of those)."""
        return int(np.argmin(self.layers)) if self.linear is None else self.linear

    def first_layers(self, n_inputs: int, rng: np.random.Generator) -> list[Layer]:
        """Return random hidden layers and the layer of the reconstruction after them."""
        widths = [n_inputs, *self.hidden, n_inputs]
        straight = {self.linear, len(self.hidden)}
        return [
            random_layer(inputs, outputs, rng, rectified=place not in straight)
            for place, (inputs, outputs) in enumerate(pairwise(widths))
        ]


def random_layer(n_inputs: int, n_outputs: int, rng: np.random.Generator, rectified: bool) -> Layer:
    """Return a layer that keeps the variance of its inputs (He et al. 2015); biases are 0."""
    spread = np.sqrt((2 if rectified else 1) / n_inputs)
    weight = rng.standard_normal((n_inputs, n_outputs)) * spread
    return Layer(weight.astype(np.float32), np.zeros(n_outputs, dtype=np.float32))


def activations(X: Floats, layers: Sequence[Layer], linear: int | None) -> list[Doubles]:
    """Return the activations of some layers for rows, (n_rows, n_outputs) each.

    In float64, so that a row's numbers do not depend, once they are rounded, on the rows beside it.

    Args:
        X: (n_rows, n_inputs) inputs.
        layers: The layers; all are rectified but
        linear: the one at this place, and a layer that reconstructs does not belong here.
    """
    out: list[Doubles] = []
    values = X.astype(np.float64)
    for place, layer in enumerate(layers):
        values = values @ layer.weight.astype(np.float64) + layer.bias
        values = values if place == linear else np.maximum(values, 0.0)
        out.append(values)
    return out


def features_of(X: Floats, layers: Sequence[Layer], linear: int | None, kept: Sequence[int]) -> Floats:
    """Return the activations of the kept hidden layers side by side, (n_rows, n_features) float32."""
    width = sum(layers[place].weight.shape[1] for place in kept)
    out = np.empty((len(X), width), dtype=np.float32)
    for start in range(0, len(X), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        values = activations(X[rows], layers[: max(kept) + 1], linear)
        out[rows] = np.hstack([values[place] for place in kept])
    return out


def reconstructions(X: Floats, layers: Sequence[Layer], linear: int | None) -> Doubles:
    """Return the (n_rows, n_inputs) float64 reconstructions of rows that nothing was swapped in."""
    code = activations(X, layers[:-1], linear)[-1]
    return np.asarray(code @ layers[-1].weight.astype(np.float64) + layers[-1].bias)


def reconstruction_loss(X: Floats, layers: Sequence[Layer], linear: int | None) -> float:
    """Return the mean squared error, over rows and columns, of reconstructing rows that nothing was swapped in."""
    total = 0.0
    for start in range(0, len(X), _ROWS_AT_ONCE):
        rows = X[start : start + _ROWS_AT_ONCE]
        total += float(np.square(reconstructions(rows, layers, linear) - rows).sum())
    return total / X.size
