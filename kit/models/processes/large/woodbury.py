"""The covariance of many rows as blocks by item plus a product of low rank, and its inverse by Woodbury's identity.

With B the blocks (noise, and what rows of one item share alone) and W the features of rows, Σ = B + WW' and

    Q = (I + W'B⁻¹W)⁻¹,  log|Σ| = log|B| − log|Q|,  W'Σ⁻¹Y = Q W'B⁻¹Y,  Σ⁻¹Y = B⁻¹(Y − W W'Σ⁻¹Y)

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

ELEMENTS = 2**23
"""Numbers that the features' products with a block of columns hold: 64 MiB."""

CACHED = 2**18
"""Numbers that the targets of a bucket's rows hold: 2 MiB, which a processor keeps near."""


@dataclass(frozen=True)
class Block:
    """The rows of a bucket's items.

    Attributes:
        bucket: The bucket.
        roots: For each term, (n_items, n_slots, n_contexts) the rows' contexts' R, times the rows' scale.
        vectors: For each term that has them, (n_items, n_features) the items' v.
        stacked: (n_items, n_slots, n_terms · n_contexts) the roots of those terms beside each other.
        inverse: (n_items, n_slots, n_slots) inverses of the blocks of B.
    """

    bucket: Bucket
    roots: list[Doubles]
    vectors: list[Doubles]
    stacked: Doubles
    inverse: Doubles

    def beside(self, inner: Sequence[Doubles]) -> Doubles:
        """Return (n_items, n_terms · n_contexts, n_columns) what multiplies the roots in a product with W.

        Args:
            inner: For each term with vectors, (n_features, n_contexts, n_columns) what W is multiplied by.
        """
        size, n_columns = inner[0].shape[1:]
        parts = np.empty((len(self.stacked), len(inner), size, n_columns))
        for term, (vectors, total) in enumerate(zip(self.vectors, inner, strict=True)):
            parts[:, term] = np.tensordot(vectors, total, axes=(1, 0))
        return parts.reshape(len(parts), -1, n_columns)


class Woodbury:
    """The covariance of the rows, of signal and noise.

    Args:
        features: The terms' features; at least one has vectors.
        contexts: (n_rows,) contexts of rows.
        items: (n_rows,) items of rows.
        scale: (n_rows,) what rows are multiplied by.
        noise: (n_rows,) variances of noise, scaled.
        n_columns: About how many columns are solved for.
        ratio: What the covariance of the signal is multiplied by.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        contexts: Ints,
        items: Ints,
        scale: Doubles,
        noise: Doubles,
        n_columns: int,
        ratio: float = 1.0,
    ) -> None:
        self.features = features
        self.with_vectors = [place for place, feature in enumerate(features) if feature.vectors.shape[1]]
        self.sizes = [features[place].vectors.shape[1] for place in self.with_vectors]
        self.n_contexts = len(features[0].root)
        self.blocks: list[Block] = []
        self.log_determinant = 0.0
        gram: Doubles = np.zeros((self.rank, self.rank))
        for bucket in buckets_of(items, max(1, CACHED // n_columns)):
            block = self._block(bucket, contexts, np.sqrt(ratio) * scale, noise)
            self.blocks.append(block)
            self._add_gram(block, gram)
        gram[np.diag_indices_from(gram)] += 1
        log_determinant, inverse = inverse_of(gram)
        self.log_determinant += log_determinant
        self.Q = inverse

    @property
    def rank(self) -> int:
        """The number of features of a row."""
        return int(self.n_contexts * sum(self.sizes))

    def inner(self, Y: np.ndarray) -> list[Doubles]:
        """Return W'Σ⁻¹Y for each term with vectors, (n_features, n_contexts, n_columns).

        Args:
            Y: (n_rows, n_columns) not more columns than `column_blocks` yields at a time.
        """
        totals = [np.zeros((size, self.n_contexts, Y.shape[1])) for size in self.sizes]
        for block in self.blocks:
            products = block.stacked.swapaxes(1, 2) @ (block.inverse @ block.bucket.take(Y))
            products = products.reshape(len(products), len(totals), self.n_contexts, -1)
            for term, (total, vectors) in enumerate(zip(totals, block.vectors, strict=True)):
                total += np.tensordot(vectors, products[:, term], axes=(0, 0))
        return self.split(self.Q @ np.concatenate([total.reshape(-1, Y.shape[1]) for total in totals]))

    def solve(self, Y: np.ndarray) -> Doubles:
        """Return Σ⁻¹Y, (n_rows, n_columns)."""
        solved: Doubles = np.empty(Y.shape)
        for columns in self.column_blocks(Y.shape[1]):
            inner = self.inner(Y[:, columns])
            for block in self.blocks:
                rest = block.bucket.take(Y[:, columns]) - block.stacked @ block.beside(inner)
                block.bucket.put(block.inverse @ rest, solved[:, columns])
        return solved

    def column_blocks(self, n_columns: int) -> Iterator[slice]:
        """Yield columns to solve for at a time."""
        return blocks(n_columns, self.rank, ELEMENTS)

    def split(self, stacked: Doubles) -> list[Doubles]:
        """Return what stands for all features as (n_features, n_contexts, n_columns) for each term with vectors."""
        ends = np.cumsum([0, *self.sizes]) * self.n_contexts
        return [
            stacked[first:past].reshape(size, self.n_contexts, stacked.shape[1])
            for size, first, past in zip(self.sizes, ends, ends[1:], strict=False)
        ]

    def _block(self, bucket: Bucket, contexts: Ints, scale: Doubles, noise: Doubles) -> Block:
        scales = bucket.take(scale)[:, :, None]
        roots = [feature.root[contexts[bucket.rows]] * scales for feature in self.features]
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
        vectors = [self.features[place].vectors[bucket.items] for place in self.with_vectors]
        stacked = np.concatenate([roots[place] for place in self.with_vectors], axis=2)
        return Block(bucket, roots, vectors, stacked, np.linalg.inv(sigma).astype(np.float64, copy=False))

    def _add_gram(self, block: Block, gram: Doubles) -> None:
        """Add the items' part of W'B⁻¹W."""
        size, starts = self.n_contexts, np.cumsum([0, *self.sizes]) * self.n_contexts
        between = block.stacked.swapaxes(1, 2) @ (block.inverse @ block.stacked)
        for one, left in enumerate(block.vectors):
            for other, right in enumerate(block.vectors[: one + 1]):
                part = between[:, one * size : (one + 1) * size, other * size : (other + 1) * size]
                pairs = (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)
                product = (pairs.T @ part.reshape(len(left), -1)).reshape(left.shape[1], right.shape[1], size, size)
                summed = product.transpose(0, 2, 1, 3).reshape(left.shape[1] * size, right.shape[1] * size)
                rows = slice(starts[one], starts[one] + len(summed))
                columns = slice(starts[other], starts[other] + summed.shape[1])
                gram[rows, columns] += summed
                if one != other:
                    gram[columns, rows] += summed.T
