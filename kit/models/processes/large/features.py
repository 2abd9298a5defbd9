"""Terms as features of rows: the covariance of two rows is an inner product, and more where they are of one item.

A term has a root R of its free matrix RR' over contexts and, for each item, a vector v and a number w: rows of contexts
c, c' and items d, d' have the covariance (RR')[c, c']·(v_d·v_d' + w_d·[d = d']). For ``free`` alone v = 1, w = 0; for
``identity`` there is no v and w = 1; for ``low_rank`` v is the latent vector; for ``rbf`` it is Nyström's features of
the landmarks, with w what they leave of the item's own variance (Snelson & Ghahramani 2006: FIC).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from kit.arrays import Doubles, Ints
from kit.models.processes.factors import Parameters, latent_name, latent_spread, latent_vectors, squared_distances
from kit.models.processes.terms import FactorSpec, Term

MOST_LANDMARKS = 100
"""The most items whose similarities stand for those of all, in a radial factor."""

MOST_FEATURES = 4000
"""The features of a row beyond which there are fewer landmarks."""

_JITTER = 1e-10
"""What is added to the landmarks' own similarities, so that two of them may coincide."""


@dataclass(frozen=True)
class Feature:
    """A term's features, or the gradient in them.

    Attributes:
        root: (n_contexts, n_contexts) R.
        vectors: (n_items + 1, n_features) v of every item, the last of an unseen one.
        own: (n_items + 1,) w of every item.
    """

    root: Doubles
    vectors: Doubles
    own: Doubles

    def zeros(self) -> Feature:
        """Return zeros of the same shapes."""
        return Feature(np.zeros_like(self.root), np.zeros_like(self.vectors), np.zeros_like(self.own))


def is_structured(terms: Sequence[Term]) -> bool:
    """Return whether every term is a free factor of contexts, alone or times one learnt factor of items."""
    contexts: set[str] = set()
    items: set[str] = set()
    for term in terms:
        free = [factor for factor in term if factor.form == "free"]
        others = [factor for factor in term if factor.form in ("identity", "low_rank", "radial")]
        if len(free) != 1 or len(others) > 1 or len(free) + len(others) < len(term):
            return False
        contexts.update(factor.column for factor in free)
        items.update(factor.column for factor in others)
    # Without a term that ties items to each other, nothing is of low rank.
    tied = any(factor.form != "identity" for term in terms for factor in term if factor.form != "free")
    return len(contexts) == len(items) == 1 and contexts != items and (tied or any(len(term) == 1 for term in terms))


def item_column(terms: Sequence[Term]) -> str:
    """Return the column of items of terms for which `is_structured` is true."""
    return next(factor.column for term in terms for factor in term if factor.form != "free")


