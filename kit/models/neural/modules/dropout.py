"""Dropout whose masks cost little on a CPU, where torch's own draws take longer than most of a small network's step."""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

_LEVELS = 2**16


class Masks:
    """Dropout masks out of 16 random bits a value, so that a share is met to within a 131,072nd.

    The bits come from a generator of NumPy's (SFC64) that is seeded by torch's at the first draw: torch's seed decides
    them, and whoever makes new ones at the start of an epoch has nothing to keep from one epoch to the next.
    """

    def __init__(self) -> None:
        self._bits: np.random.SFC64 | None = None

    def draw(self, n_values: int, share: float) -> Tensor:
        """Return (n_values,) float32, 0 for the given share of them and else what makes their mean 1."""
        if self._bits is None:
            self._bits = np.random.SFC64(int(torch.randint(2**63 - 1, ())))
        words = self._bits.random_raw(-(-n_values // 4))
        n_dropped = min(round(share * _LEVELS), _LEVELS - 1)
        kept = words.view(np.uint16)[:n_values] >= n_dropped
        return torch.from_numpy(np.multiply(kept, mask_scale(share), dtype=np.float32))


def mask_scale(share: float) -> float:
    """Return the number by which `Masks` multiplies what is kept."""
    return _LEVELS / (_LEVELS - min(round(share * _LEVELS), _LEVELS - 1))


class Dropout(nn.Dropout):
    """As torch's, but on a CPU with `Masks`, of which each call of `train` makes new ones.

    Args:
        p: Share of the values that are dropped in training.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p)
        self._masks = Masks()

    def train(self, mode: bool = True) -> Self:
        """Set the mode, and begin with new masks."""
        self._masks = Masks()
        return super().train(mode)

    def forward(self, values: Tensor) -> Tensor:
        """Return the values with a share of them dropped, or as they are in eval mode."""
        if not self.training or self.p == 0 or values.device.type != "cpu":
            return super().forward(values)
        return values * self._masks.draw(values.numel(), self.p).view(values.shape)
