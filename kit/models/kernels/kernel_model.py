"""Base class of models over a kernel: the kernel, its training rows, and prediction from dual coefficients."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.models.base import Model, check_fit_arrays
from kit.models.kernels.combined import require_kernel
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.kernel_rows import KernelRows
from kit.models.kernels.landmarks import POOL, Landmarks
from kit.models.kernels.pairwise import RBF
from kit.plugins import check_is_fitted, clone

# Single-thread CPU seconds, AMD EPYC, OpenBLAS, 200 to 1,500 rows (python -m benchmarks.kernels): one multiplication of
# a matrix product, one value of a kernel besides, n³ of a symmetric eigen-decomposition with its vectors.
SECONDS_PER_PRODUCT = 3.6e-11
SECONDS_PER_VALUE = 5e-9
SECONDS_PER_CUBE = 1.8e-10

BYTES_PER_VALUE = 8

Count = Annotated[int, Ge(1)]


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

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return roughly the bytes of the kernel matrix, and what is held beside it while it is made."""
        return 3 * BYTES_PER_VALUE * n_rows**2


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


class LandmarkModel(DualModel):
    """A model over a kernel that is taken whole or, with ``landmarks``, by a few rows that stand for all."""

    matrices: ClassVar[int] = 6
    """Matrices of the size of the kernel's that an eigen-decomposition holds at once: these, centred, LAPACK's."""

    landmarks: int | None
    random_state: int | None

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return roughly the bytes of the kernel's matrices, and of all coefficients."""
        n_kept = self._n_kept(n_rows)
        choice = 0 if n_kept == n_rows else min(n_rows, POOL * n_kept) * n_kept
        return BYTES_PER_VALUE * (self.matrices * n_kept**2 + choice + 3 * n_kept * n_outputs)

    @property
    def for_many_rows(self) -> str:
        """Landmarks."""
        return f"take landmarks (Nyström): {{kind: {self.kind}, params: {{landmarks: 1000, …}}}}"

    def _kernel_rows(self, kernel: Kernel, X: Floats, weights: Doubles) -> KernelRows:
        """Return the kernel of (n_rows, n_features) training rows with (n_rows,) weights."""
        chosen = None if self.landmarks is None else Landmarks.of(kernel, X, self.landmarks, self.random_state)
        return KernelRows(kernel, X, weights, chosen)

    def _n_kept(self, n_rows: int) -> int:
        return n_rows if self.landmarks is None else min(self.landmarks, n_rows)

    def _decomposition_seconds(self, n_rows: int, n_features: int, passes: int) -> float:
        """Return a rough CPU time of the kernel and of one decomposition.

        Args:
            n_rows: The number of training rows.
            n_features: The number of features.
            passes: How many times the rows are gone through, where the kernel is not kept.
        """
        n_kept = self._n_kept(n_rows)
        if n_kept == n_rows:
            return self._kernel_seconds(n_rows, n_features) + SECONDS_PER_CUBE * n_rows**3
        value = SECONDS_PER_PRODUCT * n_features + SECONDS_PER_VALUE
        of_rows = n_rows * n_kept * (passes * (value + SECONDS_PER_PRODUCT * n_kept) + SECONDS_PER_PRODUCT * n_kept)
        of_choice = min(n_rows, POOL * n_kept) * n_kept * (value + SECONDS_PER_PRODUCT * n_kept)
        return of_rows + of_choice + 2 * SECONDS_PER_CUBE * n_kept**3


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
