"""Least squares in a kernel's space for every penalty and every output, from one eigen-decomposition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.gaps import has_gaps, target_parts

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class KernelPath:
    """The decomposition from which the solutions for all penalties are computed.

    Minimises Σ w(y − f(x) − b)² + penalty·‖f‖² over functions f of the kernel's space, b unpenalised. With K the
    kernel matrix of the training rows, centred by their weighted mean in the kernel's space, and R = diag(√w), the
    eigen-decomposition RKR = U Λ U' gives f(x) = k(x, X) d with d = R U (Λ + penalty)⁻¹ U' R (Y − mean).
    d sums to 0, so the centring of k(x, ·) falls out of the prediction but for a constant, which goes into b.

    Attributes:
        weights: (n_rows,) positive weights.
        intercept: Whether there is a b.
        kernel_mean: (n_rows,) weighted mean of the kernel of each row with all; zeros without an intercept.
        eigenvalues: (rank,) Λ, the nonzero ones.
        vectors: (n_rows, rank) U.
    """

    weights: Doubles
    intercept: bool
    kernel_mean: Doubles
    eigenvalues: Doubles
    vectors: Doubles

    @classmethod
    def of(cls, K: Doubles, weights: Doubles, intercept: bool) -> KernelPath:
        """Decompose the (n_rows, n_rows) kernel matrix of the training rows."""
        share = weights / weights.sum()
        mean = K @ share if intercept else np.zeros(len(K))
        roots = np.sqrt(weights)
        centred = K - mean - mean[:, None] + share @ mean if intercept else K.copy()
        centred *= roots
        centred *= roots[:, None]
        values, vectors = np.linalg.eigh(centred)
        # Directions below rounding carry no information; kept, they would divide noise by a small penalty.
        kept = values > np.abs(np.diagonal(K) * weights).max(initial=0.0) * len(K) * _EPS
        return cls(weights, intercept, mean, values[kept], np.ascontiguousarray(vectors[:, kept]))

    def reduce(self, Y: Floats) -> tuple[Doubles, Doubles, Doubles]:
        """Return the weighted mean of Y (zeros without an intercept), U'R(Y − mean), and R(Y − mean)."""
        rows = Y.astype(np.float64)
        mean = self.weights @ rows / self.weights.sum() if self.intercept else np.zeros(Y.shape[1])
        rows -= mean
        rows *= np.sqrt(self.weights)[:, None]
        return mean, self.vectors.T @ rows, rows

    def dual(self, Y: Floats, penalty: float) -> tuple[Doubles, Doubles]:
        """Return d (n_rows, n_outputs) and b (n_outputs,), with which the prediction is k(x, X) d + b."""
        coef, intercept = np.empty(Y.shape), np.empty(Y.shape[1])
        weighted = self.vectors * np.sqrt(self.weights)[:, None] / (self.eigenvalues + penalty)
        for columns in blocks(*Y.shape[::-1]):
            mean, products = self.reduce(Y[:, columns])[:2]
            coef[:, columns] = weighted @ products
            intercept[columns] = mean - self.kernel_mean @ coef[:, columns]
        return coef, intercept

    def scores(self, K_new: Doubles) -> Doubles:
        """Return the (m_rows, rank) matrix whose product with U'R(Y − mean) / (Λ + penalty) predicts Y − mean.

        Args:
            K_new: (m_rows, n_rows) kernel of new rows with the training rows.
        """
        return ((K_new - self.kernel_mean) * np.sqrt(self.weights)) @ self.vectors

    def leave_one_out(self, Y: Floats, penalties: list[float]) -> Doubles:
        """Return, for each penalty, the weighted sum of squared errors of predicting each row without itself.

        Exact by the diagonal h of the hat matrix: the error without the row is the residual over 1 − h.
        """
        shrink = 1 / (self.eigenvalues[:, None] + np.asarray(penalties))
        hat = self.vectors**2 @ (self.eigenvalues[:, None] * shrink)
        if self.intercept:
            hat += (self.weights / self.weights.sum())[:, None]
        inverse = 1 / np.maximum(1 - hat, _EPS)
        errors = np.zeros(len(penalties))
        for columns in blocks(*Y.shape[::-1]):
            _, products, rows = self.reduce(Y[:, columns])
            products *= self.eigenvalues[:, None]
            for i in range(len(penalties)):
                left_out = (rows - self.vectors @ (products * shrink[:, i, None])) * inverse[:, i, None]
                errors[i] += np.einsum("ij,ij->", left_out, left_out)
        return errors


class KernelPaths:
    """The decompositions for outputs that lack the same rows, one at a time.

    Args:
        K: (n_rows, n_rows) kernel matrix of the training rows.
        weights: (n_rows,) positive weights.
        Y: (n_rows, n_outputs) outputs, NaN in gaps.
        intercept: Whether there is a b.

    Attributes:
        of_all: The decomposition of all rows.
    """

    def __init__(self, K: Doubles, weights: Doubles, Y: Floats, intercept: bool) -> None:
        self._K, self._weights, self._Y, self._intercept = K, weights, Y, intercept
        self.of_all = KernelPath.of(K, weights, intercept)

    def __iter__(self) -> Iterator[tuple[KernelPath, Floats, Ints, Ints]]:
        """Yield a decomposition, the (n_measured, n_alike) outputs that it serves, and the places of both in Y."""
        whole = not has_gaps(self._Y)
        for rows, targets in target_parts(self._Y):
            if whole:
                yield self.of_all, self._Y, rows, targets
            else:
                path = KernelPath.of(self._K[np.ix_(rows, rows)], self._weights[rows], self._intercept)
                yield path, self._Y[np.ix_(rows, targets)], rows, targets
