"""Kernels of two rows of features: radial, linear, polynomial, Tanimoto, cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, MinLen

from kit.arrays import Doubles, Floats
from kit.errors import InputError
from kit.models.kernels.kernel import KERNELS, BlockKernel, squared_norms
from kit.plugins import NameOf

Blocks = Annotated[Annotated[list[str], MinLen(1)] | None, NameOf("block")]
Gamma = Annotated[float, Gt(0)]

_MEDIAN_ROWS = 2000
"""Rows whose distances the median is taken of: two million pairs."""


@KERNELS.register("rbf")
@dataclass(eq=False, repr=False)
class RBF(BlockKernel):
    """Radial kernel exp(−gamma·‖x − z‖²): rows near each other are alike, far ones have nothing in common.

    Args:
        gamma: One over a squared distance; or "scale", 1 / (n_features · variance of all feature values), as in
            scikit-learn; or "median", 1 / median of ‖x − z‖² over pairs of training rows that differ (of at most 2,000
            rows, evenly spaced), so that rows at the median distance have the similarity 1/e.
        blocks: The feature blocks that it reads; None for all.

    Attributes:
        gamma_: The gamma in use.
        columns_: (n_read,) the columns of X that it reads.
        n_features_in_: The number of columns of X.
    """

    has_gamma: ClassVar[bool] = True

    gamma: Gamma | Literal["scale", "median"] = "scale"
    blocks: Blocks = None

    def scale_gamma(self, factor: float) -> None:
        """Multiply ``gamma_``."""
        self.gamma_ *= factor

    def _learn(self, X: Floats) -> None:
        if self.gamma == "median":
            self.gamma_ = _median_gamma(X)
        else:
            self.gamma_ = _gamma(self.gamma, X)

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        found = _squared_distances(A, B)
        found *= -self.gamma_
        return np.exp(found, out=found)

    def _diagonal(self, squares: Doubles) -> Doubles:
        return np.ones_like(squares)


@KERNELS.register("linear")
@dataclass(eq=False, repr=False)
class Linear(BlockKernel):
    """Linear kernel ⟨x, z⟩: kernel ridge with it is ridge.

    Args:
        blocks: The feature blocks that it reads; None for all.

    Attributes:
        columns_: (n_read,) the columns of X that it reads.
        n_features_in_: The number of columns of X.
    """

    blocks: Blocks = None

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        return A @ B.T

    def _diagonal(self, squares: Doubles) -> Doubles:
        return squares


@KERNELS.register("polynomial")
@dataclass(eq=False, repr=False)
class Polynomial(BlockKernel):
    """Polynomial kernel (gamma·⟨x, z⟩ + coef0)^degree: products of up to ``degree`` features.

    Args:
        degree: The greatest number of features in a product.
        coef0: Weight of the products of fewer features, at least 0; with 0 there are none of them.
        gamma: Factor of the inner product; "scale" for 1 / (n_features · variance of all feature values).
        blocks: The feature blocks that it reads; None for all.

    Attributes:
        gamma_: The gamma in use.
        columns_: (n_read,) the columns of X that it reads.
        n_features_in_: The number of columns of X.
    """

    has_gamma: ClassVar[bool] = True

    degree: Annotated[int, Ge(1)] = 2
    coef0: Annotated[float, Ge(0)] = 1.0
    gamma: Gamma | Literal["scale"] = "scale"
    blocks: Blocks = None

    def scale_gamma(self, factor: float) -> None:
        """Multiply ``gamma_``."""
        self.gamma_ *= factor

    def _learn(self, X: Floats) -> None:
        self.gamma_ = _gamma(self.gamma, X)

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        return (self.gamma_ * (A @ B.T) + self.coef0) ** self.degree

    def _diagonal(self, squares: Doubles) -> Doubles:
        return (self.gamma_ * squares + self.coef0) ** self.degree


@KERNELS.register("tanimoto")
@dataclass(eq=False, repr=False)
class Tanimoto(BlockKernel):
    """Tanimoto kernel ⟨x, z⟩ / (‖x‖² + ‖z‖² − ⟨x, z⟩) of fingerprints: bits or counts.

    Of bits it is the number set in both over the number set in either (Jaccard's index). It is a kernel: Ralaivola et
    al., Graph kernels for chemical informatics, Neural Networks 18 (2005). Two rows without any bit are alike (1).

    Args:
        blocks: The feature blocks that it reads; None for all. Their values must not be negative.

    Attributes:
        columns_: (n_read,) the columns of X that it reads.
        n_features_in_: The number of columns of X.
    """

    blocks: Blocks = None

    def _check(self, X: Floats) -> None:
        if (X < 0).any():
            row, column = np.argwhere(X < 0)[0]
            raise InputError(
                f"kernel tanimoto: {X[row, column]} at row {row}, column {self.columns_[column]}; it compares bits or "
                "counts, which are not negative: name the blocks of fingerprints in its blocks, or use cosine"
            )

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        common = A @ B.T
        either = squared_norms(A)[:, None] + squared_norms(B) - common
        empty = either <= 0
        either[empty] = 1.0
        common[empty] = 1.0
        return np.divide(common, either, out=common)

    def _diagonal(self, squares: Doubles) -> Doubles:
        return np.ones_like(squares)


@KERNELS.register("cosine")
@dataclass(eq=False, repr=False)
class Cosine(BlockKernel):
    """Cosine of the angle between two rows, ⟨x, z⟩ / (‖x‖·‖z‖); a row of zeros is like nothing (0).

    Args:
        blocks: The feature blocks that it reads; None for all.

    Attributes:
        columns_: (n_read,) the columns of X that it reads.
        n_features_in_: The number of columns of X.
    """

    blocks: Blocks = None

    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        return (A @ B.T) / np.outer(_lengths(A), _lengths(B))

    def _diagonal(self, squares: Doubles) -> Doubles:
        return (squares > 0).astype(np.float64)


def _lengths(rows: Doubles) -> Doubles:
    """Return the norms of rows, 1 for a row of zeros."""
    lengths = np.sqrt(squared_norms(rows))
    lengths[lengths == 0] = 1.0
    return lengths


def _gamma(given: float | str, X: Floats) -> float:
    if given != "scale":
        return float(given)
    variance = float(X.var(dtype=np.float64)) if X.size else 0.0
    return 1 / (X.shape[1] * variance) if variance > 0 else 1.0


def _median_gamma(X: Floats) -> float:
    """Return one over the median squared distance of rows that differ; 1 where all are the same."""
    chosen = X if len(X) <= _MEDIAN_ROWS else X[np.linspace(0, len(X) - 1, _MEDIAN_ROWS).astype(np.intp)]
    wide = chosen.astype(np.float64)
    distances = _squared_distances(wide, wide)[np.triu_indices(len(wide), 1)]
    # Equal rows are at a distance of rounding.
    apart = distances[distances > 1e-12 * squared_norms(wide).max(initial=0.0)]
    return 1 / float(np.median(apart)) if len(apart) else 1.0


def _squared_distances(A: Doubles, B: Doubles) -> Doubles:
    found = A @ B.T
    found *= -2
    found += squared_norms(A)[:, None]
    found += squared_norms(B)
    return np.maximum(found, 0, out=found)
