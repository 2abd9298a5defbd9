"""Support vector regression of many outputs over one kernel matrix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats
from kit.errors import KitWarning
from kit.gaps import target_parts
from kit.models.base import MODELS
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.kernel_model import DualModel, weighted_rows
from kit.plugins import PluginOf, Supplied

# Single-thread CPU seconds for one output and squared row: libsvm with the kernel at hand, C = 1, AMD EPYC.
_SECONDS_PER_SQUARE = 2.2e-8


class StoppedWarning(KitWarning):
    """libsvm stopped before its tolerance was met."""


@MODELS.register("svr")
@dataclass(eq=False, repr=False)
class SVR(DualModel):
    """Epsilon support vector regression, one machine per output over one shared kernel matrix.

    scikit-learn's SVR (libsvm) computes the kernel anew for every output, which is nearly all of its time where rows
    are few and features many; here it is computed once. Predictions are the same. An output with gaps (NaN in Y) is
    fitted on the rows that measured it; one that no row measured is predicted as 0.

    Args:
        kernel: The kernel; None for RBF with gamma "scale".
        C: How much an error weighs against smoothness, greater than 0.
        epsilon: Errors up to so much count nothing.
        standardize: Whether C and epsilon are relative to each output: it is divided by its (weighted) standard
            deviation before the fit and multiplied afterwards. Coordinates of a singular value decomposition differ in
            size by orders of magnitude, so that one absolute tube would swallow most of them. False: C and epsilon in
            the outputs' own units, as in scikit-learn.
        tol: Tolerance of the stopping criterion.
        max_iter: Most iterations of libsvm for an output, with a warning where it stops there; None for no limit.
        blocks: First and past-the-end column of every feature block that the kernel names.

    Attributes:
        kernel_: The fitted kernel.
        support_: (n_kept,) positions, in what `fit` was given, of the rows that support at least one output.
        rows_: (n_kept, n_features) float32 these rows; no others are kept.
        dual_coef_: (n_kept, n_outputs) float64, 0 where a row does not support an output.
        intercept_: (n_outputs,) float64.
        n_features_in_: The number of features.
    """

    allow_nan_targets: ClassVar[bool] = True

    kernel: Annotated[Kernel | None, PluginOf("kernel")] = None
    C: Annotated[float, Gt(0)] = 1.0
    epsilon: Annotated[float, Ge(0)] = 0.1
    standardize: bool = True
    tol: Annotated[float, Gt(0)] = 1e-3
    max_iter: Annotated[int, Ge(1)] | None = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets, weights (n_rows,) if given.

        Warns:
            StoppedWarning: libsvm stopped at ``max_iter`` for some outputs.

        Raises:
            InputError: The arrays do not match, or the kernel names an unknown block.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        X, Y, weights = weighted_rows(X, Y, sample_weight, allow_nan=True)
        positions = np.arange(len(X)) if sample_weight is None else np.flatnonzero(np.asarray(sample_weight))
        self.kernel_ = self._fitted_kernel(X)
        K = self.kernel_.matrix(X)
        dual, self.intercept_ = np.zeros(Y.shape), np.zeros(Y.shape[1])
        stopped = 0
        for rows, outputs in target_parts(Y):
            of_rows = K if len(rows) == len(K) else np.ascontiguousarray(K[np.ix_(rows, rows)])
            for output in outputs.tolist():
                found, self.intercept_[output], converged = self._fit_output(of_rows, Y[rows, output], weights[rows])
                dual[rows, output] = found
                stopped += not converged
        if stopped:
            warnings.warn(
                f"svr: libsvm stopped at max_iter={self.max_iter} for {stopped} of {Y.shape[1]} outputs; raise "
                "max_iter, lower C or standardise the features",
                StoppedWarning,
                stacklevel=2,
            )
        supporting = np.flatnonzero(dual.any(axis=1))
        self.support_ = positions[supporting]
        self.rows_, self.dual_coef_ = X[supporting], dual[supporting]
        self.n_features_in_ = X.shape[1]
        return self

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: the kernel, and libsvm for every output."""
        return self._kernel_seconds(n_rows, n_features) + _SECONDS_PER_SQUARE * n_rows**2 * n_outputs

    @property
    def for_many_rows(self) -> str:
        """Machines on some of the rows, or kernel ridge by landmarks."""
        return f"{super().for_many_rows}; or {{kind: kernel_ridge, params: {{landmarks: 1000, penalty: auto}}}}"

    def _fit_output(self, K: Doubles, y: Floats, weights: Doubles) -> tuple[Doubles, float, bool]:
        """Return dual coefficients (n_rows,), intercept, and whether libsvm converged."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import SVR as Machine  # noqa: N811 - the kit's own is called so too

        values = y.astype(np.float64)
        mean = float(np.average(values, weights=weights)) if self.standardize else 0.0
        scale = float(np.sqrt(np.average((values - mean) ** 2, weights=weights))) if self.standardize else 1.0
        if scale <= 1e-12 * abs(mean):  # constant but for rounding
            return np.zeros(len(values)), mean, True
        machine = Machine(
            kernel="precomputed",
            C=self.C,
            epsilon=self.epsilon,
            tol=self.tol,
            max_iter=-1 if self.max_iter is None else self.max_iter,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            machine.fit(K, (values - mean) / scale, weights)
        dual = np.zeros(len(values))
        dual[machine.support_] = machine.dual_coef_[0] * scale
        converged = self.max_iter is None or int(np.max(machine.n_iter_)) < self.max_iter
        return dual, float(machine.intercept_[0]) * scale + mean, converged
