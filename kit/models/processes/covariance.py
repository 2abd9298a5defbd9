"""The covariance of the signal: a sum of terms, each a product of factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from kit.arrays import Doubles
from kit.models.kernels.kernel import Kernel
from kit.models.processes.factors import Factor, Fixed, Free, LowRank, Pair, Parameters, make_factor
from kit.models.processes.row_keys import RowKeys
from kit.models.processes.terms import Term


@dataclass(frozen=True)
class Parts:
    """The covariance of rows with others, with what it is made of.

    Attributes:
        total: (n_rows, n_others) the sum of all terms.
        factors: For each term, the matrix of each of its factors.
    """

    total: Doubles
    factors: list[list[Doubles]]


class Covariance:
    """A sum of products of factors; a term without a free factor has a variance of its own.

    Args:
        terms: What the recipe wrote.
        kernels: The fitted kernels of its kernel factors, by the factors' names.
    """

    def __init__(self, terms: Sequence[Term], kernels: Mapping[str, Kernel]) -> None:
        self.terms = [[make_factor(spec, kernels) for spec in term] for term in terms]
        self.scales = [
            None if any(isinstance(factor, Free) for factor in term) else f"terms.{number}"
            for number, term in enumerate(self.terms)
        ]

    def pair(self, rows: RowKeys, others: RowKeys) -> Pair:
        """Compare rows with others."""
        fixed = [factor for term in self.terms for factor in term if isinstance(factor, Fixed)]
        return Pair(rows, others, {factor.name: factor.kernel.matrix(rows.X, others.X) for factor in fixed})

    def parts(self, parameters: Parameters, pair: Pair) -> Parts:
        """Return the covariance of rows with training rows."""
        total, factors = np.zeros((len(pair.rows), len(pair.others))), []
        for number, term in enumerate(self.terms):
            matrices = [factor.matrix(parameters, pair) for factor in term]
            product = reduce(np.multiply, matrices)
            total += product if self.scales[number] is None else self._scale(parameters, number) * product
            factors.append(matrices)
        return Parts(total, factors)

    def diagonal(self, parameters: Parameters, rows: RowKeys) -> Doubles:
        """Return the (n_rows,) variance of every row's signal."""
        total = np.zeros(len(rows))
        for number, term in enumerate(self.terms):
            total += self._scale(parameters, number) * np.prod(
                [factor.diagonal(parameters, rows) for factor in term], axis=0
            )
        return total

    def gradient(self, parameters: Parameters, rows: RowKeys, parts: Parts, slope: Doubles) -> Parameters:
        """Return the gradient in all parameters of the signal; those of the noise are 0 in it.

        Args:
            parameters: Where it is taken.
            rows: The training rows.
            parts: What `parts` returns for them.
            slope: (n_rows, n_rows) symmetric derivative in every entry of ``parts.total``.
        """
        gradient = {name: np.zeros_like(value) for name, value in parameters.items()}
        for number, (term, matrices) in enumerate(zip(self.terms, parts.factors, strict=True)):
            name = self.scales[number]
            scaled = slope if name is None else self._scale(parameters, number) * slope
            for place, factor in enumerate(term):
                others = reduce(np.multiply, matrices[:place] + matrices[place + 1 :], scaled)
                factor.add_gradient(parameters, rows, matrices[place], others, gradient)
            if name is not None:
                gradient[name] += np.vdot(scaled, reduce(np.multiply, matrices))
        return gradient

    def beside_latent(self, parameters: Parameters, column: str, parts: Parts) -> list[Doubles]:
        """Return, for each term with latent vectors of a column, the product of what else is in it."""
        products = []
        for number, (term, matrices) in enumerate(zip(self.terms, parts.factors, strict=True)):
            kept = [matrix for factor, matrix in zip(term, matrices, strict=True) if not _is_latent(factor, column)]
            if len(kept) < len(matrices):
                products.append(reduce(np.multiply, kept, np.full_like(parts.total, self._scale(parameters, number))))
        return products

    def _scale(self, parameters: Parameters, number: int) -> float:
        name = self.scales[number]
        return 1.0 if name is None else float(np.exp(parameters[name]))


def _is_latent(factor: Factor, column: str) -> bool:
    return isinstance(factor, LowRank) and factor.column == column
