"""The leading singular vectors of a matrix that is long both ways, by subspace iteration, some rows at a time.

An exact decomposition needs the matrix of inner products of the shorter side, and a time that grows with its cube. Here
a few random directions are multiplied by that matrix again and again without making it: each pass goes over the rows
once (Halko, Martinsson & Tropp, Finding Structure with Randomness, SIAM Review 53, 2011, algorithm 4.4; the projected
problem of the last pass is solved as in Rayleigh-Ritz).
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.targets.centring import centred

SHORTER_SIDE = 4096
"""Rows and targets beyond which components are iterated for: the exact way takes 11 s and .7 GiB there (AMD EPYC)."""

_MORE, _SHARE = 16, 0.5
"""Directions beside those asked for, at least and as a share of them: the last of them converge slowly."""

_SETTLED, _PASSES = 1e-6, 20
"""The relative change of the components' sum of squares that ends the iteration, and the passes that do."""


class Leading(NamedTuple):
    """The leading part of a singular value decomposition.

    Attributes:
        values: (n_components,) float64 singular values, decreasing.
        basis: (n_components, n_targets) float64, orthonormal.
        total: The sum of squares of the whole (centred) matrix.
        passes: How often the rows were gone over.
    """

    values: Doubles
    basis: Doubles
    total: float
    passes: int


def is_iterated(shape: tuple[int, int], n_components: int) -> bool:
    """Whether a matrix is so long both ways, and the components so few, that they are iterated for."""
    return min(shape) > SHORTER_SIDE and 4 * _n_directions(n_components) < min(shape)


def leading_components(Y: Floats, centres: Floats, index: Ints | None, n_components: int) -> Leading:
    """Return the leading components of a centred matrix; the same input gives the same bytes.

    Args:
        Y: (n_rows, n_targets) float32, mapped from a file or not.
        centres: What is subtracted, see `kit.targets.centring.centred`.
        index: (n_rows,) which centre is a row's; None where nothing is subtracted.
        n_components: How many, far fewer than rows and targets.
    """
    start = np.random.default_rng(0).standard_normal((Y.shape[1], _n_directions(n_components)))
    directions, before, passes = np.linalg.qr(start)[0], 0.0, 0
    while True:
        passes += 1
        products, total = _multiplied(Y, centres, index, directions)
        squares, rotation = np.linalg.eigh(directions.T @ products)
        found = float(squares[-n_components:].sum())
        if passes == _PASSES or abs(found - before) <= _SETTLED * found:
            break
        directions, before = np.linalg.qr(products)[0], found
    values = np.sqrt(np.maximum(squares[::-1][:n_components], 0.0))
    return Leading(values, (directions @ rotation[:, ::-1][:, :n_components]).T, total, passes)


def _n_directions(n_components: int) -> int:
    return n_components + max(_MORE, ceil(_SHARE * n_components))


def _multiplied(Y: Floats, centres: Floats, index: Ints | None, directions: Doubles) -> tuple[Doubles, float]:
    """Return the targets' inner products times some directions, and the sum of squares: one pass over the rows."""
    products, total = np.zeros_like(directions), 0.0
    for rows in blocks(*Y.shape):
        block = centred(Y[rows], slice(None), centres, None if index is None else index[rows])
        products += block.T @ (block @ directions)
        total += float(np.vdot(block, block))
    return products, total
