"""Counts of molecules in cells, on the scale on which cells are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.errors import InputError

CELL_TOTAL = 10_000.0
"""What the counts of every cell are scaled to before the logarithm, as scanpy's and Seurat's tutorials do."""


def log_counts(counts: Any) -> Any:
    """Return log(1 + count per 10,000 of its row's), float64; a row without any count stays 0.

    Args:
        counts: (n_rows, n_columns) numbers of at least 0, an array or a sparse matrix, which stays one.

    Raises:
        InputError: A number is negative, so that these are no counts.
    """
    values = counts.astype(np.float64)
    if values.size and values.min() < 0:
        raise InputError(
            f"counts are at least 0, and one is {values.min():g}: these are no counts, or were scaled already"
        )
    totals = np.asarray(values.sum(axis=1)).reshape(-1, 1)
    factors = np.divide(CELL_TOTAL, totals, out=np.zeros_like(totals), where=totals > 0)
    if hasattr(values, "tocsr"):
        return values.multiply(factors).tocsr().log1p()
    return np.log1p(values * factors)
