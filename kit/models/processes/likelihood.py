"""The objective of a fit: negative log likelihood of targets as replicates of one vector over the rows, plus priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, blas, eigh, lapack, qr

from kit.arrays import Doubles, Ints
from kit.errors import RunError
from kit.models.processes.covariance import Covariance, Parts
from kit.models.processes.factors import Free, Pair, Parameters, latent_name
from kit.models.processes.gaps import Gapped

NOISE, ROW_NOISE = "noise", "row_noise"
"""The names of the log noise variance of each context, and of each row's own log deviation from it."""

JITTER = 1e-3
"""Variance that every row has besides, relative to a mean variance of 1."""

ROW_NOISE_DEVIATION = 0.3
"""Standard deviation of the prior of a row's log noise variance."""


@dataclass(frozen=True)
class Moments:
    """The covariance matrices that parameters give to rows.

    Attributes:
        parts: The signal and its factors, before rows are scaled.
        scale: (n_rows,) what signal and noise of a row are multiplied by: 1, or one over the root of their variances'
            sum.
        signal: (n_rows, n_rows) covariance of the signal, scaled.
        noise: (n_rows,) variance of the noise, scaled, with what is added to every row.
        plain: (n_rows,) noise of the row's context alone, not scaled.
        own: (n_rows,) noise with the row's own deviation, not scaled.
    """

    parts: Parts
    scale: Doubles
    signal: Doubles
    noise: Doubles
    plain: Doubles
    own: Doubles


@dataclass(frozen=True)
class Priors:
    """The prior of the parameters.

    Attributes:
        latent: Precision of the numbers of latent vectors, by column.
        free_strength: Pseudo-targets from which free matrices are drawn towards c·(r·11' + (1 − r)·I); 0 for none.
        free_correlation: The r of each free factor, by its name.
    """

    latent: Mapping[str, float]
    free_strength: float
    free_correlation: Mapping[str, float]


class Objective:
    """The function of the parameters that a fit minimises, with its gradient.

    (G/2)·(log|Σ| + tr Σ⁻¹S) − log prior, where Σ is the covariance of the rows and S = YY'/n_targets what was measured
    of it. With D = (G/2)(Σ⁻¹ − Σ⁻¹SΣ⁻¹) its derivative in Σ, all gradients follow by the chain rule.

    Args:
        covariance: The signal's covariance.
        pair: The training rows, compared with themselves.
        S: (n_rows, n_rows) mean over targets of the products of rows, of mean diagonal 1.
        effective_targets: G, how many independent targets they are worth.
        contexts: (n_rows,) which noise a row has.
        added: (n_rows,) variance that is added to rows, and stands in the diagonal of S too but for `JITTER`.
        unit_diagonal: Whether rows are scaled so that signal and noise of their context have the variance 1.
        priors: The priors.
        gapped: Targets with gaps, in the units of S, which stand in its place; None where nothing is missing.
        noise: (n_rows,) variance of the noise that targets with gaps count as having been added to them.
    """

    def __init__(
        self,
        covariance: Covariance,
        pair: Pair,
        S: Doubles,
        effective_targets: float,
        contexts: Ints,
        added: Doubles,
        unit_diagonal: bool,
        priors: Priors,
        gapped: Gapped | None = None,
        noise: Doubles | None = None,
    ) -> None:
        self.covariance = covariance
        self.pair = pair
        self.S = S
        self.effective_targets = effective_targets
        self.contexts = contexts
        self.added = added
        self.unit_diagonal = unit_diagonal
        self.priors = priors
        self.gapped = gapped
        self.noise = np.zeros(len(S)) if noise is None else noise
        self.root = triangular_root(S) if gapped is None else None

    def moments(self, parameters: Parameters) -> Moments:
        """Return signal and noise of the training rows."""
        parts = self.covariance.parts(parameters, self.pair)
        plain = np.exp(parameters[NOISE])[self.contexts]
        own = plain * np.exp(parameters[ROW_NOISE])
        if not self.unit_diagonal:
            return Moments(parts, np.ones_like(plain), parts.total, own + self.added, plain, own)
        scale = (np.diagonal(parts.total) + plain) ** -0.5
        signal = parts.total * np.outer(scale, scale)
        return Moments(parts, scale, signal, own * scale**2 + self.added, plain, own)

    def value_and_gradient(self, parameters: Parameters) -> tuple[float, Parameters]:
        """Return the value, and its gradient by name.

        Raises:
            RunError: Σ is not positive definite at these parameters.
        """
        moments = self.moments(parameters)
        value, slope = self._likelihood(moments)
        noise_slope = np.diagonal(slope) * moments.scale**2
        context_slope = np.zeros_like(noise_slope)
        if self.unit_diagonal:
            scale = moments.scale
            in_total = np.einsum("ij,ij,j->i", slope, moments.parts.total, scale)
            in_scale = 2 * (in_total + np.diagonal(slope) * moments.own * scale)
            # scale = (signal + noise)^−½, so both are seen through it as well.
            context_slope = -0.5 * scale**3 * in_scale
            slope *= np.outer(scale, scale)
            slope[np.diag_indices_from(slope)] += context_slope
        gradient = self.covariance.gradient(parameters, self.pair.rows, moments.parts, slope)
        gradient[ROW_NOISE] += noise_slope * moments.own
        in_context = noise_slope * moments.own + context_slope * moments.plain
        gradient[NOISE] += np.bincount(self.contexts, weights=in_context, minlength=len(gradient[NOISE]))
        free = [factor.name for term in self.covariance.terms for factor in term if isinstance(factor, Free)]
        return value + add_priors(self.priors, free, parameters, gradient), gradient

    def _likelihood(self, moments: Moments) -> tuple[float, Doubles]:
        log_determinant, inverse = inverse_of(moments.signal + np.diag(moments.noise))
        half = self.effective_targets / 2
        if self.root is not None:
            # Σ⁻¹SΣ⁻¹ = VV' with V = Σ⁻¹R and S = RR': of a triangle's and a symmetric product BLAS does half the work.
            solved = blas.dtrmm(1.0, self.root, inverse.T, side=1, lower=1)
            value = half * (log_determinant + np.vdot(inverse, self.S))
            inverse -= solved @ solved.T
            inverse *= half
            return float(value), inverse
        assert self.gapped is not None
        completed = self.gapped.completed(inverse, self.noise)
        # (P * S).sum() is the trace of PS.
        value = half * (log_determinant + completed.log_determinant + np.vdot(inverse, completed.S))
        return float(value), half * (inverse - inverse @ (completed.S + completed.spread) @ inverse)


