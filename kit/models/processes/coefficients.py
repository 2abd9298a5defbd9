"""What a process is left with after its fit: the coefficients of targets, by which new rows are predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.models.processes.factors import Parameters
from kit.models.processes.gaps import Gapped
from kit.models.processes.large import LargeObjective, coefficients, coefficients_by_ratio
from kit.models.processes.likelihood import Moments, inverse_of
from kit.models.processes.ratios import Ratios, coefficients_with_gaps


@dataclass(frozen=True)
class Coefficients:
    """The covariance of a new row with the training rows, times these, is its prediction.

    Attributes:
        dual: (n_rows, n_targets) float32.
        means: (n_rows,) the same for the rows' means over targets.
        log_ratios: (n_targets,) posterior mean of each target's log signal-to-noise ratio; None without them.
        precision: (n_rows, n_rows) inverse covariance of the training rows, the mean over targets where they have gaps;
            None for many rows.
        solved: Returns, for some targets, their values times the inverse covariance of the training rows; gaps filled
            with their conditional means.
    """

    dual: Floats
    means: Doubles
    log_ratios: Doubles | None
    precision: Doubles | None
    solved: Callable[[slice], Floats | Doubles]


def exact_coefficients(
    moments: Moments, Y: Floats, means: Doubles, gapped: Gapped | None, by_ratio: bool
) -> Coefficients:
    """Find coefficients by matrices of all rows.

    Args:
        moments: Signal and noise of the rows.
        Y: (n_rows, n_targets) targets, which may be overwritten.
        means: (n_rows,) means of rows over targets.
        gapped: The same targets where they have gaps, else None.
        by_ratio: Whether each target has a signal-to-noise ratio of its own.
    """
    precision = inverse_of(moments.signal + np.diag(moments.noise))[1]
    log_ratios: Doubles | None = None
    whole = Y if gapped is None else gapped.filled(precision)[0]
    solved: Callable[[slice], Floats | Doubles] = partial(_product, precision, whole)
    if gapped is not None and by_ratio:
        dual, log_ratios = coefficients_with_gaps(moments.signal, moments.noise, gapped)
    elif by_ratio:
        ratios = Ratios.of(moments.signal, moments.noise, Y)
        dual, log_ratios, solved = ratios.dual(), ratios.means(), ratios.solved
    else:
        dual = np.empty(Y.shape, dtype=np.float32)
        for columns in blocks(*Y.shape[::-1]):
            dual[:, columns] = solved(columns)
    mean_precision = precision if gapped is None else gapped.mean_precision(precision)
    return Coefficients(dual, precision @ means, log_ratios, mean_precision, solved)


def large_coefficients(
    objective: LargeObjective, parameters: Parameters, Y: Floats, means: Doubles, by_ratio: bool
) -> Coefficients:
    """Find the same without matrices of all rows."""
    moments = objective.moments(parameters)
    covariance = objective.covariance(moments)
    dual, log_ratios = (
        coefficients_by_ratio(partial(objective.covariance, moments), Y)
        if by_ratio
        else (coefficients(covariance, Y), None)
    )
    solved_means = covariance.solve(means[:, None])[:, 0]
    return Coefficients(dual, solved_means, log_ratios, None, lambda columns: covariance.solve(Y[:, columns]))


def _product(precision: Doubles, whole: Floats | Doubles, columns: slice) -> Doubles:
    product: Doubles = precision @ whole[:, columns]
    return product