class Features:
    """The features of terms for which `is_structured` is true.

    Args:
        terms: The terms.
        landmarks: (n_landmarks,) the items that stand for all in a radial factor.
    """

    def __init__(self, terms: Sequence[Term], landmarks: Ints) -> None:
        self.free = [next(factor for factor in term if factor.form == "free") for term in terms]
        self.others: list[FactorSpec | None] = [
            next((factor for factor in term if factor.form != "free"), None) for term in terms
        ]
        self.context = self.free[0].column
        self.item = item_column(terms)
        self.landmarks = landmarks

    def of(self, parameters: Parameters, n_items: int) -> list[Feature]:
        """Return the features of every term."""
        features = []
        for free, other in zip(self.free, self.others, strict=True):
            vectors, own = np.zeros((n_items + 1, 0)), np.zeros(n_items + 1)
            if other is None:
                vectors = np.ones((n_items + 1, 1))
            elif other.form == "identity":
                own += 1.0
            elif other.form == "low_rank":
                vectors = latent_vectors(parameters, other.column)
                own = vectors.shape[1] * latent_spread(parameters, other.column)
            else:
                vectors = self._nystrom(parameters, other)[0]
                own = 1 - np.square(vectors).sum(axis=1)
            features.append(Feature(parameters[free.name], vectors, own))
        return features

    def add_gradient(self, parameters: Parameters, slopes: Sequence[Feature], gradient: Parameters) -> None:
        """Add to the gradient in the parameters what follows from that in the features; latent vectors are points."""
        for free, other, slope in zip(self.free, self.others, slopes, strict=True):
            gradient[free.name] += np.tril(slope.root)
            if other is not None and other.form == "low_rank":
                gradient[latent_name(other.column)] += slope.vectors[:-1]
            elif other is not None and other.form == "radial":
                self._add_radial(parameters, other, slope, gradient)

    def _nystrom(self, parameters: Parameters, factor: FactorSpec) -> tuple[Doubles, Doubles, Doubles]:
        """Return features K_DJ L^−T, the similarities K_DJ of items and landmarks, and L with LL' = K_JJ."""
        vectors, spread = latent_vectors(parameters, factor.column), latent_spread(parameters, factor.column)
        steepness = np.exp(parameters[factor.name])
        widened = 1 + 2 * steepness * (spread[:, None] + spread[self.landmarks])
        distances = squared_distances(vectors)[:, self.landmarks]
        similar = np.exp(-steepness * distances / widened) * widened ** (-vectors.shape[1] / 2)
        similar[self.landmarks, np.arange(len(self.landmarks))] = 1.0
        root = np.linalg.cholesky(similar[self.landmarks] + _JITTER * np.eye(len(self.landmarks)))
        return solve_triangular(root, similar.T, lower=True).T, similar, root

    def _add_radial(self, parameters: Parameters, factor: FactorSpec, slope: Feature, gradient: Parameters) -> None:
        features, similar, root = self._nystrom(parameters, factor)
        in_features = slope.vectors - 2 * slope.own[:, None] * features
        in_similar = solve_triangular(root, in_features.T, lower=True, trans=1).T
        # Through the Cholesky factor of the landmarks (Murray 2016, "Differentiation of the Cholesky decomposition").
        in_root = np.tril(-in_similar.T @ features)
        middle = np.tril(root.T @ in_root)
        middle[np.diag_indices_from(middle)] /= 2
        half = solve_triangular(root, solve_triangular(root, middle.T, lower=True, trans=1).T, lower=True, trans=1)
        in_similar[self.landmarks] += (half + half.T) / 2
        # An unseen item has no vector of its own that could be learnt.
        in_similar[-1] = 0
        vectors = latent_vectors(parameters, factor.column)
        inner = -np.exp(parameters[factor.name]) * in_similar * similar
        gradient[factor.name] += (inner * squared_distances(vectors)[:, self.landmarks]).sum()
        at_landmarks = vectors[self.landmarks]
        change = 2 * (inner.sum(axis=1)[:, None] * vectors - inner @ at_landmarks)
        change[self.landmarks] += 2 * (inner.sum(axis=0)[:, None] * at_landmarks - inner.T @ vectors)
        gradient[latent_name(factor.column)] += change[:-1]


def landmarks_of(vectors: Doubles, n_landmarks: int) -> Ints:
    """Return items that are far from each other: the next is always the one farthest from those before it."""
    chosen = [int(np.square(vectors).sum(axis=1).argmax())]
    nearest = np.square(vectors - vectors[chosen[0]]).sum(axis=1)
    while len(chosen) < n_landmarks:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.square(vectors - vectors[chosen[-1]]).sum(axis=1))
        nearest[chosen] = -1
    return np.sort(np.array(chosen, dtype=np.intp))


def n_landmarks(terms: Sequence[Term], n_contexts: int, n_items: int) -> int:
    """Return how many landmarks the radial factors of terms have, so that a row has not too many features."""
    others = [factor for term in terms for factor in term]
    linear = sum(factor.rank for factor in others) + sum(len(term) == 1 for term in terms)
    n_radial = max(1, sum(factor.form == "radial" for factor in others))
    room = (MOST_FEATURES // n_contexts - linear) // n_radial
    return min(n_items, MOST_LANDMARKS, max(room, 1))