def add_priors(priors: Priors, free: Sequence[str], parameters: Parameters, gradient: Parameters) -> float:
    """Add the priors' gradients to ``gradient`` and return their value.

    Args:
        priors: The priors.
        free: The names of free factors.
        parameters: Where they are taken.
        gradient: What the gradient is added to.
    """
    precision = ROW_NOISE_DEVIATION**-2
    value = precision / 2 * float(np.square(parameters[ROW_NOISE]).sum())
    gradient[ROW_NOISE] += precision * parameters[ROW_NOISE]
    for column, precision in priors.latent.items():
        vectors = parameters[latent_name(column)]
        value += precision / 2 * float(np.square(vectors).sum())
        gradient[latent_name(column)] += precision * vectors
    if priors.free_strength:
        for name in free:
            added, slope = matrix_prior(parameters[name], priors.free_correlation[name], priors.free_strength)
            value += added
            gradient[name] += slope
    return value


def matrix_prior(root: Doubles, correlation: float, strength: float) -> tuple[float, Doubles]:
    """Return the prior of B = L L' towards the shape C = r·11' + (1 − r)·I, and its gradient in L.

    It is Wishart's, of `strength` degrees of freedom, with the likeliest factor c of C: it says nothing of the scale.
    """
    size = len(root)
    shape = compound_symmetric(size, 1.0, correlation)
    solved = np.linalg.solve(shape, root)
    trace = float((root * solved).sum())
    value = strength / 2 * (size * np.log(trace / size) - 2 * np.log(np.abs(np.diagonal(root))).sum())
    slope = np.tril(size * solved / trace) - np.diag(1 / np.diagonal(root))
    return float(value), strength * slope


def compound_symmetric(size: int, scale: float, correlation: float) -> Doubles:
    """Return the (size, size) matrix scale·(correlation·11' + (1 − correlation)·I)."""
    return scale * (correlation * np.ones((size, size)) + (1 - correlation) * np.eye(size))


def triangular_root(S: Doubles) -> Doubles:
    """Return a lower triangular R with S = RR' of a positive semi-definite matrix."""
    root: Doubles
    root, failed = lapack.dpotrf(S.T, lower=1)
    if failed:  # as with fewer targets than rows
        eigenvalues, vectors = eigh(S)
        [upper] = qr((vectors * np.sqrt(np.maximum(eigenvalues, 0))).T, mode="r")
        root = np.asfortranarray(upper.T)
    return root


def inverse_of(sigma: Doubles) -> tuple[float, Doubles]:
    """Return the log of the determinant and the inverse of a positive definite matrix, which is overwritten.

    Raises:
        RunError: It is not positive definite.
    """
    # The transpose is what LAPACK reads without a copy.
    root, failed = lapack.dpotrf(sigma.T, lower=1, overwrite_a=1)
    if failed:
        raise RunError(
            f"coregionalized_gp: the covariance of {len(sigma)} training rows is not positive definite; fit with a "
            "smaller learning_rate"
        )
    log_determinant = 2 * float(np.log(np.diagonal(root)).sum())
    lower, failed = lapack.dpotri(root, lower=1, overwrite_c=1)
    if failed:
        raise LinAlgError(f"dpotri returned {failed}")
    # The other triangle is 0.
    inverse: Doubles = lower + lower.T
    inverse[np.diag_indices_from(inverse)] /= 2
    return log_determinant, inverse
