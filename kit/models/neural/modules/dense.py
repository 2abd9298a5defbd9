"""Stacks of fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from kit.models.neural.modules.dropout import Dropout


def hidden_layers(n_inputs: int, widths: Sequence[int], dropout: float) -> tuple[nn.Sequential, int]:
    """Return Linear → Dropout → ReLU for each of the widths (the first place's order), and the width of the output."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(n_inputs, width), Dropout(dropout), nn.ReLU()]
        n_inputs = width
    return nn.Sequential(*layers), n_inputs


def head(n_inputs: int, widths: Sequence[int], n_outputs: int, dropout: float) -> nn.Sequential:
    """Return `hidden_layers` and a linear output layer."""
    hidden, width = hidden_layers(n_inputs, widths, dropout)
    return nn.Sequential(*hidden, nn.Linear(width, n_outputs))
