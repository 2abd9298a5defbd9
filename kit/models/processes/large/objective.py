"""The objective of a fit on many rows: that of `kit.models.processes.likelihood`, by blocks and low rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.models.processes.factors import Parameters
from kit.models.processes.large.features import Feature, Features
from kit.models.processes.large.woodbury import Block, Woodbury
from kit.models.processes.likelihood import NOISE, ROW_NOISE, Priors, add_priors
from kit.models.processes.row_keys import RowKeys


@dataclass(frozen=True)
class LargeMoments:
    """What `kit.models.processes.likelihood.Moments` holds, without matrices of all rows.

    Attributes:
        features: The terms' features.
        scale: (n_rows,) what signal and noise of a row are multiplied by.
        noise: (n_rows,) variance of the noise, scaled, with what is added to every row.
        plain: (n_rows,) noise of the row's context alone, not scaled.
        own: (n_rows,) noise with the row's own deviation, not scaled.
    """

    features: list[Feature]
    scale: Doubles
    noise: Doubles
    plain: Doubles
    own: Doubles


@dataclass(frozen=True)
class _Sums:
    """What the gradient takes of a block's rows: products of Σ⁻¹Y and of Σ⁻¹W with what stands beside them.

    Attributes:
        rows: (n_items, n_slots, n_slots) products of rows.
        stacked: In the rows' roots, those of terms with vectors beside each other.
        vectors: For each term with vectors, in them.
    """

    rows: Doubles
    stacked: Doubles
    vectors: list[Doubles]


class LargeObjective:
    """The function of the parameters that a fit minimises, with its gradient.

    Args:
        features: The terms' features.
        rows: The training rows.
        Y: (n_rows, n_targets) targets, of mean square 1, with the noise that rows count as having been given.
        effective_targets: How many independent targets they are worth.
        added: (n_rows,) variance that is added to rows.
        unit_diagonal: Whether rows are scaled so that signal and noise of their context have the variance 1.
        priors: The priors.
        n_items: The number of items.
    """

    def __init__(
        self,
        features: Features,
        rows: RowKeys,
        Y: Floats,
        effective_targets: float,
        added: Doubles,
        unit_diagonal: bool,
        priors: Priors,
        n_items: int,
    ) -> None:
        self.features = features
        self.contexts: Ints = rows.index[features.context]
        self.items: Ints = rows.index[features.item]
        self.Y = Y
        self.effective_targets = effective_targets
        self.added = added
        self.unit_diagonal = unit_diagonal
        self.priors = priors
        self.n_items = n_items

    def moments(self, parameters: Parameters) -> LargeMoments:
        """Return features and noise of the training rows."""
        features = self.features.of(parameters, self.n_items)
        plain = np.exp(parameters[NOISE])[self.contexts]
        own = plain * np.exp(parameters[ROW_NOISE])
        scale = np.ones_like(plain)
        if self.unit_diagonal:
            signal = sum(context[self.contexts] * item[self.items] for context, item in map(_lengths, features))
            scale = (signal + plain) ** -0.5
        return LargeMoments(features, scale, own * scale**2 + self.added, plain, own)

    def covariance(self, moments: LargeMoments, ratio: float = 1.0) -> Woodbury:
        """Return the covariance of the training rows, its signal times a ratio."""
        return Woodbury(
            moments.features, self.contexts, self.items, moments.scale, moments.noise, self.Y.shape[1], ratio
        )

    def value_and_gradient(self, parameters: Parameters) -> tuple[float, Parameters]:
        """Return the value, and its gradient by name.

        Raises:
            RunError: Σ is not positive definite at these parameters.
        """
        moments = self.moments(parameters)
        covariance, half = self.covariance(moments), self.effective_targets / 2
        of_rank = [_sums_of_rank(covariance, block) for block in covariance.blocks]
        of_targets, trace = self._sums_of_targets(covariance)
        slopes = [feature.zeros() for feature in moments.features]
        diagonal, in_scale = np.zeros(len(self.Y)), np.zeros(len(self.Y))
        for block, rank, targets in zip(covariance.blocks, of_rank, of_targets, strict=True):
            self._add_block(covariance, block, rank, targets, moments, slopes, diagonal, in_scale)
        in_context = np.zeros(len(self.Y))
        if self.unit_diagonal:
            in_scale += 2 * diagonal * moments.own * moments.scale
            in_context = -0.5 * moments.scale**3 * in_scale
            self._add_lengths(in_context, moments.features, slopes)
        gradient = {name: np.zeros_like(value) for name, value in parameters.items()}
        self.features.add_gradient(parameters, slopes, gradient)
        in_own = diagonal * moments.scale**2 * moments.own
        gradient[ROW_NOISE] += in_own
        gradient[NOISE] += np.bincount(
            self.contexts, weights=in_own + in_context * moments.plain, minlength=len(gradient[NOISE])
        )
        value = half * (covariance.log_determinant + trace)
        free = [factor.name for factor in self.features.free]
        return float(value) + add_priors(self.priors, free, parameters, gradient), gradient

    def latent_spreads(self, parameters: Parameters, column: str) -> Doubles:
        """Return what `kit.models.processes.fitting.latent_spreads` does; W'Σ⁻¹W = I − Q."""
        covariance = self.covariance(self.moments(parameters))
        known = covariance.split(np.eye(covariance.rank) - covariance.Q)
        information = np.zeros(self.n_items + 1)
        starts = np.cumsum([0, *covariance.sizes]) * covariance.n_contexts
        for term, place in enumerate(covariance.with_vectors):
            factor = self.features.others[place]
            if factor is None or factor.form != "low_rank":
                continue
            own = known[term][:, :, starts[term] : starts[term + 1]]
            size = covariance.sizes[term]
            between = np.einsum("kakb->ab", own.reshape(size, covariance.n_contexts, size, covariance.n_contexts))
            for block in covariance.blocks:
                precision = _precision(block, _sums_of_rank(covariance, block).rows)
                root = block.roots[place]
                shared = precision * (root @ between @ root.swapaxes(1, 2))
                information[block.bucket.items] += shared.sum(axis=(1, 2)) / size
        information *= self.effective_targets
        return 1 / (self.priors.latent[column] + np.maximum(information, 0))

    def _sums_of_targets(self, covariance: Woodbury) -> tuple[list[_Sums], float]:
        """Return what the gradient takes of Σ⁻¹Y, and the mean over targets of y'Σ⁻¹y."""
        sums = [_zeros(block) for block in covariance.blocks]
        trace, n_targets = 0.0, self.Y.shape[1]
        for columns in covariance.column_blocks(n_targets):
            inner = covariance.inner(self.Y[:, columns])
            for block, total in zip(covariance.blocks, sums, strict=True):
                Y, beside = block.bucket.take(self.Y[:, columns]), block.beside(inner)
                alpha = block.inverse @ (Y - block.stacked @ beside)
                trace += float((Y * alpha).sum())
                total.rows[:] += alpha @ alpha.swapaxes(1, 2) / n_targets
                total.stacked[:] += alpha @ beside.swapaxes(1, 2) / n_targets
                products = (block.stacked.swapaxes(1, 2) @ alpha).reshape(len(alpha), len(inner), -1)
                for term, one in enumerate(inner):
                    total.vectors[term][:] += products[:, term] @ one.reshape(len(one), -1).T / n_targets
        return sums, trace / n_targets

    def _add_block(
        self,
        covariance: Woodbury,
        block: Block,
        rank: _Sums,
        targets: _Sums,
        moments: LargeMoments,
        slopes: list[Feature],
        diagonal: Doubles,
        in_scale: Doubles,
    ) -> None:
        """Add the gradient of the likelihood in features, the diagonal of Σ and the scale of rows."""
        half, bucket = self.effective_targets / 2, block.bucket
        slope = half * (_precision(block, rank.rows) - targets.rows)
        slots = np.arange(slope.shape[1])
        bucket.put(slope[:, slots, slots], diagonal)
        contexts = self.contexts[bucket.rows][bucket.present]
        scale = moments.scale[bucket.rows][bucket.present]
        in_context = np.where(contexts == np.arange(covariance.n_contexts)[:, None], scale, 0.0)
        changes = np.zeros(bucket.rows.shape)
        in_stacked = 2 * half * (rank.stacked - targets.stacked)
        for place, (feature, root) in enumerate(zip(moments.features, block.roots, strict=True)):
            in_root = 2 * feature.own[bucket.items][:, None, None] * (slope @ root)
            slopes[place].own[bucket.items] += ((slope @ root) * root).sum(axis=(1, 2))
            if place in covariance.with_vectors:
                term, size = covariance.with_vectors.index(place), covariance.n_contexts
                in_root += in_stacked[:, :, term * size : (term + 1) * size]
                slopes[place].vectors[bucket.items] += 2 * half * (rank.vectors[term] - targets.vectors[term])
            in_rows = in_root[bucket.present]
            slopes[place].root[:] += in_context @ in_rows
            changes[bucket.present] += (in_rows * feature.root[contexts]).sum(axis=1)
        bucket.put(changes, in_scale)

    def _add_lengths(self, slope: Doubles, features: list[Feature], slopes: list[Feature]) -> None:
        """Add the gradient in features of the variances of the signal, whose gradient in every row is ``slope``."""
        for feature, total in zip(features, slopes, strict=True):
            of_contexts, of_items = _lengths(feature)
            in_contexts = np.bincount(self.contexts, slope * of_items[self.items], len(of_contexts))
            in_items = np.bincount(self.items, slope * of_contexts[self.contexts], len(of_items))
            total.root[:] += 2 * in_contexts[:, None] * feature.root
            total.vectors[:] += 2 * in_items[:, None] * feature.vectors
            total.own[:] += in_items


