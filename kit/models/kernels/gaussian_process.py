"""Gaussian process regression of many outputs with one kernel, and how sure it is of every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from annotated_types import Gt, MinLen
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.errors import ParameterError
from kit.gaps import has_gaps, split_gaps, target_parts
from kit.models.base import MODELS
from kit.models.kernels.evidence import Evidence, pooled
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.kernel_model import SECONDS_PER_PRODUCT, Count, LandmarkModel, weighted_rows
from kit.models.kernels.kernel_rows import KernelRows
from kit.plugins import PluginOf, Supplied, check_is_fitted

Positive = Annotated[float, Gt(0)]

GAMMA_FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""What the kernel's gammas are multiplied by where nothing is given."""

# Single-thread CPU seconds for one number of a sum of three factors, AMD EPYC.
_SECONDS_PER_PASS = 1.2e-9


@MODELS.register("gaussian_process")
@dataclass(eq=False, repr=False)
class GaussianProcess(LandmarkModel):
    """Gaussian process regression: outputs share kernel and noise, which the marginal likelihood chooses.

    An output is its mean + s·(f + e), with f a Gaussian process of the kernel as covariance, e independent noise of
    variance ``noise`` and s² the output's signal variance, whose most likely value has a closed form. Given the kernel,
    one eigen-decomposition serves every output and every noise. (Rasmussen & Williams, Gaussian Processes for Machine
    Learning, 2006, chapters 2 and 5.)

    Outputs may have gaps (NaN in Y): each is a draw of the rows that measured it, solved once for all that lack the
    same rows; the likelihood goes by the 200 most common patterns of gaps at most. The expected error of a row is then
    the mean over outputs. An output that no row measured is predicted as 0.

    Args:
        kernel: The kernel; None for RBF with gamma "scale".
        noise: Noise variance relative to the signal variance, greater than 0 (for the mean prediction, a penalty of
            kernel ridge); or a list, of which the likeliest is taken; or None for the likeliest from 1e-6 to 1e4 times
            the kernel's mean diagonal.
        gamma_factors: What the kernel's gammas are multiplied by; the likeliest factor is taken. None for 1/4, 1/2, 1,
            2 and 4 where the kernel has a gamma.
        signal: Whether the likelihood gives each output a signal variance of its own ("per_output": every output weighs
            the same in the choice) or one to all ("shared": outputs weigh by their variance, as in a squared error).
        center: Whether an output's prior mean is the mean of its training rows; else 0.
        landmarks: The training rows that stand for all in the kernel, where there are more rows than these: time and
            memory grow with rows × landmarks, no longer with the cube and the square of the rows. What is compared is
            then a lower bound of the likelihood (Titsias, AISTATS 2009). None for the whole kernel matrix.
        random_state: Seed of the choice of landmarks.
        blocks: First and past-the-end column of every feature block that the kernel names.

    Attributes:
        kernel_: The fitted kernel.
        rows_: (n_kept, n_features) float32 training rows, those of weight 0 left out; or the landmarks.
        dual_coef_: (n_kept, n_outputs) float64.
        intercept_: (n_outputs,) float64 prior means.
        whitener_: (n_kept, rank) float64; a row's kernel with the rows kept times it, squared and summed, is the
            part of its variance that the training rows explain.
        noise_: The noise in use.
        gamma_factor_: The factor in use.
        signal_variance_: (n_outputs,) float64, in squared units of the output.
        log_likelihood_: Marginal log likelihood of all outputs together; with landmarks, a lower bound of it.
        n_features_in_: The number of features.
    """

    allow_nan_targets: ClassVar[bool] = True
    matrices: ClassVar[int] = 9

    kernel: Annotated[Kernel | None, PluginOf("kernel")] = None
    noise: Positive | Annotated[list[Positive], MinLen(1)] | None = None
    gamma_factors: Annotated[list[Positive], MinLen(1)] | None = None
    signal: Literal["per_output", "shared"] = "per_output"
    center: bool = True
    landmarks: Count | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def check_parameters(self) -> None:
        """Check the constructor's parameters, those of the kernel included.

        Raises:
            ParameterError: One is out of range, or ``gamma_factors`` is given for a kernel without gamma.
        """
        super().check_parameters()
        if self.gamma_factors is not None and self.kernel is not None and not self.kernel.has_gamma:
            raise ParameterError(f"gamma_factors: the kernel {self.kernel.kind} has no gamma to multiply; remove them")

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows, n_outputs) targets.
            sample_weight: (n_rows,) weights; the noise of a row is divided by its weight.

        Raises:
            InputError: The arrays do not match, or the kernel names an unknown block.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        X, Y, weights = weighted_rows(X, Y, sample_weight, allow_nan=True)
        mean = _means(Y, weights) if self.center else np.zeros(Y.shape[1])
        # Candidates come and go one at a time: each holds a kernel's eigenvectors.
        candidates = (self._candidate(factor, X, Y, weights, mean) for factor in self._factors())
        found = max(candidates, key=lambda candidate: candidate[0])
        self.log_likelihood_, self.noise_, self.gamma_factor_, self.kernel_, rows, evidence = found
        if has_gaps(Y):
            self._solve_gapped(rows, Y, mean)
        else:
            [part] = evidence.parts
            basis, variance = part.path.back, part.path.eigenvalues + self.noise_
            self.whitener_ = basis / np.sqrt(variance)
            self.dual_coef_ = (basis / variance) @ part.products
            self.signal_variance_ = evidence.signal_variance(self.noise_)
        self.intercept_ = mean
        self.rows_ = rows.kept
        self.n_features_in_ = X.shape[1]
        return self

    def _solve_gapped(self, rows: KernelRows, Y: Floats, mean: Doubles) -> None:
        """Set the coefficients, the variances and the mean whitener of outputs with gaps.

        Args:
            rows: The kernel of the training rows.
            Y: (n_rows, n_outputs) targets, NaN in gaps.
            mean: (n_outputs,) their prior means.
        """
        n_kept = len(rows.kept)
        self.dual_coef_, precision = np.zeros((n_kept, Y.shape[1])), np.zeros((n_kept, n_kept))
        variances, varies, n_rows = np.zeros(Y.shape[1]), np.zeros(Y.shape[1], dtype=bool), np.ones(Y.shape[1])
        for measured, outputs in target_parts(Y):
            residual = Y[np.ix_(measured, outputs)] - mean[outputs]
            solved = rows.solve(measured, residual, self.noise_)
            self.dual_coef_[np.ix_(solved.kept, outputs)] = solved.dual
            precision[np.ix_(solved.kept, solved.kept)] += len(outputs) / Y.shape[1] * solved.precision
            variances[outputs] = solved.quadratic / len(measured)
            varies[outputs], n_rows[outputs] = np.ptp(residual, axis=0) > 0, len(measured)
        shared = self.signal == "shared" and varies.any()
        self.signal_variance_ = pooled(variances, varies, n_rows) if shared else np.where(varies, variances, 0.0)
        values, vectors = np.linalg.eigh(precision)
        self.whitener_ = vectors * np.sqrt(np.maximum(values, 0.0))

    def predict_variance(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows,) float64 expected squared error of a row's prediction, averaged over the outputs.

        That of output j is ``signal_variance_[j]`` times the sum of ``noise_`` and a part that is the kernel's diagonal
        far from all training rows (1 for RBF) and near 0 beside one, where the noise is small.
        """
        check_is_fitted(self, "dual_coef_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        variance = self.kernel_.diagonal(X)
        for rows in blocks(len(X), len(self.rows_)):
            explained = self.kernel_.matrix(X[rows], self.rows_) @ self.whitener_
            variance[rows] -= np.einsum("ij,ij->i", explained, explained)
        return float(self.signal_variance_.mean()) * (np.maximum(variance, 0) + self.noise_)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: for every factor a kernel and an eigen-decomposition."""
        n_kept = self._n_kept(n_rows)
        each = self._decomposition_seconds(n_rows, n_features, passes=2)
        # A pass over an (n_kept, n_outputs) matrix for each of the noises.
        noises = 40 if self.noise is None else len(np.atleast_1d(self.noise))
        outputs = n_outputs * (SECONDS_PER_PRODUCT * n_rows * n_kept + _SECONDS_PER_PASS * n_kept * noises)
        return len(self._factors()) * (each + outputs) + SECONDS_PER_PRODUCT * n_kept**2 * n_outputs

    def _candidate(
        self, factor: float, X: Floats, Y: Floats, weights: Doubles, mean: Doubles
    ) -> tuple[float, float, float, Kernel, KernelRows, Evidence]:
        """Return log likelihood, noise, factor, fitted kernel, its rows and evidence for one factor of the gammas."""
        kernel = self._fitted_kernel(X)
        kernel.scale_gamma(factor)
        rows = self._kernel_rows(kernel, X, weights)
        evidence = Evidence.of(rows, Y, mean, self.signal == "shared")
        noise = evidence.likeliest(self.noise)
        return evidence.log_likelihood(noise), noise, factor, kernel, rows, evidence

    def _factors(self) -> list[float]:
        if self.gamma_factors is not None:
            return [float(factor) for factor in self.gamma_factors]
        return list(GAMMA_FACTORS) if self.kernel is None or self.kernel.has_gamma else [1.0]


def _means(Y: Floats, weights: Doubles) -> Doubles:
    """Return the (n_outputs,) weighted means of what was measured; 0 where nothing was."""
    if not has_gaps(Y):
        means: Doubles = weights @ Y.astype(np.float64) / weights.sum()
        return means
    values, measured = split_gaps(Y)
    totals = weights @ measured
    return np.divide(weights @ values, totals, out=np.zeros(Y.shape[1]), where=totals > 0)
