"""A transformer whose tokens are the feature blocks of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn


class BlockTransformer(nn.Module):
    """Attention among the blocks of a row; rows never see one another.

    Args:
        tokens: First and past-the-end column of every token.
        n_outputs: Columns of the output.
        d_model: Width of a token.
        n_layers: Encoder layers.
        n_heads: Attention heads; they divide ``d_model``.
        feedforward: Width of an encoder layer's hidden layer.
        dropout: Share of the encoder's values that are dropped in training.
        activation: Of the encoder's hidden layers.
        pooling: The mean over the tokens, or an extra token (``cls``) that gathers what the output reads.
        norm_first: Whether each sublayer normalises its input instead of its output.
    """

    def __init__(
        self,
        tokens: Sequence[tuple[int, int]],
        n_outputs: int,
        d_model: int,
        n_layers: int,
        n_heads: int,
        feedforward: int,
        dropout: float,
        activation: Literal["relu", "gelu"],
        pooling: Literal["mean", "cls"],
        norm_first: bool,
    ) -> None:
        super().__init__()
        self.tokens = list(tokens)
        self.pooling = pooling
        self.project = nn.ModuleList(nn.Linear(stop - start, d_model) for start, stop in tokens)
        n_tokens = len(self.tokens) + (pooling == "cls")
        # As BERT starts its embeddings: small beside the tokens, so that contents lead at first.
        self.embedding = nn.Parameter(0.02 * torch.randn(n_tokens, d_model))
        self.norm_in = nn.LayerNorm(d_model)
        layer = nn.TransformerEncoderLayer(
            d_model, n_heads, feedforward, dropout, activation, batch_first=True, norm_first=norm_first
        )
        self.encoder = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)
        self.norm_out = nn.LayerNorm(d_model)
        self.output = nn.Linear(d_model, n_outputs)
        # TransformerEncoder copies one layer, weights and all; each is to start from numbers of its own.
        for weights in self.encoder.parameters():
            if weights.dim() > 1:
                nn.init.xavier_uniform_(weights)

    def forward(self, X: Tensor) -> Tensor:
        """Return (n_rows, n_outputs) for (n_rows, n_features)."""
        columns = zip(self.project, self.tokens, strict=True)
        tokens = torch.stack([project(X[:, start:stop]) for project, (start, stop) in columns], dim=1)
        if self.pooling == "cls":
            tokens = torch.cat([torch.zeros_like(tokens[:, :1]), tokens], dim=1)
        encoded = self.norm_out(self.encoder(self.norm_in(tokens + self.embedding)))
        out: Tensor = self.output(encoded[:, 0] if self.pooling == "cls" else encoded.mean(dim=1))
        return out
