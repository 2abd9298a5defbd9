"""The conformance suite of kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.models.kernels import Kernel
from kit.testing.conventions import check_conventions, check_fits_alike, prepared
from kit.testing.promises import (
    reports_all,
    require,
    require_close,
    require_error,
    require_not_fitted,
    require_row_by_row,
    step,
    untouched,
)
from kit.testing.reloading import Reload, reloads_alike
from kit.testing.rows import make_features, make_new_rows, make_rows

_ROUNDING = 1e-9


@reports_all
def check_kernel(
    kernel: Kernel, X: Floats | None = None, *, X_new: Floats | None = None, fresh_process: bool = True
) -> Reload:
    """Check that a kernel keeps every promise of `kit.models.kernels.Kernel`.

    Args:
        kernel: Without blocks; clones of it are fitted.
        X: (n_rows, n_features) training features (default: `make_features` without signs, which every kernel takes).
        X_new: Features of new rows.
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(kernel)
    if X is None:
        rows, _ = make_rows()
        X, X_new = np.abs(make_features(rows)), np.abs(make_features(make_new_rows(rows)))
    seen: Floats = X[: min(9, len(X))] if X_new is None else X_new
    plain = prepared(kernel)
    unfitted: Kernel = clone(plain)
    require_not_fitted(
        kernel,
        {
            "matrix": lambda: unfitted.matrix(seen),
            "diagonal": lambda: unfitted.diagonal(seen),
            "columns": lambda: unfitted.columns(),
        },
    )
    fitted = check_fits_alike(plain, lambda one: one.fit(X), lambda one: one.fit(2 * X[::2]))
    with untouched(fitted, "matrix", X=seen, Z=X):
        _check_matrix(fitted, fitted.matrix(seen, X), (len(seen), len(X)))
    require_row_by_row(fitted, "matrix", lambda at: fitted.matrix(seen[at], X), len(seen))
    _check_inner_product(fitted, X)
    _check_wrong_input(plain, fitted, X)
    return reloads_alike(Reload(fitted, "matrix", (seen, X)), fresh_process)


@step("reading the matrix")
def _check_matrix(kernel: Kernel, values: Any, shape: tuple[int, int]) -> None:
    require(isinstance(values, np.ndarray), kernel, f"matrix returns a {type(values).__name__}", "return an array")
    require(values.dtype == np.float64, kernel, f"matrix returns {values.dtype}", "compute and return float64")
    require(values.shape == shape, kernel, f"matrix returns shape {values.shape}", f"return shape {shape}")
    require(np.isfinite(values).all(), kernel, "matrix returns NaN or infinity", "every value must be finite")


@step("the matrix of the training rows")
def _check_inner_product(kernel: Kernel, X: Floats) -> None:
    """A kernel's matrix of rows with themselves is one of inner products, a row of zeros included."""
    X = np.vstack([X, np.zeros_like(X[:1])])
    K = kernel.matrix(X)
    _check_matrix(kernel, K, (len(X), len(X)))
    require_close(kernel, K, K.T, "matrix(X) is not symmetric", "a kernel of x and z is that of z and x")
    require_close(kernel, kernel.matrix(X, X), K, "matrix(X, X) differs from matrix(X)", "None stands for X itself")
    remedy = "return the kernel of every row with itself"
    require_close(kernel, kernel.diagonal(X), np.diagonal(K), "diagonal differs from that of matrix", remedy)
    least = float(np.linalg.eigvalsh(K).min())
    remedy = "it is no inner product: models over it would divide by eigenvalues below zero"
    require(least >= -_ROUNDING * np.abs(K).max(), kernel, f"matrix(X) has the eigenvalue {least:.2g}", remedy)
    columns = kernel.columns()
    inside = len(columns) == 0 or (columns[0] >= 0 and columns[-1] < X.shape[1] and (np.diff(columns) > 0).all())
    require(inside, kernel, "columns returns others than those of X", "return the columns that it reads, ascending")


@step("a call on wrong data")
def _check_wrong_input(plain: Kernel, fitted: Kernel, X: Floats) -> None:
    holed = X.copy()
    holed[1, -1] = np.nan
    for what, call in {
        "fit with NaN": lambda: clone(plain).fit(holed),
        "fit with one dimension": lambda: clone(plain).fit(X[0]),
        "matrix with a feature too few": lambda: fitted.matrix(X[:, :-1]),
        "matrix with NaN": lambda: fitted.matrix(X, holed),
        "diagonal with a feature too many": lambda: fitted.diagonal(np.hstack([X, X[:, :1]])),
    }.items():
        require_error(plain, InputError, what, call, "read arguments through kit.arrays.as_matrix")
