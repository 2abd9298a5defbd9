"""Vectors for the codes of categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

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
        place, found = self.find(codes)
        return torch.where(found[:, None], self.table(place), self.table.weight.mean(dim=0))

    def find(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the places of (n_rows,) codes in the table, and whether they are known."""
        codes = codes.to(torch.int64)
        place = torch.searchsorted(self.known, codes).clamp(max=len(self.known) - 1)
        return place, self.known[place] == codes


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
        vectors = [embed(codes) for embed, codes in self._columns(X)]
        out: Tensor = self.rest(torch.cat([*vectors, self.others(X)], dim=1))
        return out

    def places(self, X: Tensor) -> list[Tensor] | None:
        """Return for each column of codes the (n_rows,) places in its table; None where a code is not known."""
        found = [embed.find(codes) for embed, codes in self._columns(X)]
        return [place for place, _ in found] if all(known.all() for _, known in found) else None

    def others(self, X: Tensor) -> Tensor:
        """Return the columns that are no codes."""
        return torch.cat([X[:, : self.first], X[:, self.first + len(self.embeddings) :]], dim=1)

    def tables(self) -> list[Tensor]:
        """Return the (n_codes, dim) vectors of each column of codes."""
        return [embed.table.weight for embed in self._embeddings()]

    def _columns(self, X: Tensor) -> list[tuple[CategoryEmbedding, Tensor]]:
        # Contiguous for searchsorted, which warns otherwise.
        return [(embed, X[:, at].contiguous()) for at, embed in enumerate(self._embeddings(), start=self.first)]

    def _embeddings(self) -> list[CategoryEmbedding]:
        return cast("list[CategoryEmbedding]", list(self.embeddings))
