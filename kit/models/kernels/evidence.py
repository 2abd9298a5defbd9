"""The marginal likelihood of Gaussian processes that share a kernel, as a function of the noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.models.kernels.path import KernelPath

_NOISE_DECADES = np.arange(-6.0, 4.01, 0.5)
"""Noise that is tried where none is given, in powers of ten of the kernel's mean diagonal."""

_CONSTANT = 1e-24
"""An output whose variance is smaller, relative to its mean square, is constant but for rounding."""


@dataclass(frozen=True)
class Evidence:
    """The marginal likelihood of all outputs as a function of the noise.

    Attributes:
        path: The decomposed kernel matrix R K R, R = diag(√w), not centred.
        products: (rank, n_outputs) U'R(Y − mean).
        rest: (n_outputs,) squared norm of what of R(Y − mean) is outside of the kernel's directions: noise.
        varies: (n_outputs,) whether an output is not constant.
        scale: Mean diagonal of R K R.
        shared: Whether all outputs have one signal variance.
    """

    path: KernelPath
    products: Doubles
    rest: Doubles
    varies: np.ndarray
    scale: float
    shared: bool

    @classmethod
    def of(cls, K: Doubles, weights: Doubles, Y: Floats, mean: Doubles, shared: bool) -> Evidence:
        """Decompose the (n_rows, n_rows) kernel matrix and project the targets."""
        path = KernelPath.of(K, weights, intercept=False)
        products, rest = np.empty((len(path.eigenvalues), Y.shape[1])), np.empty(Y.shape[1])
        varies = np.empty(Y.shape[1], dtype=bool)
        for columns in blocks(*Y.shape[::-1]):
            rows = (Y[:, columns] - mean[columns]) * np.sqrt(weights)[:, None]
            products[:, columns] = path.vectors.T @ rows
            total = np.einsum("ij,ij->j", rows, rows)
            rest[columns] = total - np.einsum("ij,ij->j", products[:, columns], products[:, columns])
            varies[columns] = total > _CONSTANT * (total + weights.sum() * mean[columns] ** 2)
        scale = float(np.mean(np.diagonal(K) * weights)) or 1.0
        return cls(path, products, np.maximum(rest, 0), varies, scale, shared)

    def signal_variance(self, noise: float) -> Doubles:
        """Return the (n_outputs,) likeliest signal variances, 0 for a constant output."""
        found = np.zeros(len(self.rest))
        found[self.varies] = self._quadratic(noise)[self.varies] / len(self.path.weights)
        return np.where(self.varies, found[self.varies].mean(), 0.0) if self.shared and self.varies.any() else found

    def log_likelihood(self, noise: float) -> float:
        """Return the log likelihood of the outputs that are not constant, with the likeliest signal variances."""
        n_rows, rank = self.path.vectors.shape
        variances = self.signal_variance(noise)[self.varies]
        determinant = np.log(self.path.eigenvalues + noise).sum() + (n_rows - rank) * np.log(noise)
        determinant -= np.log(self.path.weights).sum()
        return float(-0.5 * (n_rows * np.log(2 * np.pi * variances) + determinant + n_rows).sum())

    def likeliest(self, noise: float | Sequence[float] | None) -> float:
        """Return the noise of the greatest likelihood: of a list, or of all if None; of equals, the greatest."""
        if noise is None:
            tried = self.scale * 10.0**_NOISE_DECADES
        else:
            tried = np.asarray(noise, dtype=np.float64).reshape(-1)
        likelihoods = np.array([self.log_likelihood(float(value)) for value in tried])
        found = float(tried[likelihoods == likelihoods.max()].max())
        if noise is not None or not self.varies.any():
            return found
        from scipy.optimize import minimize_scalar

        step = np.log(10) / 2
        refined = minimize_scalar(
            lambda log_noise: -self.log_likelihood(float(np.exp(log_noise))),
            bounds=(max(np.log(tried[0]), np.log(found) - step), min(np.log(tried[-1]), np.log(found) + step)),
            method="bounded",
            options={"xatol": 1e-3},
        )
        return float(np.exp(refined.x)) if -refined.fun > likelihoods.max() else found

    def _quadratic(self, noise: float) -> Doubles:
        """Return y'(K + noise·W⁻¹)⁻¹y of every output."""
        found: Doubles = np.einsum("ij,ij,i->j", self.products, self.products, 1 / (self.path.eigenvalues + noise))
        return found + self.rest / noise
