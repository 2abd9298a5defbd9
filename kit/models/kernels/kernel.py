"""Base class of kernels, and the columns of the feature matrix that they read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.errors import InputError, did_you_mean
from kit.plugins import Plugin, Registry, check_is_fitted

KERNELS: Registry[Kernel] = Registry("kernel", "kit.kernels")

Layout = Mapping[str, tuple[int, int]]
"""First and past-the-end column of every feature block in a matrix, by the block's name."""


class Kernel(Plugin):
    """A similarity of rows that is an inner product in some space.

    So it is symmetric, and no matrix of it has a negative eigenvalue. `fit` learns what depends on the training rows
    (a width, the columns of the named blocks) and never sees targets.

    Attributes:
        has_gamma: Whether `scale_gamma` changes anything.
    """

    has_gamma: ClassVar[bool] = False

    @abstractmethod
    def fit(self, X: ArrayLike, layout: Layout | None = None) -> Self:
        """Learn from (n_rows, n_features) training features, whose blocks stand where ``layout`` says."""

    @abstractmethod
    def matrix(self, X: ArrayLike, Z: ArrayLike | None = None) -> Doubles:
        """Return the (n_rows, m_rows) float64 kernel of the rows of X with those of Z (None: of X itself)."""

    @abstractmethod
    def diagonal(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows,) float64 kernel of every row with itself."""

    @abstractmethod
    def columns(self) -> Ints:
        """Return the columns of X that the fitted kernel reads, ascending."""

    def scale_gamma(self, factor: float) -> None:
        """Multiply the fitted ``gamma_``, and those of the kernels inside; a kernel without one stays as it is."""


class BlockKernel(Kernel):
    """A kernel that reads the columns of some blocks side by side.

    Attributes:
        columns_: (n_read,) the columns of X that it reads, in the order of ``blocks``.
        n_features_in_: The number of columns of X.
    """

    blocks: list[str] | None

    def fit(self, X: ArrayLike, layout: Layout | None = None) -> Self:
        """Learn from (n_rows, n_features) training features, whose blocks stand where ``layout`` says.

        Raises:
            InputError: There is no block of a given name, or the features are not what the kernel is for.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        X = as_matrix(X, "X")
        self.n_features_in_ = X.shape[1]
        self.columns_ = block_columns(self.blocks, layout, X.shape[1], f"kernel {self.kind}")
        self._learn(self._read(X))
        return self

    def matrix(self, X: ArrayLike, Z: ArrayLike | None = None) -> Doubles:
        """Return the (n_rows, m_rows) float64 kernel of the rows of X with those of Z, computed in blocks of rows."""
        check_is_fitted(self, "columns_")
        left = self._read(as_matrix(X, "X", n_columns=self.n_features_in_))
        if Z is None:
            wide = left.astype(np.float64)
            return self._evaluate(wide, wide)
        right = self._read(as_matrix(Z, "Z", n_columns=self.n_features_in_)).astype(np.float64)
        found = np.empty((len(left), len(right)))
        for rows in blocks(len(left), max(left.shape[1], len(right))):
            found[rows] = self._evaluate(left[rows].astype(np.float64), right)
        return found

    def diagonal(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows,) float64 kernel of every row with itself."""
        check_is_fitted(self, "columns_")
        rows = self._read(as_matrix(X, "X", n_columns=self.n_features_in_)).astype(np.float64)
        return self._diagonal(squared_norms(rows))

    def columns(self) -> Ints:
        """Return the columns of X that the fitted kernel reads, ascending."""
        check_is_fitted(self, "columns_")
        return np.sort(self.columns_)

    def _read(self, X: Floats) -> Floats:
        part = X if len(self.columns_) == X.shape[1] and self.blocks is None else X[:, self.columns_]
        self._check(part)
        return part

    def _learn(self, X: Floats) -> None:
        """Set the fitted attributes from the columns that the kernel reads."""

    def _check(self, X: Floats) -> None:
        """Refuse values that the kernel is not defined for."""

    @abstractmethod
    def _evaluate(self, A: Doubles, B: Doubles) -> Doubles:
        """Return the (n_rows, m_rows) kernel of two matrices of the columns that it reads."""

    @abstractmethod
    def _diagonal(self, squares: Doubles) -> Doubles:
        """Return the kernel with itself of rows that have the given squared norms."""


def block_columns(names: Sequence[str] | None, layout: Layout | None, n_features: int, user: str) -> Ints:
    """Return the columns of the named blocks, in the order of the names; all columns for None.

    Args:
        names: Names of blocks.
        layout: Where they stand; None where the matrix is not divided.
        n_features: The number of columns of the matrix.
        user: What reads them, for messages.

    Raises:
        InputError: A block is unknown, is listed twice or ends beyond the matrix.
    """
    if names is None:
        return np.arange(n_features)
    if layout is None:
        raise InputError(
            f"{user}: it reads the feature blocks {', '.join(map(repr, names))}, but the model was not told where they "
            "stand; give the model blocks={name: (first column, past-the-end column)}, or the kernel no blocks"
        )
    found: list[Ints] = []
    for position, name in enumerate(names):
        if name not in layout:
            raise InputError(f"{user}: no feature block {name!r}{did_you_mean(name, layout) or ' (there are none)'}")
        if name in names[:position]:
            raise InputError(f"{user}: the feature block {name!r} is listed twice; name it once")
        first, end = layout[name]
        if not 0 <= first <= end <= n_features:
            raise InputError(f"{user}: the block {name!r} has columns {first} to {end}, the matrix has {n_features}")
        found.append(np.arange(first, end))
    return np.concatenate(found)


def squared_norms(rows: Doubles) -> Doubles:
    """Return the (n_rows,) squared Euclidean norms of rows."""
    norms: Doubles = np.einsum("ij,ij->i", rows, rows)
    return norms
