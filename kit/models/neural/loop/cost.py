"""Estimated cost of a training, for ``kit train --dry-run``: counted multiplications times measured seconds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from kit.models.neural.loop.options import TrainingOptions

# One thread of an AMD EPYC, torch 2.13 (`benchmarks.network_costs`). An optimiser's step reads and writes gradient,
# weight and two moments.
_SECONDS_PER_WEIGHT, _SECONDS_PER_CALL = 1.25e-9, 5e-4


def dense_multiplications(widths: Sequence[int]) -> int:
    """Return the multiplications of one row through linear layers between the given widths: also their weights."""
    return sum(first * second for first, second in itertools.pairwise(widths))


def training_seconds(
    options: TrainingOptions, n_rows: int, weights: float, layers: Sequence[tuple[float, float]], calls: int = 1
) -> float:
    """Return a rough CPU time of one fit in seconds.

    Args:
        options: For the number of epochs and the size of a batch.
        n_rows: Training rows.
        weights: The network's weights.
        layers: Multiplications of one row's forward pass, and measured seconds for one of them, forward and backward.
        calls: How often a step goes through Python for more than a few layers (the optimiser counts as one).
    """
    n_steps = math.ceil(n_rows / options.batch_size)
    a_row = sum(multiplications * seconds for multiplications, seconds in layers)
    return options.n_epochs * (n_rows * a_row + n_steps * (weights * _SECONDS_PER_WEIGHT + calls * _SECONDS_PER_CALL))
