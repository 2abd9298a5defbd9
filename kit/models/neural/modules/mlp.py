"""Perceptrons, plain and with skip connections."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kit.arrays import Floats
from kit.models.neural.modules.dropout import Dropout

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
}
_NORMS: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


def perceptron(
    n_inputs: int, widths: Sequence[int], n_outputs: int, activation: str, norm: str, dropout: float
) -> nn.Sequential:
    """Return Linear → norm → activation → dropout for each of the widths, and a linear output layer.

    Args:
        n_inputs: Columns of the input.
        widths: Widths of the hidden layers.
        n_outputs: Columns of the output.
        activation: Its name.
        norm: ``batch``, ``layer`` or ``none``.
        dropout: Share of the hidden values that are dropped in training.
    """
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(n_inputs, width), *_normalized(width, activation, norm)]
        layers += [Dropout(dropout)] if dropout > 0 else []
        n_inputs = width
    return nn.Sequential(*layers, nn.Linear(n_inputs, n_outputs))


def started(module: nn.Sequential, layers: Sequence[tuple[Floats, Floats]]) -> nn.Sequential:
    """Return a perceptron whose first linear layers have the weights and biases of others.

    Args:
        module: The perceptron; it is changed.
        layers: (n_inputs, n_outputs) weights and (n_outputs,) biases of each.
    """
    linear = [part for part in module if isinstance(part, nn.Linear)]
    with torch.no_grad():
        for part, (weight, bias) in zip(linear, layers, strict=False):
            part.weight.copy_(torch.from_numpy(weight.T.copy()))
            part.bias.copy_(torch.from_numpy(bias.copy()))
    return module


def residual_perceptron(
    n_inputs: int,
    width: int,
    inside: int,
    n_blocks: int,
    n_outputs: int,
    activation: str,
    norm: str,
    hidden_dropout: float,
    dropout: float,
) -> nn.Sequential:
    """Return the ResNet of Gorishniy et al. (2021) for ``n_blocks`` blocks of ``inside`` values between ``width``."""
    blocks = [ResidualBlock(width, inside, activation, norm, hidden_dropout, dropout) for _ in range(n_blocks)]
    last = nn.Linear(width, n_outputs)
    return nn.Sequential(nn.Linear(n_inputs, width), *blocks, *_normalized(width, activation, norm), last)


class ResidualBlock(nn.Module):
    """h + dropout(linear(dropout(activation(linear(norm(h)))))).

    Args:
        width: Values of h.
        inside: Values between the linear layers.
        activation: Its name.
        norm: ``batch``, ``layer`` or ``none``.
        hidden_dropout: Share dropped between the linear layers.
        dropout: Share dropped of what is added to h.
    """

    def __init__(
        self, width: int, inside: int, activation: str, norm: str, hidden_dropout: float, dropout: float
    ) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *_norm(width, norm),
            nn.Linear(width, inside),
            _ACTIVATIONS[activation](),
            Dropout(hidden_dropout),
            nn.Linear(inside, width),
            Dropout(dropout),
        )

    def forward(self, h: Tensor) -> Tensor:
        """Return (n_rows, width) for (n_rows, width)."""
        out: Tensor = h + self.change(h)
        return out


def _normalized(width: int, activation: str, norm: str) -> list[nn.Module]:
    return [*_norm(width, norm), _ACTIVATIONS[activation]()]


def _norm(width: int, norm: str) -> list[nn.Module]:
    return [_NORMS[norm](width)] if norm != "none" else []
