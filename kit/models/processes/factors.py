"""The factors of a term: their matrices between rows, and the gradients of what is learnt of them.

Every factor is positive semi-definite, and so are products and sums of them. Parameters live in one dict, by name, so
that factors can share some: `Radial` reads the latent vectors of `LowRank`.

What a training row never had is integrated out. A level drawn at random stands for an unseen one of a `Free` factor; an
unseen latent vector is drawn from its prior, z ~ N(0, s²I).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from kit.arrays import Doubles
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.pairwise import RBF
from kit.models.processes.row_keys import RowKeys
from kit.models.processes.terms import FactorSpec, Term, factors

Parameters = dict[str, Doubles]
"""Everything that is learnt, by name, float64; numbers are arrays without dimensions."""


@dataclass(frozen=True)
class Pair:
    """Rows and the rows that they are compared with.

    Attributes:
        rows: The rows.
        others: The training rows, or the rows themselves.
        kernels: The (n_rows, n_others) matrix of each factor's kernel, by the factor's name.
    """

    rows: RowKeys
    others: RowKeys
    kernels: Mapping[str, Doubles] = field(default_factory=dict)


class Factor(ABC):
    """A factor, between the levels of one column."""

    def __init__(self, spec: FactorSpec) -> None:
        self.name = spec.name
        self.column = spec.column

    @abstractmethod
    def matrix(self, parameters: Parameters, pair: Pair) -> Doubles:
        """Return the (n_rows, n_others) matrix; ``others`` are training rows."""

    @abstractmethod
    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Return the (n_rows,) value of every row with itself."""

    @abstractmethod
    def add_gradient(
        self, parameters: Parameters, rows: RowKeys, value: Doubles, slope: Doubles, gradient: Parameters
    ) -> None:
        """Add the gradient in the factor's own parameters to ``gradient``.

        Args:
            parameters: Where the gradient is taken; latent vectors are points here (`latent_spread` 0).
            rows: The training rows.
            value: (n_rows, n_rows) what `matrix` returns for them.
            slope: (n_rows, n_rows) symmetric derivative in every entry of ``value``.
            gradient: What the gradient is added to, by name.
        """


class Free(Factor):
    """Any positive semi-definite matrix between the levels, L L' with a lower triangular L."""

    def matrix(self, parameters: Parameters, pair: Pair) -> Doubles:
        """Look up the levels' covariance."""
        return between_rows(self.levels(parameters), pair, self.column)

    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Look up the levels' variance."""
        return np.diagonal(self.levels(parameters))[rows.index[self.column]]

    def add_gradient(
        self, parameters: Parameters, rows: RowKeys, value: Doubles, slope: Doubles, gradient: Parameters
    ) -> None:
        """Add the gradient in L."""
        root = parameters[self.name]
        gradient[self.name] += np.tril(2 * between_levels(slope, rows, self.column, len(root)) @ root)

    def levels(self, parameters: Parameters) -> Doubles:
        """Return the (n_levels + 1, n_levels + 1) matrix; the last level is one drawn at random."""
        root = parameters[self.name]
        n_levels = len(root)
        full = np.empty((n_levels + 1, n_levels + 1))
        full[:-1, :-1] = root @ root.T
        full[-1, :-1] = full[:-1, -1] = full[:-1, :-1].mean(axis=0)
        full[-1, -1] = np.diagonal(full)[:-1].mean()
        return full


