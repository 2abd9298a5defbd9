"""The shape of a stack of one-dimensional convolutions: what a recipe says of it, lengths, parameters, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kit.errors import InputError

Activation = Literal["relu", "gelu", "none"]


@dataclass(frozen=True)
class ConvLayer:
    """A convolution, its activation, dropout and average pool, in this order.

    Attributes:
        channels: Channels that it puts out.
        kernel: Width of the kernel, in columns.
        stride: Columns from one place of the kernel to the next.
        padding: Zeros on either side.
        pool: Columns that the average pool after it joins; 1 for none.
        activation: What follows the convolution.
        dropout: Share of the values that are dropped in training.
    """

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    pool: int = 1
    activation: Activation = "relu"
    dropout: float = 0.0

    def convolved(self, length: int) -> int:
        """Return the length of the convolution's output for an input of the given length."""
        return (length + 2 * self.padding - self.kernel) // self.stride + 1

    def needed(self, length: int) -> int:
        """Return the least input length for which the convolution puts out at least ``length`` columns."""
        return max(1, (length - 1) * self.stride + self.kernel - 2 * self.padding)


@dataclass(frozen=True)
class FittedLayers:
    """Layers whose pools fit an input, and what comes out of them.

    Attributes:
        layers: The layers.
        length: Columns that the last one puts out.
        multiply_adds: Multiplications of one row through all convolutions.
    """

    layers: tuple[ConvLayer, ...]
    length: int
    multiply_adds: int

    @property
    def width(self) -> int:
        """The number of values that come out for a row: channels × columns."""
        return self.layers[-1].channels * self.length


def fit_layers(layers: Sequence[ConvLayer], n_features: int) -> FittedLayers:
    """Return the layers with pools narrowed, where the input is short, so that every later layer has input.

    Args:
        layers: At least one.
        n_features: Columns of the input.

    Raises:
        InputError: The input is too short for the convolutions even without pools.
    """
    needed = _needed(layers)
    if n_features < needed[0]:
        raise InputError(
            f"conv: these convolutions need at least {needed[0]} features, got {n_features}; "
            "take fewer layers, narrower kernels, smaller strides or padding 'same'"
        )
    fitted, length, channels, cost = [], n_features, 1, 0
    for layer, after in zip(layers, needed[1:], strict=True):
        length = layer.convolved(length)
        cost += length * layer.kernel * channels * layer.channels
        pool = min(layer.pool, length // after)
        length, channels = length // pool, layer.channels
        fitted.append(replace(layer, pool=pool))
    return FittedLayers(tuple(fitted), length, cost)


def least_features(layers: Sequence[ConvLayer]) -> int:
    """Return the fewest features that the layers can read."""
    return _needed(layers)[0]


def _needed(layers: Sequence[ConvLayer]) -> list[int]:
    """Return the fewest columns before each layer, without pools, and after the last."""
    needed = [1]
    for layer in reversed(layers):
        needed.insert(0, layer.needed(needed[0]))
    return needed
