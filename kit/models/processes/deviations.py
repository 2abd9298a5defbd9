"""The standard deviation of each target in each context, shrunk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks

_MIN_ROWS = 4
"""Rows from which a context's variances are estimated."""

_LOG_VARIANCE = 2.4
"""Variance of the log of a sample variance, times its degrees of freedom; 2 for normal values, which tails exceed."""


def shrunk_deviations(
    Y: Floats, contexts: Ints, n_contexts: int, power: float, missing: np.ndarray | None = None
) -> Floats:
    """Return by how much a target's standard deviation differs between contexts, as factors around 1.

    A context's log variances, less their mean over targets, are regressed on the row-weighted mean of the other
    contexts'; what is left of a target is kept as far as it exceeds the error of a sample variance. The factor is
    exp(½·power·value); it is 1 in contexts of fewer than four rows.

    Args:
        Y: (n_rows, n_targets) targets without their means.
        contexts: (n_rows,) contexts, 0 ≤ context < n_contexts.
        n_contexts: The number of contexts.
        power: In (0, 1]; 1 divides the whole shrunk deviation out.
        missing: (n_rows, n_targets) which values are missing, and left out; None for none. A target of which a context
            has fewer than four values counts there as one of mean variance.

    Returns:
        (n_contexts + 1, n_targets) float32; the last, an unseen context's, is 1.
    """
    counts = np.bincount(contexts, minlength=n_contexts)
    known = [context for context in range(n_contexts) if counts[context] >= _MIN_ROWS]
    factors = np.ones((n_contexts + 1, Y.shape[1]), dtype=np.float32)
    if len(known) < 2:
        return factors
    logs = np.array([_log_variances(Y, np.flatnonzero(contexts == context), missing) for context in known])
    logs -= np.nanmean(logs, axis=1, keepdims=True)
    logs = np.nan_to_num(logs)
    for place, context in enumerate(known):
        others = np.arange(len(known)) != place
        expected = np.average(logs[others], axis=0, weights=counts[known][others])
        square = expected @ expected
        predicted = expected * (expected @ logs[place] / square if square > 0 else 0.0)
        rest = logs[place] - predicted
        error = _LOG_VARIANCE / (counts[context] - 1)
        excess = max(float(rest.var()) - error, 0.0)
        factors[context] = np.exp(0.5 * power * (predicted + rest * excess / (excess + error)))
    return factors


def enlarged_errors(solved: Callable[[slice], Floats | Doubles], factors: Floats, contexts: Ints) -> Doubles:
    """Return by how much multiplying the factors back enlarges the root mean square error of each row.

    Errors, not targets: a target that varies much has more signal, and not so much more noise. They are those of
    leaving one row out, (Σ⁻¹Y)_i / (Σ⁻¹)_ii, whose denominator is the same for all targets of a row.

    Args:
        solved: Returns Σ⁻¹Y for some targets as modelled, divided by the factors.
        factors: (n_contexts + 1, n_targets) factors.
        contexts: (n_rows,) contexts.
    """
    n_rows = len(contexts)
    plain, multiplied = np.zeros(n_rows), np.zeros(n_rows)
    for columns in blocks(factors.shape[1], n_rows):
        squares = np.square(solved(columns))
        plain += squares.sum(axis=1)
        for context in np.unique(contexts):
            rows = contexts == context
            multiplied[rows] += squares[rows] @ np.square(factors[context, columns])
    ratios: Doubles = np.sqrt(np.divide(multiplied, plain, out=np.ones(n_rows), where=plain > 0))
    return ratios


def _log_variances(Y: Floats, rows: Ints, missing: np.ndarray | None) -> Doubles:
    """Return the (n_targets,) log variances over some rows, NaN where too few values are there."""
    variances, counts = np.empty(Y.shape[1]), np.full(Y.shape[1], len(rows))
    for columns in blocks(Y.shape[1], len(rows)):
        values = Y[rows, columns].astype(np.float64)
        if missing is not None:
            values[missing[rows, columns]] = np.nan
            counts[columns] = (~missing[rows, columns]).sum(axis=0)
            enough = counts[columns] >= _MIN_ROWS
            values[:, ~enough] = 0.0
        variances[columns] = np.nanvar(values, axis=0, ddof=1)
    positive = variances[(variances > 0) & (counts >= _MIN_ROWS)]
    # A target that is constant here counts as the least variable of the others.
    logs = np.log(np.maximum(variances, positive.min() if len(positive) else 1.0))
    return np.where(counts >= _MIN_ROWS, logs, np.nan)
