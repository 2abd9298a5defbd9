"""A recurrent network that reads a row's features as a short sequence of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from kit.models.neural.modules.dense import head


class RecurrentNetwork(nn.Module):
    """LSTM or GRU over the columns in groups of ``width``, then fully connected layers over all of its outputs.

    Args:
        n_features: Columns of the input; zeros fill the last group.
        n_outputs: Columns of the output.
        cell: The recurrent cell.
        width: Columns of one step.
        hidden_size: Units of a recurrent layer.
        n_layers: Recurrent layers.
        hidden: Widths of the fully connected layers.
        hidden_dropout: Share of their values that are dropped in training.
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        cell: Literal["lstm", "gru"],
        width: int,
        hidden_size: int,
        n_layers: int,
        hidden: Sequence[int],
        hidden_dropout: float,
    ) -> None:
        super().__init__()
        self.width = width
        self.length = -(-n_features // width)
        recurrent: type[nn.LSTM | nn.GRU] = nn.LSTM if cell == "lstm" else nn.GRU
        self.recurrent = recurrent(width, hidden_size, n_layers, batch_first=True)
        self.head = head((self.length + n_layers) * hidden_size, hidden, n_outputs, hidden_dropout)

    def forward(self, X: Tensor) -> Tensor:
        """Return (n_rows, n_outputs) for (n_rows, n_features)."""
        padded = nn.functional.pad(X, (0, self.length * self.width - X.shape[1]))
        outputs, state = self.recurrent(padded.view(-1, self.length, self.width))
        final = state[0] if isinstance(state, tuple) else state
        # (layers, rows, units) → (rows, layers, units) before flattening: a reshape alone, as in the first place's
        # code, puts one row's states beside another row's outputs.
        states = final.transpose(0, 1).flatten(1)
        out: Tensor = self.head(torch.cat([outputs.flatten(1), states], dim=1))
        return out
