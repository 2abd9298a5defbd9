"""Two networks, one for each of two lists of feature blocks, joined by products."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kit.models.neural.modules.dense import head

Columns = Sequence[tuple[int, int]]


class TwoTowerNetwork(nn.Module):
    """Tower a of the left columns, tower b of the right ones, a head over [a, b, product].

    Args:
        left: First and past-the-end column of the left tower's blocks.
        right: Of the right tower's.
        n_outputs: Columns of the output.
        hidden: Widths of each tower's layers, at least one; the last is linear, so that products have either sign.
        rank: Width of the low-rank bilinear product (Ua)∘(Vb), or None for a∘b.
        head_hidden: Widths of the head's hidden layers.
        dropout: Share of the hidden values that are dropped in training.
    """

    def __init__(
        self,
        left: Columns,
        right: Columns,
        n_outputs: int,
        hidden: Sequence[int],
        rank: int | None,
        head_hidden: Sequence[int],
        dropout: float,
    ) -> None:
        super().__init__()
        self.columns = list(left), list(right)
        widths = [sum(stop - start for start, stop in columns) for columns in self.columns]
        self.left = head(widths[0], hidden[:-1], hidden[-1], dropout)
        self.right = head(widths[1], hidden[:-1], hidden[-1], dropout)
        width = hidden[-1]
        # Without a bias the product is bilinear in a and b; the head has the lower orders, a and b, beside it.
        self.left_factor: nn.Module = nn.Linear(width, rank, bias=False) if rank else nn.Identity()
        self.right_factor: nn.Module = nn.Linear(width, rank, bias=False) if rank else nn.Identity()
        self.head = head(2 * width + (rank or width), head_hidden, n_outputs, dropout)

    def forward(self, X: Tensor) -> Tensor:
        """Return (n_rows, n_outputs) for (n_rows, n_features)."""
        left, right = (torch.cat([X[:, start:stop] for start, stop in columns], dim=1) for columns in self.columns)
        a, b = self.left(left), self.right(right)
        product = self.left_factor(a) * self.right_factor(b)
        out: Tensor = self.head(torch.cat([a, b, product], dim=1))
        return out
