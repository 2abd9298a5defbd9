"""Row-wise metrics that look at the targets with the strongest effects."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge

from kit.arrays import Doubles
from kit.errors import InputError
from kit.metrics.base import METRICS
from kit.metrics.blocks import RowBlock
from kit.metrics.rowwise import BlockMetric


@METRICS.register("weighted_mse")
class WeightedMSE(BlockMetric):
    """Mean squared error with each target weighted by its true effect: misses where much happens cost most.

    With e_j = (|y_j| − min |y|) / (max |y| − min |y|) over the targets of a row, the weights are e_j² / Σ e². A row
    whose targets are all of one size weighs them equally.

    Source: weighted mean squared error (WMSE) of Mejia et al., arXiv 2506.22641; the effect is the target's own value,
    which in these tables is a difference to the control already.
    """

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the weighted mean squared error of every row."""
        sizes = np.abs(block.targets)
        least = sizes.min(axis=1, keepdims=True)
        span = sizes.max(axis=1, keepdims=True) - least
        effects = np.divide(sizes - least, span, out=np.ones_like(sizes), where=span > 0) ** 2
        errors: Doubles = (effects * block.difference**2).sum(axis=1) / effects.sum(axis=1)
        return errors


class StrongestTargets(BlockMetric):
    """Base of metrics of the k targets of a row with the largest absolute values.

    Where several are equally large at the border, they share the places that are left: nothing hangs on the order of
    the targets.

    Args:
        k: The number of targets, at most as many as there are.
    """

    greater_is_better = True
    best = 1.0

    def __init__(self, k: Annotated[int, Ge(1)] = 50) -> None:
        self.k = k

    def check_targets(self, n_targets: int) -> None:
        """Check that there are k targets.

        Raises:
            InputError: There are fewer.
        """
        if self.k > n_targets:
            raise InputError(
                f"{self.kind}: k={self.k} strongest targets were asked for, but there are {n_targets}; "
                f"give a k of at most {n_targets}"
            )

    def strongest(self, values: Doubles) -> Doubles:
        """Return (n_rows, n_targets) how far each target is one of the k strongest of its row: 0, 1, or a share."""
        sizes, k = np.abs(values), self._k(values)
        border = np.partition(sizes, -k, axis=1)[:, [-k]]
        above, at = sizes > border, sizes == border
        share = (k - above.sum(axis=1, keepdims=True)) / at.sum(axis=1, keepdims=True)
        shares: Doubles = above + share * at
        return shares

    def _k(self, values: Doubles) -> int:
        """Return how many targets of a block are looked at: all, where fewer than k were measured."""
        return min(self.k, int(values.shape[1]))


@METRICS.register("top_overlap")
class TopOverlap(StrongestTargets):
    """Share of the k targets with the strongest true effects that are among the k strongest predicted ones.

    |top k of |y| ∩ top k of |ŷ|| / k; k over the number of targets by chance, and for a constant prediction.

    Source: ``de_overlap`` of ``cell-eval2`` (overlap at k by the absolute size of the effect).
    """

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the overlap of every row."""
        both = np.minimum(self.strongest(block.targets), self.strongest(block.predictions))
        shares: Doubles = both.sum(axis=1) / self._k(block.targets)
        return shares


@METRICS.register("top_direction")
class TopDirection(StrongestTargets):
    """Share of the k targets with the strongest true effects whose sign is predicted; a prediction of 0 is a miss.

    Source: ``de_direction_match`` of ``cell-eval2``, with the k strongest targets in place of the significant ones.
    """

    def per_block(self, block: RowBlock) -> Doubles:
        """Return the share of right signs in every row."""
        right = np.sign(block.targets) == np.sign(block.predictions)
        shares: Doubles = (self.strongest(block.targets) * right).sum(axis=1) / self._k(block.targets)
        return shares