class Identity(Factor):
    """One for rows of the same level, else 0; unseen levels are like nothing."""

    def matrix(self, parameters: Parameters, pair: Pair) -> Doubles:
        """Compare levels."""
        return same_level(pair, self.column).astype(np.float64)

    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Return ones."""
        return np.ones(len(rows))

    def add_gradient(
        self, parameters: Parameters, rows: RowKeys, value: Doubles, slope: Doubles, gradient: Parameters
    ) -> None:
        """Add nothing: there is nothing to learn."""


class LowRank(Factor):
    """The inner product of the levels' latent vectors, in expectation over what is not known of them."""

    def matrix(self, parameters: Parameters, pair: Pair) -> Doubles:
        """Return the expected inner products."""
        vectors = latent_vectors(parameters, self.column)
        products = vectors @ vectors.T
        # A level with itself: E‖z‖² = ‖mean‖² + K·spread.
        products[np.diag_indices_from(products)] += vectors.shape[1] * latent_spread(parameters, self.column)
        products[-1] = products[:, -1] = 0.0
        return between_rows(products, pair, self.column)

    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Return the expected squared lengths."""
        vectors = latent_vectors(parameters, self.column)
        squares = np.einsum("ij,ij->i", vectors, vectors) + vectors.shape[1] * latent_spread(parameters, self.column)
        lengths: Doubles = squares[rows.index[self.column]]
        return lengths

    def add_gradient(
        self, parameters: Parameters, rows: RowKeys, value: Doubles, slope: Doubles, gradient: Parameters
    ) -> None:
        """Add the gradient in the latent vectors."""
        vectors = parameters[latent_name(self.column)]
        inner = between_levels(slope, rows, self.column, len(vectors))
        gradient[latent_name(self.column)] += 2 * (inner @ vectors)


class Radial(Factor):
    """The radial kernel exp(−ℓ‖z − z'‖²) of latent vectors, in expectation over what is not known of them.

    For independent z ~ N(a, vI) and z' ~ N(b, v'I) of length K it is c^(−K/2)·exp(−ℓ‖a − b‖²/c), c = 1 + 2ℓ(v + v').
    """

    def matrix(self, parameters: Parameters, pair: Pair) -> Doubles:
        """Return the expected similarities."""
        vectors, spread = latent_vectors(parameters, self.column), latent_spread(parameters, self.column)
        steepness = np.exp(parameters[self.name])
        widened = 1 + 2 * steepness * (spread[:, None] + spread)
        values = np.exp(-steepness * squared_distances(vectors) / widened) * widened ** (-vectors.shape[1] / 2)
        values[np.diag_indices_from(values)] = 1.0
        return between_rows(values, pair, self.column)

    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Return ones."""
        return np.ones(len(rows))

    def add_gradient(
        self, parameters: Parameters, rows: RowKeys, value: Doubles, slope: Doubles, gradient: Parameters
    ) -> None:
        """Add the gradients in the log of ℓ and in the latent vectors."""
        vectors = parameters[latent_name(self.column)]
        # In the squared distances of the levels.
        inner = -np.exp(parameters[self.name]) * between_levels(slope * value, rows, self.column, len(vectors))
        gradient[self.name] += (inner * squared_distances(vectors)).sum()
        gradient[latent_name(self.column)] += 4 * (inner.sum(axis=1)[:, None] * vectors - inner @ vectors)


class Fixed(Factor):
    """A kernel of features. A radial one is taken to a learnt power, which is a learnt width."""

    def __init__(self, spec: FactorSpec, kernel: Kernel) -> None:
        super().__init__(spec)
        self.kernel = kernel
        self.learns_width = isinstance(kernel, RBF)

    def matrix(self, parameters: Parameters, pair: Pair) -> Doubles:
        """Return the kernel, a learnt power of it where it is radial."""
        values = pair.kernels[self.name]
        return values ** np.exp(parameters[self.name]) if self.learns_width else values

    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Return the kernel's diagonal."""
        return self.kernel.diagonal(rows.X)

    def add_gradient(
        self, parameters: Parameters, rows: RowKeys, value: Doubles, slope: Doubles, gradient: Parameters
    ) -> None:
        """Add the gradient in the log of the power."""
        if self.learns_width:
            # x log x → 0.
            gradient[self.name] += (slope * value * np.log(np.maximum(value, np.finfo(np.float64).tiny))).sum()


def make_factor(spec: FactorSpec, kernels: Mapping[str, Kernel]) -> Factor:
    """Return the factor of a specification.

    Args:
        spec: What the recipe wrote.
        kernels: The fitted kernels, by the factors' names.
    """
    if spec.form == "kernel":
        return Fixed(spec, kernels[spec.name])
    simple: dict[str, type[Factor]] = {"free": Free, "identity": Identity, "low_rank": LowRank, "radial": Radial}
    return simple[spec.form](spec)


def latent_name(column: str) -> str:
    """Return the name of the (n_levels, rank) latent vectors of a column among the parameters."""
    return f"latent.{column}"


def spread_name(column: str) -> str:
    """Return the name of the (n_levels + 1,) variances of latent vectors' numbers; the last is an unseen level's."""
    return f"spread.{column}"


def latent_vectors(parameters: Parameters, column: str) -> Doubles:
    """Return the (n_levels + 1, rank) means of the latent vectors; an unseen level's is 0."""
    vectors = parameters[latent_name(column)]
    return np.vstack([vectors, np.zeros((1, vectors.shape[1]))])


def latent_spread(parameters: Parameters, column: str) -> Doubles:
    """Return the (n_levels + 1,) variances of the latent vectors' numbers."""
    return parameters[spread_name(column)]


def describe_free(terms: Sequence[Term], parameters: Parameters) -> dict[str, dict[str, float]]:
    """Return the mean variance of each free factor, and the mean correlation of two categories, by its name."""
    found: dict[str, dict[str, float]] = {}
    for spec in factors(terms):
        if spec.form == "free":
            matrix = parameters[spec.name] @ parameters[spec.name].T
            deviations = np.sqrt(np.diagonal(matrix))
            pairs = (matrix / np.outer(deviations, deviations))[np.triu_indices_from(matrix, 1)]
            found[spec.name] = {"variance": float(np.diagonal(matrix).mean())}
            if len(pairs):
                found[spec.name]["correlation"] = float(pairs.mean())
    return found


def between_rows(values: Doubles, pair: Pair, column: str) -> Doubles:
    """Return the (n_rows, n_others) value of the rows' levels of a column.

    Args:
        values: (n_levels + 1, n_levels + 1) values of two levels.
        pair: The rows.
        column: The column.
    """
    # One axis after the other is several times faster than both at once by np.ix_.
    return values.take(pair.rows.index[column], axis=0).take(pair.others.index[column], axis=1)


def between_levels(values: Doubles, rows: RowKeys, column: str, n_levels: int) -> Doubles:
    """Return the (n_levels, n_levels) sums over the rows of two levels.

    Args:
        values: (n_rows, n_rows) values of two rows.
        rows: The training rows.
        column: The column with the levels.
        n_levels: How many there are.
    """
    n_rows = len(rows)
    member = csr_matrix((np.ones(n_rows), (rows.index[column], np.arange(n_rows))), shape=(n_levels, n_rows))
    sums: Doubles = (member @ (member @ values).T).T
    return sums


def same_level(pair: Pair, column: str) -> np.ndarray:
    """Return the (n_rows, n_others) truth of rows having the level of others; an unseen level is the same as none."""
    same: np.ndarray = pair.rows.index[column][:, None] == pair.others.index[column]
    return same


def squared_distances(vectors: Doubles) -> Doubles:
    """Return the squared distances between vectors."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    distances: Doubles = np.maximum(squares[:, None] + squares - 2 * (vectors @ vectors.T), 0)
    return distances
