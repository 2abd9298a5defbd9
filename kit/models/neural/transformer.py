"""A transformer over the feature blocks of a row: the second place's encoder without attention across rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Lt

from kit.errors import ParameterError
from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.loop.cost import training_seconds

if TYPE_CHECKING:
    import torch

Count = Annotated[int, Ge(1)]

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "small": {
        "n_layers": 2,
        "d_model": 64,
        "n_heads": 4,
        "feedforward": 128,
        "dropout": 0.1,
        "activation": "gelu",
        "norm_first": True,
    },
    "second_place": {
        "n_layers": 6,
        "d_model": 128,
        "n_heads": 8,
        "feedforward": 2048,
        "dropout": 0.3,
        "activation": "gelu",
        "norm_first": False,
    },
}
"""What the parameters that are None stand for. ``second_place``: the encoder of the second place of "Open Problems –
Single-Cell Perturbations" (Kaggle, 2023); ``small`` is ours."""

CHUNKS = 16
"""The number of tokens that one block of all features is cut into."""

# Seconds for a multiplication forward and backward, one thread of an AMD EPYC, torch 2.13.
_SECONDS_MULTIPLICATION = 2e-10


@network("transformer")
class Transformer(NetworkModel):
    """Transformer whose tokens are the feature blocks of one row.

    Each block (cell type, compound statistics, chemistry …) becomes a token by a linear layer of its own, plus a
    learned embedding of the block; an encoder lets the tokens attend to each other; their mean, or an extra token that
    gathers, is read by the output layer. The second place's code read the rows of a batch as one sequence, so that a
    prediction changed with its neighbours; here attention stays within a row.

    A parameter that is None has its value from the preset.

    Args:
        preset: ``small`` (ours): 2 layers, tokens of width 64, 4 heads, feedforward 128, dropout 0.1, GELU,
            ``norm_first``. ``second_place``: 6 layers, width 128, 8 heads, feedforward 2048, dropout 0.3, GELU, norm
            last (its author trained with Huber's loss, Lion, learning rate 0.00001, weight decay 0.0001, batches of
            32, gradients clipped at 1, at most 10,000 epochs).
        n_layers: Encoder layers.
        d_model: Width of a token, a multiple of ``n_heads``.
        n_heads: Attention heads.
        feedforward: Hidden width of the two dense layers in each encoder layer.
        dropout: Share of the encoder's values that are dropped in training.
        activation: Between these dense layers.
        norm_first: Whether a sublayer normalises its input (trains more steadily) or its output (as in "Attention is
            all you need", 2017).
        pooling: ``mean`` over the tokens; ``cls``, a learned extra token (as in BERT, 2019).
        token_size: Columns of one token: a wider block is cut into so many, the last chunk may be narrower. None:
            every block is one token, and features in one block are cut into 16.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.
    """

    preset: Literal["small", "second_place"] = "small"
    n_layers: Count | None = None
    d_model: Count | None = None
    n_heads: Count | None = None
    feedforward: Count | None = None
    dropout: Annotated[float, Ge(0), Lt(1)] | None = None
    activation: Literal["gelu", "relu"] | None = None
    norm_first: bool | None = None
    pooling: Literal["mean", "cls"] = "mean"
    token_size: Count | None = None

    def check_parameters(self) -> None:
        """Check every parameter, and that the heads divide the tokens.

        Raises:
            ParameterError: A parameter is wrong; the message says which.
        """
        super().check_parameters()
        shape = self._shape()
        if shape["d_model"] % shape["n_heads"]:
            d_model, n_heads = shape["d_model"], shape["n_heads"]
            raise ParameterError(
                f"Transformer: d_model={d_model} is no multiple of n_heads={n_heads}, among which it is divided; "
                f"take d_model={math.ceil(d_model / n_heads) * n_heads}, or other heads"
            )

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from the multiplications of encoder and linear layers."""
        shape = self._shape()
        d_model, n_layers = shape["d_model"], shape["n_layers"]
        blocks = self.blocks or {"features": (0, n_features)}
        n_tokens = len(self._tokens(blocks)) + (self.pooling == "cls")
        encoder = n_layers * (4 * d_model**2 + 2 * d_model * shape["feedforward"])
        attention = n_layers * 2 * n_tokens**2 * d_model
        dense = d_model * (n_features + n_outputs)
        layers = [(n_tokens * encoder + attention + dense, _SECONDS_MULTIPLICATION)]
        return training_seconds(self, n_rows, encoder + dense, layers, calls=1 + n_layers)

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.transformer import BlockTransformer

        return BlockTransformer(self._tokens(blocks), n_outputs, pooling=self.pooling, **self._shape())

    def _tokens(self, blocks: Blocks) -> list[tuple[int, int]]:
        """Return first and past-the-end column of every token, in the order of the columns."""
        bounds = sorted((first, past) for first, past in blocks.values() if past > first)
        tokens = []
        for first, past in bounds:
            size = self.token_size or (past - first if len(bounds) > 1 else math.ceil((past - first) / CHUNKS))
            tokens += [(start, min(start + size, past)) for start in range(first, past, size)]
        return tokens

    def _shape(self) -> dict[str, Any]:
        preset = PRESETS[self.preset]
        return {name: preset[name] if getattr(self, name) is None else getattr(self, name) for name in preset}
