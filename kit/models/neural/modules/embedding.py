"""Vectors for the codes of categories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn


class CategoryEmbedding(nn.Module):
    """A vector for each known code; any other code has the mean of them.

    Args:
        known: The known codes, sorted.
        dim: Length of a vector.
        scale: The vectors' first numbers are uniform between −scale and scale; None: standard normal.
    """

    known: Tensor

    def __init__(self, known: np.ndarray, dim: int, scale: float | None = None) -> None:
        super().__init__()
        self.register_buffer("known", torch.as_tensor(known, dtype=torch.int64))
        self.table = nn.Embedding(len(known), dim)
        if scale is not None:
            nn.init.uniform_(self.table.weight, -scale, scale)

    def forward(self, codes: Tensor) -> Tensor:
        """Return (n_rows, dim) for (n_rows,) codes, whole numbers of any type."""
        codes = codes.to(torch.int64)
        place = torch.searchsorted(self.known, codes).clamp(max=len(self.known) - 1)
        found = (self.known[place] == codes)[:, None]
        return torch.where(found, self.table(place), self.table.weight.mean(dim=0))


class Embedded(nn.Module):
    """Replaces columns of codes by their vectors and hands them on, side by side, with the other columns after them.

    Args:
        first: The first column of codes.
        known: For each column of codes, its known codes.
        dim: Length of a vector.
        rest: What comes after it.
        scale: See `CategoryEmbedding`.
    """

    def __init__(
        self, first: int, known: Sequence[np.ndarray], dim: int, rest: nn.Module, scale: float | None = None
    ) -> None:
        super().__init__()
        self.first = first
        self.embeddings = nn.ModuleList(CategoryEmbedding(codes, dim, scale) for codes in known)
        self.rest = rest

    def forward(self, X: Tensor) -> Tensor:
        """Return the output of ``rest`` for (n_rows, n_features)."""
        past = self.first + len(self.embeddings)
        # The column is contiguous for searchsorted, which warns otherwise.
        vectors = [embed(X[:, self.first + i].contiguous()) for i, embed in enumerate(self.embeddings)]
        out: Tensor = self.rest(torch.cat([*vectors, X[:, : self.first], X[:, past:]], dim=1))
        return out
