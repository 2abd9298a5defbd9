"""The kernel of training rows, whole or by landmarks, and its decompositions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, Ints
from kit.gaps import has_gaps, target_parts
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.landmarks import Landmarks
from kit.models.kernels.path import KernelPath, LandmarkPath, WholePath


@dataclass(frozen=True)
class Part:
    """Outputs that the same rows measured.

    Attributes:
        path: The decomposition of these rows.
        Y: (n_measured, n_alike) what they measured.
        rows: Their places among all rows.
        outputs: The places of the outputs.
        kept: The places, among the kept rows, of those that the path has coefficients for.
    """

    path: KernelPath
    Y: Floats
    rows: Ints
    outputs: Ints
    kept: Ints


@dataclass(frozen=True)
class Solved:
    """The solution of a Gaussian process for outputs that the same rows measured.

    Attributes:
        kept: The places, among the kept rows, of those that have coefficients.
        dual: (n_having, n_alike) the coefficients.
        precision: (n_having, n_having) P: of the variance of a row with the kernel k, k'Pk is explained.
        quadratic: (n_alike,) y'(K + noise·W⁻¹)⁻¹y of every output.
    """

    kept: Ints
    dual: Doubles
    precision: Doubles
    quadratic: Doubles


class KernelRows:
    """The kernel of training rows, of which decompositions are made: the whole matrix, or Nyström's approximation.

    Args:
        kernel: The fitted kernel.
        X: (n_rows, n_features) the training rows.
        weights: (n_rows,) their positive weights.
        landmarks: The rows that stand for all; None for the whole matrix.

    Attributes:
        kept: (n_kept, n_features) the rows with which new ones are compared.
    """

    def __init__(self, kernel: Kernel, X: Floats, weights: Doubles, landmarks: Landmarks | None) -> None:
        self._kernel, self._X, self._weights, self._landmarks = kernel, X, weights, landmarks
        self._K = kernel.matrix(X) if landmarks is None else None
        self.kept = X if landmarks is None else landmarks.rows

    @property
    def scale(self) -> float:
        """Mean kernel of a row with itself, times its weight; 1 where it is 0."""
        diagonal = self._kernel.diagonal(self._X) if self._K is None else np.diagonal(self._K)
        return float(np.mean(diagonal * self._weights)) or 1.0

    def path(self, intercept: bool, rows: Ints | None = None) -> KernelPath:
        """Return the decomposition of some rows, or of all; with an unpenalised intercept or without."""
        weights = self._weights if rows is None else self._weights[rows]
        if self._landmarks is not None:
            X = self._X if rows is None else self._X[rows]
            return LandmarkPath.of(self._kernel, X, self._landmarks, weights, intercept)
        assert self._K is not None
        return WholePath.of(self._K if rows is None else self._K[np.ix_(rows, rows)], weights, intercept)

    def parts(self, Y: Floats, intercept: bool, of_all: KernelPath | None = None) -> Iterator[Part]:
        """Yield the decompositions for the (n_rows, n_outputs) outputs, one for all that lack the same rows.

        Args:
            Y: The outputs, NaN in gaps.
            intercept: Whether there is an intercept.
            of_all: The decomposition of all rows, where it is there.
        """
        everything = np.arange(len(self.kept))
        if not has_gaps(Y):
            path = self.path(intercept) if of_all is None else of_all
            yield Part(path, Y, np.arange(len(Y)), np.arange(Y.shape[1]), everything)
            return
        for rows, outputs in target_parts(Y):
            kept = rows if self._landmarks is None else everything
            yield Part(self.path(intercept, rows), Y[np.ix_(rows, outputs)], rows, outputs, kept)

    def solve(self, rows: Ints, residual: Doubles, noise: float) -> Solved:
        """Solve for outputs that some rows measured, at one noise.

        Args:
            rows: The rows.
            residual: (n_measured, n_alike) what they measured, without the prior means.
            noise: The variance of the noise of a row of weight 1.
        """
        if self._K is not None:
            covariance = self._K[np.ix_(rows, rows)] + np.diag(noise / self._weights[rows])
            inverse = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
            dual = inverse @ residual
            return Solved(rows, dual, inverse, np.einsum("ij,ij->j", dual, residual))
        path = self.path(False, rows)
        _, products, total = path.project(residual, np.zeros(residual.shape[1]))
        share = path.eigenvalues / (path.eigenvalues + noise)
        scaled = path.back / (path.eigenvalues + noise)
        quadratic = (total - np.einsum("ij,ij,i->j", products, products, share)) / noise
        return Solved(np.arange(len(self.kept)), scaled @ products, scaled @ path.back.T, quadratic)
