"""LSTM and GRU over the feature vector, as the first place's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Lt

from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.loop.cost import dense_multiplications, training_seconds

if TYPE_CHECKING:
    import torch

Count = Annotated[int, Ge(1)]

HIDDEN = [1024, 512]
"""The first place's fully connected layers."""

# Seconds for a multiplication forward and backward, one thread of an AMD EPYC, torch 2.13.
_SECONDS_RECURRENT, _SECONDS_DENSE = 1.4e-10, 1e-10


@network("recurrent")
class Recurrent(NetworkModel):
    """LSTM or GRU that reads a row's features as a short sequence of vectors.

    The feature vector is cut into steps of ``width`` columns, the last one filled up with zeros. All outputs of the
    sequence and the final state of every layer go through fully connected layers (Linear → Dropout → ReLU) to the
    outputs. The defaults are those of the first place of "Open Problems – Single-Cell Perturbations" (Kaggle, 2023),
    who read 74,196 features as 229 × 324, 37,774 as 187 × 202 and 110,618 as 779 × 142 (steps × width) and trained
    with Adam, 250 epochs in batches of 16, learning rate 0.001 for the LSTM and 0.0003 for the GRU. In that code the
    final states of different rows of a batch are mixed; here each row keeps its own.

    Args:
        cell: The recurrent cell; in later runs of the first place's author the GRU alone scored 0.733 on the private
            leaderboard, the LSTM alone 0.839 (less is better).
        width: Columns of one step; None takes the square root of the number of features, rounded up.
        hidden_size: Units of a recurrent layer.
        n_layers: Recurrent layers, each reading the outputs of the one before.
        hidden: Widths of the fully connected layers; None means [1024, 512], an empty list none.
        dropout: Share of their values that are dropped in training.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.
    """

    cell: Literal["gru", "lstm"] = "gru"
    width: Count | None = None
    hidden_size: Count = 128
    n_layers: Count = 2
    hidden: list[Count] | None = None
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.3

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from the multiplications of steps and dense layers."""
        width = self._width(n_features)
        steps, gates = math.ceil(n_features / width), 3 if self.cell == "gru" else 4
        size = self.hidden_size
        recurrent = gates * size * (width + size + 2 * size * (self.n_layers - 1))
        dense = dense_multiplications([(steps + self.n_layers) * size, *self._hidden(), n_outputs])
        layers = [(steps * recurrent, _SECONDS_RECURRENT), (dense, _SECONDS_DENSE)]
        return training_seconds(self, n_rows, recurrent + dense, layers)

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.recurrent import RecurrentNetwork

        width = self._width(n_features)
        return RecurrentNetwork(
            n_features, n_outputs, self.cell, width, self.hidden_size, self.n_layers, self._hidden(), self.dropout
        )

    def _width(self, n_features: int) -> int:
        return math.ceil(math.sqrt(n_features)) if self.width is None else self.width

    def _hidden(self) -> list[int]:
        return HIDDEN if self.hidden is None else self.hidden
