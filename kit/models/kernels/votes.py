"""Weights of the nearest rows."""

from __future__ import annotations

import numpy as np

from kit.arrays import Doubles

TIE = 1e-9
"""Similarities closer than this, relative to the kernel's diagonal, are equal: rounding must not choose neighbours."""


def votes(similarity: Doubles, close: Doubles, k: int, row_weights: Doubles, by_similarity: bool) -> Doubles:
    """Return the (m_rows, n_kept) share of every kept row in the mean for every row; a row's shares sum to 1.

    Args:
        similarity: (m_rows, n_kept) similarities, minus infinity for what is no candidate; one candidate at least.
        close: (m_rows,) similarities that differ by no more are equal, and up to this they are nothing.
        k: The number of neighbours, of whom those that tie for the last places share these equally.
        row_weights: (n_kept,) positive weights by which rows count besides.
        by_similarity: Whether neighbours count by their similarity; where none has any, they count the same.
    """
    places = np.minimum(k, np.isfinite(similarity).sum(axis=1))
    last = -np.sort(-similarity, axis=1)[np.arange(len(similarity)), places - 1][:, None]
    close = close[:, None]
    above = similarity > last + close
    tied = (similarity >= last - close) & ~above
    left = (places - above.sum(axis=1)) / tied.sum(axis=1)
    seats: Doubles = (above + tied * left[:, None]) * row_weights
    if by_similarity:
        strength = seats * np.where(similarity > close, similarity, 0.0)
        seats = np.where(strength.any(axis=1, keepdims=True), strength, seats)
    shares: Doubles = seats / seats.sum(axis=1, keepdims=True)
    return shares