def _lengths(feature: Feature) -> tuple[Doubles, Doubles]:
    """Return the variance of contexts, and what items multiply it by."""
    return np.square(feature.root).sum(axis=1), np.square(feature.vectors).sum(axis=1) + feature.own


def _zeros(block: Block) -> _Sums:
    return _Sums(np.zeros_like(block.inverse), np.zeros_like(block.stacked), [np.zeros_like(v) for v in block.vectors])


def _sums_of_rank(covariance: Woodbury, block: Block) -> _Sums:
    """Return what the gradient takes of Σ⁻¹W; of the products of rows, those with W'."""
    sums, starts = _zeros(block), np.cumsum([0, *covariance.sizes]) * covariance.n_contexts
    size, n_rows = covariance.n_contexts, block.bucket.rows.size
    for term, vectors in enumerate(block.vectors):
        of_term = slice(term * size, (term + 1) * size)
        for some in blocks(vectors.shape[1], n_rows * size):
            columns = slice(starts[term] + some.start * size, starts[term] + some.stop * size)
            solved = block.inverse @ (block.stacked @ block.beside(covariance.split(covariance.Q[:, columns])))
            solved = solved.reshape(*block.bucket.rows.shape, -1, size)
            sums.stacked[:, :, of_term] += np.einsum("dika,dk->dia", solved, vectors[:, some])
            sums.vectors[term][:, some] += np.einsum("dika,dia->dk", solved, block.stacked[:, :, of_term])
    sums.rows[:] = sums.stacked @ block.stacked.swapaxes(1, 2)
    return sums


def _precision(block: Block, products: Doubles) -> Doubles:
    """Return the items' blocks of Σ⁻¹."""
    return block.inverse - products @ block.inverse
