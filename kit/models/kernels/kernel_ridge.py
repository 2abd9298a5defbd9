"""Kernel ridge regression of many outputs, for a whole path of penalties at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import as_matrix
from kit.models.base import MODELS, Loss
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.kernel_model import SECONDS_PER_PRODUCT, Count, LandmarkModel, weighted_rows
from kit.models.penalties import Penalties, best, path_length, penalty_path
from kit.plugins import PluginOf, Supplied, check_is_fitted


@MODELS.register("kernel_ridge")
@dataclass(eq=False, repr=False)
class KernelRidge(LandmarkModel):
    """Kernel ridge regression; a list of penalties is a path from which the best is chosen.

    Minimises Σ w‖y − f(x) − b‖² + penalty·‖f‖² over functions f of the kernel's space, the intercept b unpenalised.
    One kernel matrix and one eigen-decomposition, in float64, serve every output and every penalty.

    Outputs may have gaps (NaN in Y): each is fitted on the rows that measured it, with one decomposition for all that
    lack the same rows. An output that no row measured is predicted as 0.

    Args:
        kernel: The kernel; None for RBF with gamma "scale".
        penalty: The penalty (scikit-learn's ``alpha``), greater than 0, in units of the kernel's values times rows; or
            a list, from which `choose` takes the best on held-out rows. `fit` with a list takes the one with the least
            squared leave-one-out error of the training rows, which is exact (for the kernel that all rows gave) and
            costs no further fit; of equals, the greatest. "auto" is that choice from quarter decades around the mean
            nonzero eigenvalue of the kernel matrix (1e-4 to 1e3 times it), in a recipe too: no inner folds.
        fit_intercept: Whether there is an intercept.
        landmarks: The training rows that stand for all in the kernel, where there are more rows than these (Nyström's
            approximation): time and memory grow with rows × landmarks, no longer with the cube and the square of the
            rows. None for the whole kernel matrix.
        random_state: Seed of the choice of landmarks.
        blocks: First and past-the-end column of every feature block that the kernel names.

    Attributes:
        kernel_: The fitted kernel.
        rows_: (n_kept, n_features) float32 training rows, those of weight 0 left out; or the landmarks.
        dual_coef_: (n_kept, n_outputs) float64.
        intercept_: (n_outputs,) float64.
        penalty_: The penalty of this fit.
        n_features_in_: The number of features.
    """

    allow_nan_targets: ClassVar[bool] = True
    path_parameter: ClassVar[str | None] = "penalty"
    restraints: ClassVar[tuple[str, ...]] = ("penalty",)

    kernel: Annotated[Kernel | None, PluginOf("kernel")] = None
    penalty: Penalties = 1.0
    fit_intercept: bool = True
    landmarks: Count | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    @property
    def chooses(self) -> bool:
        """Whether ``penalty`` is a list."""
        return isinstance(self.penalty, list)

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets, weights (n_rows,) if given.

        Raises:
            InputError: The arrays do not match, or the kernel names an unknown block.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        X, Y, weights = weighted_rows(X, Y, sample_weight, allow_nan=True)
        self.kernel_ = self._fitted_kernel(X)
        rows = self._kernel_rows(self.kernel_, X, weights)
        of_all = rows.path(self.fit_intercept)
        penalties = penalty_path(self.penalty, of_all.eigenvalues)
        self.penalty_ = penalties[0]
        if len(penalties) > 1:
            parts = rows.parts(Y, self.fit_intercept, of_all)
            errors = sum(part.path.leave_one_out(part.Y, penalties) for part in parts)
            self.penalty_ = best(penalties, np.asarray(errors), "penalty")
        self.dual_coef_, self.intercept_ = np.zeros((len(rows.kept), Y.shape[1])), np.zeros(Y.shape[1])
        for part in rows.parts(Y, self.fit_intercept, of_all):
            coef, self.intercept_[part.outputs] = part.path.dual(part.Y, self.penalty_)
            self.dual_coef_[np.ix_(part.kept, part.outputs)] = coef
        self.rows_ = rows.kept
        self.n_features_in_ = X.shape[1]
        return self

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> float:
        """Return the penalty of the path whose prediction for ``X_val`` has the least loss; of equals, the greatest.

        Raises:
            InputError: The arrays do not match, or no penalty has a finite loss.
        """
        self.check_parameters()
        X, Y, weights = weighted_rows(X, Y, fit_params.get("sample_weight"), allow_nan=True)
        X_val = as_matrix(X_val, "X_val", n_columns=X.shape[1])
        kernel = self._fitted_kernel(X)
        rows = self._kernel_rows(kernel, X, weights)
        of_all = rows.path(self.fit_intercept)
        penalties = penalty_path(self.penalty, of_all.eigenvalues)
        K_val = kernel.matrix(X_val, rows.kept)
        predicted = [np.zeros((len(X_val), Y.shape[1]), dtype=np.float32) for _ in penalties]
        for part in rows.parts(Y, self.fit_intercept, of_all):
            mean, products, _ = part.path.project(part.Y)
            scores = part.path.scores(K_val[:, part.kept])
            for penalty, values in zip(penalties, predicted, strict=True):
                shrunk = products / (part.path.eigenvalues + penalty)[:, None]
                values[:, part.outputs] = scores @ shrunk + mean
        losses = [float(loss(values)) for values in predicted]
        return best(penalties, np.asarray(losses), "penalty")

    def report(self) -> dict[str, Any]:
        """Return the penalty of the fit."""
        check_is_fitted(self, "dual_coef_")
        return {"penalty": self.penalty_}

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: kernel, eigen-decomposition, products with Y."""
        tried = path_length(self.penalty)
        chosen = tried if tried > 1 else 0
        products = (2 * n_outputs + chosen * (n_outputs + 1)) * n_rows * self._n_kept(n_rows)
        passes = 4 if chosen else 2
        return self._decomposition_seconds(n_rows, n_features, passes) + SECONDS_PER_PRODUCT * products
