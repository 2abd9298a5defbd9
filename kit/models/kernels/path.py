"""Least squares in a kernel's space for every penalty and every output, from one eigen-decomposition."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.landmarks import Landmarks

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class KernelPath:
    """The decomposition from which the solutions for all penalties are computed.

    Minimises Σ w(y − f(x) − b)² + penalty·‖f‖² over functions f of the kernel's space, b unpenalised. With K the
    kernel matrix of the training rows, centred by their weighted mean in the kernel's space, and R = diag(√w), the
    eigen-decomposition RKR = U Λ U' gives f(x) = k(x, kept rows) d with d = B (Λ + penalty)⁻¹ U' R (Y − mean).
    The kept rows are all rows, or the landmarks that stand for them.

    Attributes:
        weights: (n_rows,) positive weights.
        intercept: Whether there is a b.
        kernel_mean: (n_kept,) weighted mean of the kernel of each kept row with all; zeros without an intercept.
        eigenvalues: (rank,) Λ, the nonzero ones.
        left: The trace of R K R that landmarks leave out; 0 where all rows are kept.
    """

    weights: Doubles
    intercept: bool
    kernel_mean: Doubles
    eigenvalues: Doubles
    left: float

    @property
    @abstractmethod
    def back(self) -> Doubles:
        """The (n_kept, rank) matrix B, by which coordinates become coefficients of the kept rows."""

    @abstractmethod
    def row_blocks(self) -> Iterator[tuple[slice, Doubles]]:
        """Yield (n_block, rank) rows of U, in order, and where they stand."""

    @abstractmethod
    def column_blocks(self, Y: Floats) -> Iterator[slice]:
        """Yield blocks of the outputs that are worked on at a time."""

    def project(self, Y: Floats | Doubles, mean: Doubles | None = None) -> tuple[Doubles, Doubles, Doubles]:
        """Return a mean, (rank, n_outputs) U'R(Y − mean), and (n_outputs,) the squared norms of R(Y − mean).

        Args:
            Y: (n_rows, n_outputs) outputs without gaps.
            mean: (n_outputs,) what is taken off; None for the weighted mean (zeros without an intercept).
        """
        if mean is None:
            mean = self._mean(Y)
        products, squares = np.zeros((len(self.eigenvalues), Y.shape[1])), np.zeros(Y.shape[1])
        roots = np.sqrt(self.weights)[:, None]
        for at, vectors in self.row_blocks():
            for columns in blocks(Y.shape[1], len(vectors)):
                rows = (Y[at, columns] - mean[columns]) * roots[at]
                products[:, columns] += vectors.T @ rows
                squares[columns] += np.einsum("ij,ij->j", rows, rows)
        return mean, products, squares

    def dual(self, Y: Floats, penalty: float) -> tuple[Doubles, Doubles]:
        """Return d (n_kept, n_outputs) and b (n_outputs,), with which the prediction is k(x, kept rows) d + b."""
        weighted = self.back / (self.eigenvalues + penalty)
        coef, intercept = np.empty((len(weighted), Y.shape[1])), np.empty(Y.shape[1])
        for columns in self.column_blocks(Y):
            mean, products, _ = self.project(Y[:, columns])
            coef[:, columns] = weighted @ products
            intercept[columns] = mean - self.kernel_mean @ coef[:, columns]
        return coef, intercept

    def scores(self, K_new: Doubles) -> Doubles:
        """Return the (m_rows, rank) matrix whose product with U'R(Y − mean) / (Λ + penalty) predicts Y − mean.

        Args:
            K_new: (m_rows, n_kept) kernel of new rows with the kept rows.
        """
        return (K_new - self.kernel_mean) @ self.back

    def leave_one_out(self, Y: Floats, penalties: list[float]) -> Doubles:
        """Return, for each penalty, the weighted sum of squared errors of predicting each row without itself.

        Exact by the diagonal h of the hat matrix: the error without the row is the residual over 1 − h.
        """
        shrink = 1 / (self.eigenvalues[:, None] + np.asarray(penalties))
        share, roots = self.weights / self.weights.sum(), np.sqrt(self.weights)[:, None]
        errors = np.zeros(len(penalties))
        for columns in self.column_blocks(Y):
            mean, products, _ = self.project(Y[:, columns])
            products *= self.eigenvalues[:, None]
            for at, vectors in self.row_blocks():
                hat = vectors**2 @ (self.eigenvalues[:, None] * shrink)
                if self.intercept:
                    hat += share[at, None]
                inverse = 1 / np.maximum(1 - hat, _EPS)
                rows = (Y[at, columns] - mean) * roots[at]
                for i in range(len(penalties)):
                    left_out = (rows - vectors @ (products * shrink[:, i, None])) * inverse[:, i, None]
                    errors[i] += np.einsum("ij,ij->", left_out, left_out)
        return errors

    def _mean(self, Y: Floats | Doubles) -> Doubles:
        if not self.intercept:
            return np.zeros(Y.shape[1])
        total = np.zeros(Y.shape[1])
        for columns in blocks(*Y.shape[::-1]):
            total[columns] = self.weights @ Y[:, columns].astype(np.float64)
        total /= self.weights.sum()
        return total


@dataclass(frozen=True)
class WholePath(KernelPath):
    """The decomposition of the kernel matrix of all rows; d sums to 0 with an intercept.

    Attributes:
        vectors: (n_rows, rank) U.
    """

    vectors: Doubles

    @classmethod
    def of(cls, K: Doubles, weights: Doubles, intercept: bool) -> Self:
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
        return cls(weights, intercept, mean, values[kept], 0.0, np.ascontiguousarray(vectors[:, kept]))

    @property
    def back(self) -> Doubles:
        """The (n_rows, rank) matrix R U."""
        return self.vectors * np.sqrt(self.weights)[:, None]

    def row_blocks(self) -> Iterator[tuple[slice, Doubles]]:
        """Yield all rows of U."""
        yield slice(0, len(self.vectors)), self.vectors

    def column_blocks(self, Y: Floats) -> Iterator[slice]:
        """Yield as many outputs at a time as a block holds."""
        return blocks(*Y.shape[::-1])


@dataclass(frozen=True)
class LandmarkPath(KernelPath):
    """The decomposition of Nyström's approximation, from sums over the rows: no matrix of all rows is held.

    The rows' kernel with the landmarks is computed anew, a block at a time, in every pass over them. With Φ the rows'
    centred coordinates and Φ'WΦ = V Λ V', U is R Φ V Λ^−½ and B = ``root`` V Λ^½.

    Attributes:
        kernel: The fitted kernel.
        X: (n_rows, n_features) the training rows.
        landmarks: The rows that stand for all.
        directions: (rank of the landmarks, rank) V Λ^−½.
    """

    kernel: Kernel
    X: Floats
    landmarks: Landmarks
    directions: Doubles

    @classmethod
    def of(cls, kernel: Kernel, X: Floats, landmarks: Landmarks, weights: Doubles, intercept: bool) -> Self:
        """Decompose the approximate kernel matrix of the training rows."""
        root, n_coordinates = landmarks.root, landmarks.root.shape[1]
        total, square = np.zeros(len(root)), np.zeros((n_coordinates, n_coordinates))
        diagonal, left = 0.0, 0.0
        for at, K in landmarks.kernel_blocks(kernel, X):
            coordinates, own = K @ root, kernel.diagonal(X[at])
            total += weights[at] @ K
            square += (coordinates.T * weights[at]) @ coordinates
            left += float(weights[at] @ np.maximum(own - np.einsum("ij,ij->i", coordinates, coordinates), 0.0))
            diagonal = max(diagonal, float(np.abs(own * weights[at]).max()))
        mean = total / weights.sum() if intercept else np.zeros(len(root))
        centre = mean @ root
        square -= weights.sum() * np.outer(centre, centre)
        values, vectors = np.linalg.eigh(square)
        kept = values > diagonal * len(X) * _EPS
        directions = vectors[:, kept] / np.sqrt(values[kept])
        return cls(weights, intercept, mean, values[kept], left, kernel, X, landmarks, directions)

    @property
    def back(self) -> Doubles:
        """The (n_landmarks, rank) matrix ``root`` V Λ^½."""
        return self.landmarks.root @ (self.directions * self.eigenvalues)

    def row_blocks(self) -> Iterator[tuple[slice, Doubles]]:
        """Yield rows of U, as many at a time as a block holds."""
        to_vectors, roots = self.landmarks.root @ self.directions, np.sqrt(self.weights)[:, None]
        for at, K in self.landmarks.kernel_blocks(self.kernel, self.X):
            yield at, ((K - self.kernel_mean) @ to_vectors) * roots[at]

    def column_blocks(self, Y: Floats) -> Iterator[slice]:
        """Yield all outputs: a pass over the rows costs more than their products with Y."""
        yield slice(0, Y.shape[1])
