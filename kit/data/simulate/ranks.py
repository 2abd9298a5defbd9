"""Rows in rank form: every gene's value is a function of its rank in the row alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import laplace, rankdata

from kit.arrays import Doubles, Floats

# An expectation is a smooth function of the noise-free value: it is computed at so many of them, each as the mean over
# so many quantiles of the noise, and interpolated between.
N_VALUES, N_QUANTILES = 200, 200


def rank_form(rows: Floats) -> Floats:
    """Return signed -log10 p of the genes' ranks within their row.

    With u = (rank + 1/2) / n_genes, counted from the largest value, it is sign(1/2 - u) * -log10(2 min(u, 1 - u)).

    Args:
        rows: (n_rows, n_genes) values of any scale; of equal ones, the first is the larger.

    Returns:
        float32 (n_rows, n_genes); every row holds the same multiset of values.
    """
    ranks = rankdata(-rows, method="ordinal", axis=1) - 1
    return _value_at((ranks + 0.5) / rows.shape[1]).astype(np.float32)


def expected_rank_form(
    noise_free: Floats, measured: Floats, noise_sd: Callable[[Doubles, int], Doubles], n_values: int = N_VALUES
) -> Floats:
    """Return what `rank_form` of measured rows is on average over the noise.

    A gene's rank is where its noisy value lies among those of the others, whose distribution is taken from the row as
    it was measured: with thousands of genes it hardly depends on the draw.

    Args:
        noise_free: (n_rows, n_genes) values without noise.
        measured: The same with Laplace noise.
        noise_sd: Returns the standard deviation of the noise of given noise-free values in the row of a position.
        n_values: How many noise-free values of a row are computed; the others are interpolated.

    Returns:
        float32 (n_rows, n_genes).
    """
    expected = np.empty(noise_free.shape, dtype=np.float32)
    n_genes = noise_free.shape[1]
    quantiles = laplace.ppf((np.arange(N_QUANTILES) + 0.5) / N_QUANTILES, scale=np.sqrt(0.5))
    shares = (n_genes - np.arange(n_genes) - 0.5) / n_genes  # of the ascending measured values
    for row in range(len(noise_free)):
        low, high = noise_free[row].min(), noise_free[row].max()
        values = np.linspace(low, high, n_values)
        drawn = values[:, None] + noise_sd(values, row)[:, None] * quantiles
        of_values = _value_at(np.interp(drawn, np.sort(measured[row].astype(np.float64)), shares)).mean(axis=1)
        expected[row] = np.interp(noise_free[row], values, of_values)
    return expected


def _value_at(shares: Doubles) -> Doubles:
    """Return the value of a gene that the given share of its row's genes exceeds, in (0, 1)."""
    values: Doubles = np.sign(0.5 - shares) * -np.log10(2 * np.minimum(shares, 1 - shares))
    return values
