"""The marginal likelihood of Gaussian processes that share a kernel, as a function of the noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kit.arrays import Doubles, Floats, Ints
from kit.models.kernels.kernel_rows import KernelRows, Part
from kit.models.kernels.path import KernelPath

_NOISE_DECADES = np.arange(-6.0, 4.01, 0.5)
"""Noise that is tried where none is given, in powers of ten of the kernel's mean diagonal."""

_CONSTANT = 1e-24
"""An output whose variance is smaller, relative to its mean square, is constant but for rounding."""


MOST_PATTERNS = 200
"""The most patterns of gaps that the likelihood reads, those that most outputs have."""


@dataclass(frozen=True)
class EvidencePart:
    """What the marginal likelihood is made of, for outputs that the same rows measured.

    Attributes:
        path: The decomposed kernel matrix R K R of these rows, R = diag(√w), not centred.
        products: (rank, n_alike) U'R(Y − mean).
        rest: (n_alike,) squared norm of what of R(Y − mean) is outside of the kernel's directions: noise.
        varies: (n_alike,) whether an output is not constant.
        outputs: (n_alike,) the outputs.
    """

    path: KernelPath
    products: Doubles
    rest: Doubles
    varies: np.ndarray
    outputs: Ints

    @classmethod
    def of(cls, part: Part, mean: Doubles) -> EvidencePart:
        """Project the targets of a part, which have no gaps, of (n_alike,) prior means."""
        _, products, total = part.path.project(part.Y, mean)
        rest = total - np.einsum("ij,ij->j", products, products)
        varies = total > _CONSTANT * (total + part.path.weights.sum() * mean**2)
        return cls(part.path, products, np.maximum(rest, 0), varies, part.outputs)

    def quadratic(self, noise: float) -> Doubles:
        """Return y'(K + noise·W⁻¹)⁻¹y of every output."""
        found: Doubles = np.einsum("ij,ij,i->j", self.products, self.products, 1 / (self.path.eigenvalues + noise))
        return found + self.rest / noise

    def log_likelihood(self, noise: float, variances: Doubles) -> float:
        """Return the log likelihood of the outputs that are not constant, of (n_alike,) signal variances.

        Source of the bound: Titsias, Variational learning of inducing variables in sparse Gaussian processes, AISTATS
        2009.
        """
        n_rows, rank = len(self.path.weights), len(self.path.eigenvalues)
        determinant = np.log(self.path.eigenvalues + noise).sum() + (n_rows - rank) * np.log(noise)
        determinant -= np.log(self.path.weights).sum()
        # With landmarks it is a bound (Titsias): what they leave out of the kernel must not pass for a better one.
        determinant += self.path.left / noise
        return float(-0.5 * (n_rows * np.log(2 * np.pi * variances[self.varies]) + determinant + n_rows).sum())


@dataclass(frozen=True)
class Evidence:
    """The marginal likelihood of all outputs as a function of the noise.

    Attributes:
        parts: The outputs by the rows that measured them: one part where none has gaps; at most `MOST_PATTERNS`.
        scale: Mean diagonal of R K R.
        shared: Whether all outputs have one signal variance.
        n_outputs: The number of outputs.
    """

    parts: list[EvidencePart]
    scale: float
    shared: bool
    n_outputs: int

    @classmethod
    def of(cls, rows: KernelRows, Y: Floats, mean: Doubles, shared: bool) -> Evidence:
        """Decompose the kernel and project the targets.

        Args:
            rows: The kernel of the training rows.
            Y: (n_rows, n_outputs) targets, NaN in gaps.
            mean: (n_outputs,) their prior means.
            shared: Whether all outputs have one signal variance.
        """
        parts = islice(rows.parts(Y, intercept=False), MOST_PATTERNS)
        found = [EvidencePart.of(part, mean[part.outputs]) for part in parts]
        return cls(found, rows.scale, shared, Y.shape[1])

    def signal_variance(self, noise: float) -> Doubles:
        """Return the (n_outputs,) likeliest signal variances, 0 for a constant output."""
        found, varies, n_rows = np.zeros(self.n_outputs), np.zeros(self.n_outputs, dtype=bool), np.ones(self.n_outputs)
        for part in self.parts:
            varying = part.outputs[part.varies]
            varies[varying], n_rows[part.outputs] = True, len(part.path.weights)
            found[varying] = part.quadratic(noise)[part.varies] / len(part.path.weights)
        return pooled(found, varies, n_rows) if self.shared and varies.any() else found

    def log_likelihood(self, noise: float) -> float:
        """Return the log likelihood of the outputs that are not constant, with the likeliest signal variances."""
        variances = self.signal_variance(noise)
        return sum(part.log_likelihood(noise, variances[part.outputs]) for part in self.parts)

    def likeliest(self, noise: float | Sequence[float] | None) -> float:
        """Return the noise of the greatest likelihood: of a list, or of all if None; of equals, the greatest."""
        if noise is None:
            tried = self.scale * 10.0**_NOISE_DECADES
        else:
            tried = np.asarray(noise, dtype=np.float64).reshape(-1)
        likelihoods = np.array([self.log_likelihood(float(value)) for value in tried])
        found = float(tried[likelihoods == likelihoods.max()].max())
        if noise is not None or not any(part.varies.any() for part in self.parts):
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


def pooled(variances: Doubles, varies: np.ndarray, n_rows: Doubles) -> Doubles:
    """Return (n_outputs,) the mean variance of the outputs that vary, 0 for the others.

    Args:
        variances: (n_outputs,) the variance of each.
        varies: (n_outputs,) which vary.
        n_rows: (n_outputs,) how many rows measured each, by which they count where these differ.
    """
    mine, counts = variances[varies], n_rows[varies]
    mean = mine.mean() if (counts == counts[0]).all() else np.average(mine, weights=counts)
    return np.where(varies, mean, 0.0)
