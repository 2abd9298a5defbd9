"""The covariance of many rows as blocks by item plus a product of low rank, and its inverse by Woodbury's identity.

With B the blocks (noise, and what rows of one item share alone) and W the features of rows, Σ = B + WW' and

    Σ⁻¹ = B⁻¹ − B⁻¹W Q W'B⁻¹,  Q = (I + W'B⁻¹W)⁻¹,  log|Σ| = log|B| − log|Q|,  Σ⁻¹W = B⁻¹WQ

A row's features are products of a context's and an item's, R[c, a]·v_d[k], so that W is never formed: what is summed
over rows is summed over the contexts of an item first. Any pattern of missing pairs is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Ints, blocks
from kit.errors import RunError
from kit.models.processes.large.features import Feature
from kit.models.processes.large.layout import Bucket, buckets_of
from kit.models.processes.likelihood import inverse_of

ELEMENTS = 2**22
"""Numbers that a block of columns holds, for all rows: 32 MiB."""


@dataclass(frozen=True)
class Block:
    """The rows of a bucket's items.

    Attributes:
        bucket: The bucket.
        roots: For each term, (n_items, n_slots, n_contexts) the rows' contexts' R, times the rows' scale.
        vectors: For each term, (n_items, n_features) the items' v.
        inverse: (n_items, n_slots, n_slots) inverses of the blocks of B.
    """

    bucket: Bucket
    roots: list[Doubles]
    vectors: list[Doubles]
    inverse: Doubles


class Woodbury:
    """The covariance of the rows, of signal and noise.

    Args:
        features: The terms' features.
        contexts: (n_rows,) contexts of rows.
        items: (n_rows,) items of rows.
        scale: (n_rows,) what rows are multiplied by.
        noise: (n_rows,) variances of noise, scaled.
        ratio: What the covariance of the signal is multiplied by.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        contexts: Ints,
        items: Ints,
        scale: Doubles,
        noise: Doubles,
        ratio: float = 1.0,
    ) -> None:
        self.features = features
        self.sizes = [feature.vectors.shape[1] for feature in features]
        self.n_contexts = len(features[0].root)
        self.blocks: list[Block] = []
        self.log_determinant = 0.0
        gram: Doubles = np.zeros((self.rank, self.rank))
        for bucket in buckets_of(items):
            block = self._block(bucket, contexts, np.sqrt(ratio) * scale, noise)
            self.blocks.append(block)
            self._add_gram(block, gram)
        gram[np.diag_indices_from(gram)] += 1
        root, inverse = inverse_of(gram)
        self.log_determinant += 2 * float(np.log(np.diagonal(root)).sum())
        self.Q = inverse

    @property
    def rank(self) -> int:
        """The number of features of a row."""
        return int(self.n_contexts * sum(self.sizes))

    def solve(self, Y: Doubles) -> tuple[Doubles, list[Doubles]]:
        """Return Σ⁻¹Y, and W'Σ⁻¹Y as (n_features, n_contexts, n_columns) for each term.

        Args:
            Y: (n_rows, n_columns) not more columns than `column_blocks` yields at a time.
        """
        inner = [np.zeros((size, self.n_contexts, Y.shape[1])) for size in self.sizes]
        solved: Doubles = np.empty(Y.shape)
        for block in self.blocks:
            first = block.inverse @ block.bucket.take(Y)
            block.bucket.put(first, solved)
            for total, root, vectors in zip(inner, block.roots, block.vectors, strict=True):
                total += np.tensordot(vectors, root.swapaxes(1, 2) @ first, axes=(0, 0))
        inner = self.split(self.Q @ np.concatenate([total.reshape(-1, Y.shape[1]) for total in inner]))
        for block in self.blocks:
            through = sum(
                root @ np.tensordot(vectors, total, axes=(1, 0))
                for root, vectors, total in zip(block.roots, block.vectors, inner, strict=True)
            )
            block.bucket.put(block.bucket.take(solved) - block.inverse @ through, solved)
        return solved, inner

    def column_blocks(self, n_columns: int, n_rows: int) -> Iterator[slice]:
        """Yield columns to solve for at a time."""
        return blocks(n_columns, max(n_rows, self.rank), ELEMENTS)

    def split(self, stacked: Doubles) -> list[Doubles]:
        """Return what stands for all features as (n_features, n_contexts, n_columns) for each term."""
        ends = np.cumsum([0, *self.sizes]) * self.n_contexts
        return [
            stacked[first:past].reshape(size, self.n_contexts, stacked.shape[1])
            for size, first, past in zip(self.sizes, ends, ends[1:], strict=False)
        ]

    def _block(self, bucket: Bucket, contexts: Ints, scale: Doubles, noise: Doubles) -> Block:
        roots = [bucket.take(feature.root[contexts] * scale[:, None]) for feature in self.features]
        n_items, n_slots = bucket.rows.shape
        sigma: Doubles = np.zeros((n_items, n_slots, n_slots))
        for feature, root in zip(self.features, roots, strict=True):
            own = feature.own[bucket.items]
            if own.any():
                sigma += own[:, None, None] * (root @ root.swapaxes(1, 2))
        slots = np.arange(n_slots)
        # An empty slot is a row that is like nothing, of which nothing was measured.
        sigma[:, slots, slots] += np.where(bucket.present, noise[bucket.rows], 1.0)
        try:
            lower = np.linalg.cholesky(sigma)
        except np.linalg.LinAlgError:
            raise RunError(
                "coregionalized_gp: the covariance of an item's rows is not positive definite; fit with a smaller "
                "learning_rate"
            ) from None
        self.log_determinant += 2 * float(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum())
        vectors = [feature.vectors[bucket.items] for feature in self.features]
        inverse = np.linalg.inv(sigma).astype(np.float64, copy=False)
        return Block(bucket, roots, vectors, inverse)

    def _add_gram(self, block: Block, gram: Doubles) -> None:
        """Add the items' part of W'B⁻¹W."""
        size, starts = self.n_contexts, np.cumsum([0, *self.sizes]) * self.n_contexts
        solved = [block.inverse @ root for root in block.roots]
        for one, (root, left) in enumerate(zip(block.roots, block.vectors, strict=True)):
            for other in range(one + 1):
                right = block.vectors[other]
                if left.shape[1] == 0 or right.shape[1] == 0:
                    continue
                between = (root.swapaxes(1, 2) @ solved[other]).reshape(len(root), -1)
                pairs = (left[:, :, None] * right[:, None, :]).reshape(len(root), -1)
                product = (pairs.T @ between).reshape(left.shape[1], right.shape[1], size, size)
                part = product.transpose(0, 2, 1, 3).reshape(left.shape[1] * size, right.shape[1] * size)
                rows = slice(starts[one], starts[one] + len(part))
                columns = slice(starts[other], starts[other] + part.shape[1])
                gram[rows, columns] += part
                if one != other:
                    gram[columns, rows] += part.T
