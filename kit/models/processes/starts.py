"""Where a fit begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.models.processes.covariance import Covariance
from kit.models.processes.factors import Fixed, Parameters, Radial, latent_name, spread_name
from kit.models.processes.likelihood import NOISE, ROW_NOISE, compound_symmetric
from kit.models.processes.row_keys import RowKeys
from kit.models.processes.terms import Form, Term, ranks

NOISE_VARIANCE = 0.6
"""Where the noise variance begins, relative to a mean variance of 1."""

_POOR_WEIGHT = 0.3
"""Weight of a poorly covered context's rows in the mean of a level, from which its latent vector begins."""

_JITTER = 0.01
"""Deviation that latent vectors are given at random, relative to their length."""


def start_of(term: Term) -> tuple[float, float]:
    """Return the variance with which a term begins, and the correlation of its free factors."""
    forms: set[Form] = {spec.form for spec in term}
    if "low_rank" in forms:
        return 0.3, 0.7
    if forms & {"radial", "kernel"}:
        return 0.1, 0.7
    return (0.05, 0.5) if "identity" in forms else (0.08, 0.3)


def free_correlations(terms: Sequence[Term]) -> dict[str, float]:
    """Return the correlation with which each free factor begins, by its name; its prior has the same."""
    return {spec.name: start_of(term)[1] for term in terms for spec in term if spec.form == "free"}


def start_parameters(
    terms: Sequence[Term],
    covariance: Covariance,
    rows: RowKeys,
    n_levels: dict[str, int],
    n_contexts: int,
    products: Callable[[csr_matrix, Doubles], Doubles],
    weights: Doubles,
    coverage: Doubles,
    rng: np.random.Generator,
) -> Parameters:
    """Return the parameters before the first step.

    Args:
        terms: What the recipe wrote.
        covariance: The same as factors.
        rows: The training rows.
        n_levels: The number of levels of every column of categories.
        n_contexts: The number of contexts, each with its noise.
        products: Returns the mean products of levels' mean rows; see `products_of_levels`.
        weights: (n_rows,) weights of rows, 1 at most.
        coverage: (n_rows,) weights of their contexts in the means of levels, from which latent vectors begin.
        rng: Source of the jitter.
    """
    parameters: Parameters = {
        NOISE: np.full(n_contexts, np.log(NOISE_VARIANCE)),
        ROW_NOISE: np.zeros(len(rows)),
    }
    for number, term in enumerate(terms):
        variance, correlation = start_of(term)
        free = [spec for spec in term if spec.form == "free"]
        for spec in free:
            shape = compound_symmetric(n_levels[spec.column], variance ** (1 / len(free)), correlation)
            parameters[spec.name] = np.linalg.cholesky(shape).astype(np.float64)
        if not free:
            parameters[f"terms.{number}"] = np.array(np.log(variance))
    for factors in covariance.terms:
        for factor in factors:
            if isinstance(factor, Radial) or (isinstance(factor, Fixed) and factor.learns_width):
                parameters[factor.name] = np.array(0.0)
    for column, rank in ranks(terms).items():
        index = rows.index[column]
        # A level of less than a row counts, and varies, less.
        counts = np.minimum(np.bincount(index, weights, n_levels[column]), 1)
        member = csr_matrix((weights * coverage, (index, np.arange(len(rows)))), shape=(n_levels[column], len(rows)))
        parameters[latent_name(column)] = _vectors(products(member, counts), counts, rank, rng)
        parameters[spread_name(column)] = np.zeros(n_levels[column] + 1)
    return parameters


def context_weights(contexts: Ints, covered: np.ndarray) -> Doubles:
    """Return the (n_rows,) weights of rows in the means of levels: 1 in a well-covered context, else 0.3."""
    return np.where(covered[contexts], 1.0, _POOR_WEIGHT)


def products_of_levels(member: csr_matrix, counts: Doubles, S: Doubles) -> Doubles:
    """Return the (n_levels, n_levels) mean products of levels' mean rows, less the mean of all levels.

    Args:
        member: (n_levels, n_rows) weights of rows in the means of levels.
        counts: (n_levels,) how much each level counts.
        S: (n_rows, n_rows) mean products of rows.
    """
    means = _centred((member / member.sum(axis=1)).toarray(), counts)
    return means @ S @ means.T


def products_of_level_targets(member: csr_matrix, counts: Doubles, Y: Floats) -> Doubles:
    """Return the same from the (n_rows, n_targets) targets."""
    means = csr_matrix(member / member.sum(axis=1))
    products = np.zeros((len(counts), len(counts)))
    for columns in blocks(*Y.shape[::-1]):
        part = _centred(means @ Y[:, columns].astype(np.float64), counts)
        products += part @ part.T / Y.shape[1]
    return products


def _centred(means: Doubles, counts: Doubles) -> Doubles:
    centred: Doubles = (means - counts @ means / counts.sum()) * np.sqrt(counts)[:, None]
    return centred


def _vectors(products: Doubles, counts: Doubles, rank: int, rng: np.random.Generator) -> Doubles:
    """Return the principal coordinates of levels, of mean squared length 1, with some jitter.

    Args:
        products: (n_levels, n_levels) what `products_of_levels` returns.
        counts: (n_levels,) how much each level counts.
        rank: The number of coordinates.
        rng: Source of the jitter.
    """
    eigenvalues, vectors = np.linalg.eigh(products)
    leading = np.argsort(-eigenvalues, kind="stable")[:rank]
    # The sign of an eigenvector is the library's whim.
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(vectors))])
    coordinates: Doubles = np.zeros((len(products), rank))
    coordinates[:, : len(leading)] = (vectors * signs)[:, leading] * np.sqrt(np.maximum(eigenvalues[leading], 0))
    length = np.sqrt(np.square(coordinates).sum() / counts.sum())
    if length > 0:
        coordinates /= length
    coordinates += rng.normal(size=coordinates.shape) * _JITTER / np.sqrt(rank)
    return coordinates
