"""The signal-to-noise ratio of each target, by its own marginal likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from kit.arrays import Doubles, Floats, blocks
from kit.models.processes.gaps import Gapped

RATIOS = np.exp(np.linspace(-4, 2.5, 27))
"""What the signal's covariance is multiplied by, of which each target has a posterior distribution."""

_TEMPER = 0.25
"""Power of a target's likelihood: the rows are not as independent as the model has them."""

_EM_STEPS = 30

_NEGLIGIBLE = 1e-9
"""A posterior probability that changes no prediction."""


@dataclass(frozen=True)
class Ratios:
    """Posterior of each target's ratio r in y ~ N(0, a·(rΣ + N)), a its own.

    Attributes:
        basis: (n_rows, n_rows) float32 N^−½V, with V the eigenvectors of N^−½ΣN^−½.
        eigenvalues: (n_rows,) its eigenvalues λ.
        posterior: (n_ratios, n_targets) probability of each ratio.
        projected: (n_rows, n_targets) float32 coordinates V'N^−½Y of targets without gaps.
    """

    basis: Floats
    eigenvalues: Doubles
    posterior: Doubles
    projected: Floats

    @classmethod
    def of(cls, signal: Doubles, noise: Doubles, Y: Floats) -> Ratios:
        """Find the ratios of (n_rows, n_targets) targets.

        Args:
            signal: (n_rows, n_rows) covariance Σ of the signal.
            noise: (n_rows,) diagonal of N.
            Y: The targets, which are overwritten by `projected`: there is no room for both.
        """
        whitened, eigenvalues = _whitened(signal, noise)
        # Coefficients are float32 in the end; sums of squares are taken in float64.
        basis = whitened.astype(np.float32)
        variances = RATIOS[:, None] * eigenvalues + 1
        quadratic = np.empty((len(RATIOS), Y.shape[1]))
        for columns in blocks(*Y.shape[::-1]):
            part = basis.T @ Y[:, columns]
            quadratic[:, columns] = (1 / variances) @ np.square(part, dtype=np.float64)
            Y[:, columns] = part
        n_rows = len(noise)
        # A target that is 0 everywhere says nothing of its ratio.
        quadratic = np.maximum(quadratic, np.finfo(np.float64).tiny)
        evidence = -0.5 * (n_rows * np.log(quadratic) + np.log(variances).sum(axis=1)[:, None])
        return cls(basis, eigenvalues, posterior_of_ratios(evidence), Y)

    def dual(self) -> Floats:
        """Return the (n_rows, n_targets) float32 coefficients: rows' covariance with the training rows times them."""
        shrinkage = (RATIOS[:, None] / (RATIOS[:, None] * self.eigenvalues + 1)).astype(np.float32)
        dual = np.empty_like(self.projected)
        for columns in blocks(*dual.shape[::-1]):
            weights = shrinkage.T @ self.posterior[:, columns].astype(np.float32)
            dual[:, columns] = self.basis @ (weights * self.projected[:, columns])
        return dual

    def solved(self, columns: slice) -> Floats:
        """Return (Σ + N)⁻¹Y of some targets, (n_rows, n_columns) float32."""
        shrinkage = (1 / (self.eigenvalues + 1)).astype(np.float32)
        solved: Floats = self.basis @ (shrinkage[:, None] * self.projected[:, columns])
        return solved

    def means(self) -> Doubles:
        """Return the (n_targets,) posterior mean of the log ratio."""
        return np.log(RATIOS) @ self.posterior


def coefficients_with_gaps(signal: Doubles, noise: Doubles, gapped: Gapped) -> tuple[Floats, Doubles]:
    """Return what `Ratios.dual` and `Ratios.means` are, of targets with gaps."""
    basis, eigenvalues = _whitened(signal, noise)
    variances = RATIOS[:, None] * eigenvalues + 1
    n_measured = np.full(gapped.n_targets, len(noise))
    for pattern in gapped.patterns:
        n_measured[pattern.targets] -= len(pattern.rows)
    evidence = np.empty((len(RATIOS), gapped.n_targets))
    for place, variance in enumerate(variances):
        precision = (basis / variance) @ basis.T
        whole, logs = gapped.filled(precision)
        quadratic = np.maximum(np.einsum("ij,ij->j", whole, precision @ whole), np.finfo(np.float64).tiny)
        evidence[place] = -0.5 * (n_measured * np.log(quadratic) + np.log(variance).sum() + logs)
    posterior = posterior_of_ratios(evidence)
    dual = np.zeros((len(noise), gapped.n_targets))
    for ratio, variance, share in zip(RATIOS, variances, posterior, strict=True):
        if share.max() > _NEGLIGIBLE:
            precision = (basis / variance) @ basis.T
            dual += ratio * share * (precision @ gapped.filled(precision)[0])
    return dual.astype(np.float32), np.log(RATIOS) @ posterior


def _whitened(signal: Doubles, noise: Doubles) -> tuple[Doubles, Doubles]:
    """Return N^−½V and the eigenvalues λ of N^−½ΣN^−½ = VλV'."""
    whitening = noise**-0.5
    eigenvalues, vectors = eigh(signal * np.outer(whitening, whitening), driver="evd")
    return whitening[:, None] * vectors, np.maximum(eigenvalues, 0)


def posterior_of_ratios(evidence: Doubles) -> Doubles:
    """Return the posterior over the grid, whose prior weights are those of greatest likelihood of all targets (EM).

    Args:
        evidence: (n_ratios, n_targets) log likelihoods, which are tempered.
    """
    tempered = _TEMPER * evidence
    likelihood = np.exp(tempered - tempered.max(axis=0))
    prior = np.full((len(evidence), 1), 1 / len(evidence))
    for _ in range(_EM_STEPS):
        posterior = likelihood * prior
        posterior /= posterior.sum(axis=0)
        prior = posterior.mean(axis=1, keepdims=True)
    posterior = likelihood * prior
    shares: Doubles = posterior / posterior.sum(axis=0)
    return shares
