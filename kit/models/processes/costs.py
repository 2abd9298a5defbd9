"""What a fit of a process costs, roughly."""

from __future__ import annotations

# Single-thread CPU seconds, AMD EPYC, OpenBLAS, about 600 rows and 18,211 targets: one multiplication, of the n³ of a
# step of the fit and of the n² a target of what follows.
SECONDS_PER_CUBE = 1.3e-10
_SECONDS_PER_PRODUCT = 1.1e-10

# The same for many rows, a step for each value of the targets: 8,588 rows, 20 contexts (python -m
# benchmarks.process_growth), with whose number it grows.
_SECONDS_PER_VALUE = 3.7e-8

_MATRICES = 12
"""Matrices of all rows that a step holds at once, about: of four terms, their gradients and the inverse."""

FOR_MANY_ROWS = (
    "write every term as a free factor of one column, alone or times identity, low_rank or rbf of another; then time "
    "and memory grow with rows × contexts"
)


def fit_seconds(n_rows: int, n_outputs: int, n_steps: int, ratios: bool, exact: bool) -> float:
    """Return the CPU seconds of a fit.

    Args:
        n_rows: The number of training rows.
        n_outputs: The number of targets.
        n_steps: The number of steps.
        ratios: Whether targets have signal-to-noise ratios of their own.
        exact: Whether matrices of all rows are held.
    """
    if exact:
        return SECONDS_PER_CUBE * n_steps * n_rows**3 + _SECONDS_PER_PRODUCT * n_rows**2 * n_outputs
    # The ratios of targets solve for all of them 54 times, at a third of a step each.
    return _SECONDS_PER_VALUE * (n_steps + 18 * ratios) * n_rows * n_outputs


def fit_memory(n_rows: int, exact: bool) -> float:
    """Return the bytes of the matrices of all rows that a fit holds."""
    return 8.0 * _MATRICES * n_rows**2 if exact else 0.0
