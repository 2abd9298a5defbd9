"""Base class of models over a kernel: the kernel, its training rows, and prediction from dual coefficients."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.models.base import Model, check_fit_arrays
from kit.models.kernels.combined import require_kernel
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.pairwise import RBF
from kit.plugins import check_is_fitted, clone

# Single-thread CPU seconds, AMD EPYC, OpenBLAS, 200 to 1,500 rows (python -m benchmarks.kernels): one multiplication of
# a matrix product, one value of a kernel besides, n³ of a symmetric eigen-decomposition with its vectors.
SECONDS_PER_PRODUCT = 3.6e-11
SECONDS_PER_VALUE = 5e-9
SECONDS_PER_CUBE = 1.8e-10


class KernelModel(Model):
    """A model that reads its features through a kernel.

    Attributes:
        kernel_: The fitted kernel.
        rows_: (n_kept, n_features) float32 training rows with which new rows are compared.
        n_features_in_: The number of features.
    """

    default_kernel: ClassVar[type[Kernel]] = RBF

    kernel: Kernel | None
    blocks: dict[str, tuple[int, int]] | None

    def check_parameters(self) -> None:
        """Check the constructor's parameters, those of the kernel included.

        Raises:
            ParameterError: ``kernel`` is no kernel, or a parameter is out of range.
        """
        super().check_parameters()
        if self.kernel is not None:
            require_kernel(self.kernel, "kernel")

    def _fitted_kernel(self, X: Floats) -> Kernel:
        """Return a clone of the kernel, fitted on the training rows."""
        kernel: Kernel = self.default_kernel() if self.kernel is None else clone(self.kernel)
        return kernel.fit(X, self.blocks)

    def _kernel_seconds(self, n_rows: int, n_features: int) -> float:
        """Return a rough CPU time of the kernel matrix of the training rows."""
        return n_rows**2 * (SECONDS_PER_PRODUCT * n_features + SECONDS_PER_VALUE)


class DualModel(KernelModel):
    """A model whose prediction is k(x, rows) @ dual_coef + intercept.

    Attributes:
        kernel_: The fitted kernel.
        rows_: (n_kept, n_features) float32 training rows with which new rows are compared.
        dual_coef_: (n_kept, n_outputs) float64.
        intercept_: (n_outputs,) float64.
        n_features_in_: The number of features.
    """

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32, computed in float64 in blocks of rows and of outputs."""
        check_is_fitted(self, "dual_coef_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        predictions = np.empty((len(X), len(self.intercept_)), dtype=np.float32)
        for rows in blocks(len(X), len(self.rows_)):
            K = self.kernel_.matrix(X[rows], self.rows_)
            for columns in blocks(len(self.intercept_), len(K)):
                predictions[rows, columns] = K @ self.dual_coef_[:, columns] + self.intercept_[columns]
        return predictions


def weighted_rows(
    X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None, allow_nan: bool = False
) -> tuple[Floats, Floats, Doubles]:
    """Check what ``fit`` was given and return it without the rows of weight 0, with weights (1 where none are given).

    Raises:
        InputError: Shapes disagree, values are not finite, or a weight is negative.
    """
    X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan)
    if weights is None:
        return X, Y, np.ones(len(X))
    kept = weights > 0
    return (X, Y, weights) if kept.all() else (X[kept], Y[kept], weights[kept])
