"""Small quadratic problems over weights, solved by non-negative least squares.

Source of the solver: Lawson and Hanson, Solving Least Squares Problems (1974), chapter 23; SciPy's `nnls`.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from kit.arrays import Doubles


def least_on_simplex(A: Doubles) -> Doubles:
    """Return the w ≥ 0 with the sum 1 that minimise w'Aw.

    For u = t·w with w on the simplex, u'Au + (1'u − 1)² = t²·w'Aw + (t − 1)², which at the best t is q/(1 + q) with
    q = w'Aw: it grows with q. So the u ≥ 0 that minimise the left side, divided by their sum, are the solution,
    exactly, and they are one problem of non-negative least squares.

    Args:
        A: (n, n) positive semi-definite.
    """
    scale = float(np.trace(A)) / len(A)
    if scale <= 0:
        return np.full(len(A), 1 / len(A))
    system = np.vstack([square_root(A / scale), np.ones(len(A))])
    u, _ = nnls(system, np.append(np.zeros(len(A)), 1.0))
    weights: Doubles = u / u.sum()
    return weights


def square_root(A: Doubles) -> Doubles:
    """Return an R with R'R = A, for a positive semi-definite A; eigenvalues that rounding made negative count as 0."""
    values, vectors = np.linalg.eigh(A)
    root: Doubles = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    return root
