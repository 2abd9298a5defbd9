"""A perceptron over learnt embeddings of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Gt

from kit.arrays import Floats, Ints
from kit.errors import InputError, did_you_mean
from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.loop.cost import dense_multiplications, training_seconds
from kit.models.neural.mlp import SECONDS_DENSE, Activation, Dropout, Norm, Widths
from kit.plugins import NameOf

if TYPE_CHECKING:
    import torch


@network("embedding_mlp")
class EmbeddingMLP(NetworkModel):
    """A learnt vector for each category, then a perceptron (third place of Open Problems 2023).

    Every column of codes (the builder ``category_codes``) has a table of its own; the vectors of a row's categories
    stand side by side, other features after them. A code without training rows, and −1, stands for the mean of its
    column's vectors.

    Args:
        code_block: The feature block that holds the codes; may be left out where there is only one block.
        embedding_dim: Length of a category's vector.
        embedding_scale: The vectors' first numbers are uniform between minus and plus this (0.05 in Keras, with which
            the third place was trained); left out, they are standard normal, as in PyTorch. Small ones let a network
            of few rows treat categories alike until it has learnt to tell them apart.
        hidden: Widths of the hidden layers.
        activation: What follows each of them.
        norm: How its values are normalised before the activation.
        dropout: Share of its values that are dropped in training.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.

    Attributes:
        known_codes_: For each column of codes, the sorted codes of the training rows.
    """

    code_block: Annotated[str | None, NameOf("block")] = None
    embedding_dim: Annotated[int, Ge(1)] = 32
    embedding_scale: Annotated[float, Gt(0)] | None = None
    hidden: Widths = (384, 256)
    activation: Activation = "relu"
    norm: Norm = "batch"
    dropout: Dropout = 0.3

    def _learn(self, X: Floats, blocks: Blocks) -> None:
        first, past = self._codes_at(blocks)
        codes = X[:, first:past]
        if not codes.size or (codes != np.round(codes)).any() or np.abs(codes).max() >= 2**24:
            raise InputError(
                f"code_block: expected whole numbers, the codes of categories, in columns {first} to {past - 1} of X; "
                "take the block of a category_codes builder"
            )
        self.known_codes_: list[Ints] = [np.unique(column[column >= 0]).astype(np.intp) for column in codes.T]
        for column, known in enumerate(self.known_codes_, start=first):
            if not len(known):
                raise InputError(f"X: no training row has a category in column {column}: all its codes are negative")

    def _raw_columns(self, blocks: Blocks) -> list[tuple[int, int]]:
        return [self._codes_at(blocks)]

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.embedding import Embedded
        from kit.models.neural.modules.mlp import perceptron

        first, past = self._codes_at(blocks)
        n_inputs = (past - first) * self.embedding_dim + n_features - (past - first)
        rest = perceptron(n_inputs, self.hidden, n_outputs, self.activation, self.norm, self.dropout)
        return Embedded(first, self.known_codes_, self.embedding_dim, rest, self.embedding_scale)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, as if two of the features were codes."""
        weights = dense_multiplications([2 * self.embedding_dim + n_features, *self.hidden, n_outputs])
        return training_seconds(self, n_rows, weights, [(weights, SECONDS_DENSE)])

    def _codes_at(self, blocks: Blocks) -> tuple[int, int]:
        """Return the first and past-the-end column of the codes.

        Raises:
            InputError: It is not clear which block they are.
        """
        if self.code_block is None and len(blocks) == 1:
            return next(iter(blocks.values()))
        if self.code_block in blocks:
            return blocks[str(self.code_block)]
        if self.code_block is None:
            raise InputError(f"code_block: name the block that holds the codes, one of {', '.join(blocks)}")
        raise InputError(
            f"code_block: there is no feature block {self.code_block!r}{did_you_mean(self.code_block, blocks)}"
        )
