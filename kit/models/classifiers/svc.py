"""Support vector classification: a machine for each class against the others, over one kernel matrix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from kit.arrays import Doubles, Floats, blocks
from kit.classes import softmax
from kit.models.base import MODELS
from kit.models.classifiers.base import Classifier, hard_rows
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.kernel_model import KernelModel
from kit.models.kernels.svr import StoppedWarning
from kit.plugins import PluginOf, Supplied

N_SPLITS = 3
"""Parts of the training rows in which the steepness of probabilities is learnt."""

# Single-thread CPU seconds for one class and squared row: libsvm with the kernel at hand, C = 1, AMD EPYC.
_SECONDS_PER_SQUARE = 2.2e-8

_CERTAIN_NO = -1.0
"""The decision value of a class that a machine has not seen: that of a row beyond the margin of the others."""


@MODELS.register("svc")
@dataclass(eq=False, repr=False)
class SVC(Classifier, KernelModel):
    """Support vector classification: for each class a machine (libsvm) that tells it from all others.

    scikit-learn's ``OneVsRestClassifier(SVC())`` with the kernel computed once for all classes. Probabilities are the
    softmax of the decision values, which have no scale of their own: with ``calibrate`` they are first multiplied by
    one number, by which the rows that machines were not fitted on are likeliest (temperature scaling, as
    ``CalibratedClassifierCV(method="temperature", ensemble=False)`` has it; ``probability=True`` goes away).
    It changes no order of classes. It is learnt in three parts of the training rows, which share batches and
    replicates, so that it may be too sure of rows from new ones.

    Args:
        kernel: The kernel; None for RBF with gamma "scale".
        C: How much an error weighs against smoothness, greater than 0.
        calibrate: Whether to learn the scale of the decision values, at the cost of three more fits.
        tol: Tolerance of the stopping criterion.
        max_iter: Most iterations of libsvm for a class, with a warning where it stops there; None for no limit.
        blocks: First and past-the-end column of every feature block that the kernel names.

    Attributes:
        kernel_: The fitted kernel; absent, as all below, where all rows are of one class.
        rows_: (n_kept, n_features) float32 the rows that support a machine; no others are kept.
        dual_coef_: (n_kept, n_seen) float64, 0 where a row does not support a class's machine.
        intercept_: (n_seen,) float64.
        scale_: What decision values are multiplied by.

    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, ICML 2017.
    """

    kernel: Annotated[Kernel | None, PluginOf("kernel")] = None
    C: Annotated[float, Gt(0)] = 1.0
    calibrate: bool = True
    tol: Annotated[float, Gt(0)] = 1e-3
    max_iter: Annotated[int, Ge(1)] | None = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def _learn(self, X: Floats, shares: Floats) -> None:
        there = shares.any(axis=1)
        X, shares = X[there], shares[there]
        self.kernel_ = self._fitted_kernel(X)
        K = self.kernel_.matrix(X)
        dual, self.intercept_, stopped = self._machines(K, shares)
        if stopped:
            warnings.warn(
                f"svc: libsvm stopped at max_iter={self.max_iter} for {stopped} of {shares.shape[1]} classes; raise "
                "max_iter, lower C or standardise the features",
                StoppedWarning,
                stacklevel=3,
            )
        self.scale_ = self._steepness(K, shares) if self.calibrate else 1.0
        supporting = np.flatnonzero(dual.any(axis=1))
        self.rows_, self.dual_coef_ = X[supporting], dual[supporting]

    def _probabilities(self, X: Floats) -> Doubles:
        found = np.empty((len(X), len(self.intercept_)))
        for rows in blocks(len(X), len(self.rows_)):
            decisions = self.kernel_.matrix(X[rows], self.rows_) @ self.dual_coef_ + self.intercept_
            found[rows] = softmax(self.scale_ * decisions)
        return found

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: the kernel, and libsvm for every class."""
        fits = 1 + N_SPLITS * (1 - 1 / N_SPLITS) ** 2 if self.calibrate else 1
        return self._kernel_seconds(n_rows, n_features) + _SECONDS_PER_SQUARE * n_rows**2 * n_outputs * fits

    @property
    def for_many_rows(self) -> str:
        """Machines on some rows of every class, or a linear model on the features of landmarks."""
        return (
            f"fit it on some rows of every class: {{kind: balanced, params: {{model: {{kind: {self.kind}, …}}, "
            "max_per_class: 500}}; or give `logistic` a block of kind nystroem"
        )

    def _machines(self, K: Doubles, shares: Floats) -> tuple[Doubles, Doubles, int]:
        """Fit a machine for each class.

        Args:
            K: (n_rows, n_rows) the kernel.
            shares: (n_rows, n_seen) how much of each row counts in each class.

        Returns:
            Dual coefficients (n_rows, n_seen), intercepts (n_seen,), and how many machines have not converged.
        """
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import SVC as Machine  # noqa: N811 - the kit's own is called so too

        rows, codes, weights = hard_rows(shares)
        of_rows = K if len(rows) == len(K) else np.ascontiguousarray(K[np.ix_(rows, rows)])
        dual, intercept, stopped = np.zeros(shares.shape), np.full(shares.shape[1], _CERTAIN_NO), 0
        for place in np.unique(codes).tolist():
            machine = Machine(
                kernel="precomputed", C=self.C, tol=self.tol, max_iter=-1 if self.max_iter is None else self.max_iter
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                machine.fit(of_rows, np.where(codes == place, 1, -1), weights)
            np.add.at(dual[:, place], rows[machine.support_], machine.dual_coef_[0])
            intercept[place] = machine.intercept_[0]
            stopped += self.max_iter is not None and int(np.max(machine.n_iter_)) >= self.max_iter
        return dual, intercept, stopped

    def _steepness(self, K: Doubles, shares: Floats) -> float:
        """Return the scale of decision values by which rows that machines were not fitted on are likeliest."""
        from scipy.optimize import minimize_scalar
        from scipy.special import log_softmax

        decisions = np.empty(shares.shape)
        part = _parts(shares.argmax(axis=1))
        for number in range(N_SPLITS):
            fitted, held_out = np.flatnonzero(part != number), np.flatnonzero(part == number)
            if np.count_nonzero(shares[fitted].any(axis=0)) < 2:
                return 1.0  # there is nothing to tell apart
            dual, intercept, _ = self._machines(np.ascontiguousarray(K[np.ix_(fitted, fitted)]), shares[fitted])
            decisions[held_out] = K[np.ix_(held_out, fitted)] @ dual + intercept
        total = float(shares.sum(dtype=np.float64))

        def loss(logarithm: float) -> float:
            return -float((shares * log_softmax(np.exp(logarithm) * decisions, axis=1)).sum()) / total

        return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded").x))


def _parts(codes: np.ndarray) -> np.ndarray:
    """Return the (n_rows,) part of each row: the rows of a class are dealt out in turn."""
    order = np.argsort(codes, kind="stable")
    part = np.empty(len(codes), dtype=int)
    part[order] = np.arange(len(codes)) % N_SPLITS
    return part
