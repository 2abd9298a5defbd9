"""Kernels made of two kernels, each on feature blocks of its own."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from annotated_types import Gt
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Ints
from kit.errors import ParameterError
from kit.models.kernels.kernel import KERNELS, Kernel, Layout
from kit.plugins import PluginOf, check_is_fitted, clone


class CombinedKernel(Kernel):
    """Two kernels of the same rows, put together value by value.

    Attributes:
        left_: The fitted clone of ``left``.
        right_: The fitted clone of ``right``.
    """

    left: Kernel
    right: Kernel

    def check_parameters(self) -> None:
        """Check the constructor's parameters, the kernels inside included.

        Raises:
            ParameterError: A side is no kernel, or a parameter is out of range.
        """
        super().check_parameters()
        for name in ("left", "right"):
            require_kernel(getattr(self, name), f"{self.kind}: {name}")

    def fit(self, X: ArrayLike, layout: Layout | None = None) -> Self:
        """Fit a clone of each side on (n_rows, n_features) training features."""
        self.check_parameters()
        self.left_: Kernel = clone(self.left).fit(X, layout)
        self.right_: Kernel = clone(self.right).fit(X, layout)
        return self

    def matrix(self, X: ArrayLike, Z: ArrayLike | None = None) -> Doubles:
        """Return the (n_rows, m_rows) float64 kernel of the rows of X with those of Z (None: of X itself)."""
        check_is_fitted(self, "left_")
        return self._combine(self.left_.matrix(X, Z), self.right_.matrix(X, Z))

    def diagonal(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows,) float64 kernel of every row with itself."""
        check_is_fitted(self, "left_")
        return self._combine(self.left_.diagonal(X), self.right_.diagonal(X))

    def columns(self) -> Ints:
        """Return the columns of X that one of the two reads, ascending."""
        check_is_fitted(self, "left_")
        return np.union1d(self.left_.columns(), self.right_.columns())

    @property
    def has_gamma(self) -> bool:  # type: ignore[override]
        """Whether one of the two has a gamma."""
        return self.left.has_gamma or self.right.has_gamma

    def scale_gamma(self, factor: float) -> None:
        """Multiply the gammas of both."""
        self.left_.scale_gamma(factor)
        self.right_.scale_gamma(factor)

    @abstractmethod
    def _combine(self, left: Doubles, right: Doubles) -> Doubles:
        """Return the combination of two arrays of the same shape."""


@KERNELS.register("product")
@dataclass(eq=False, repr=False)
class Product(CombinedKernel):
    """Product of two kernels: rows are alike where both say so, such as in cell type and in compound.

    A function of both together can be learnt with it: an effect of a compound that differs from cell type to cell type.

    Args:
        left: A kernel.
        right: Another one, usually on other feature blocks.

    Attributes:
        left_: The fitted clone of ``left``.
        right_: The fitted clone of ``right``.
    """

    left: Annotated[Kernel, PluginOf("kernel")]
    right: Annotated[Kernel, PluginOf("kernel")]

    def _combine(self, left: Doubles, right: Doubles) -> Doubles:
        return left * right


@KERNELS.register("sum")
@dataclass(eq=False, repr=False)
class Sum(CombinedKernel):
    """Weighted sum of two kernels: a function of the left features plus a function of the right ones.

    Args:
        left: A kernel.
        right: Another one, usually on other feature blocks.
        left_weight: Factor of the left one.
        right_weight: Factor of the right one.

    Attributes:
        left_: The fitted clone of ``left``.
        right_: The fitted clone of ``right``.
    """

    left: Annotated[Kernel, PluginOf("kernel")]
    right: Annotated[Kernel, PluginOf("kernel")]
    left_weight: Annotated[float, Gt(0)] = 1.0
    right_weight: Annotated[float, Gt(0)] = 1.0

    def _combine(self, left: Doubles, right: Doubles) -> Doubles:
        return self.left_weight * left + self.right_weight * right


def require_kernel(value: object, name: str) -> None:
    """Check that a parameter holds a kernel whose own parameters are right.

    Raises:
        ParameterError: It does not.
    """
    if not isinstance(value, Kernel):
        raise ParameterError(f"{name} must be a kernel, such as RBF(), got {type(value).__name__}")
    value.check_parameters()
