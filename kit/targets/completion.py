"""Targets with gaps completed by a low-rank model, so that a basis can be fitted to all of them.

An iteration in the manner of EM (soft-impute: Mazumder, Hastie and Tibshirani, JMLR 11 (2010); regularised iterative
PCA: Josse and Husson, Journal de la SFdS 153 (2012)): gaps are filled, the singular value decomposition of the whole is
taken, gaps are filled again by its components, each shrunk by what noise makes of it, until they change no more. The
shrinkage is the optimal one for white noise (Gavish and Donoho, IEEE Trans. Inf. Theory 63 (2017)); how much noise
there is, the median singular value tells, and as much hides in gaps. Values that were measured stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.gaps import split_gaps
from kit.targets.rank import shrinkage

MOST_ITERATIONS = 200
TOLERANCE = 1e-3
"""The iteration ends when the filled values change by less than this share of the measured values' size."""


@dataclass(frozen=True)
class Completed:
    """Targets without gaps.

    Attributes:
        values: (n_rows, n_targets) float32: what was measured, and the low-rank model's values in gaps.
        n_iterations: How often the gaps were filled.
        converged: Whether they changed no more in the end.
        noise: Variance of a measured value around the low-rank model.
    """

    values: Floats
    n_iterations: int
    converged: bool
    noise: float


def complete(Y: Floats, centres_of: Callable[[Floats], tuple[Floats, Ints | None]]) -> Completed:
    """Fill the gaps of targets.

    Args:
        Y: (n_rows, n_targets) float32 targets, NaN in gaps.
        centres_of: Returns what is subtracted from whole targets before their decomposition: (n_centres, n_targets)
            means, and which of them is each row's; None for nothing.
    """
    missing = np.isnan(Y)
    values, measured = split_gaps(Y)
    means = values.sum(axis=0) / np.maximum(measured.sum(axis=0), 1)
    filled: Floats = np.where(missing, means, values).astype(np.float32)
    scale = float(np.sqrt(np.square(values).sum() / measured.sum())) or 1.0
    n_iterations, converged = 0, False
    while not converged and n_iterations < MOST_ITERATIONS:
        centres, index = centres_of(filled)
        rank, change, left = _fill(filled, missing, centres, index)
        n_iterations, converged = n_iterations + 1, change < TOLERANCE * scale
    noise = left / (measured.sum() * max(1 - rank / min(Y.shape), 1 / min(Y.shape)))
    return Completed(filled, n_iterations, converged, noise)


def _fill(filled: Floats, missing: np.ndarray, centres: Floats, index: Ints | None) -> tuple[int, float, float]:
    """Fill gaps once more, in place.

    Returns:
        How many components are more than noise, the root mean square of the change, and the sum of squares that these
        components leave.
    """
    n_rows, n_targets = filled.shape
    wide = n_rows <= n_targets
    gram = np.zeros((min(filled.shape), min(filled.shape)))
    for part in blocks(max(filled.shape), min(filled.shape)):
        block = _centred(filled, part, centres, index, wide)
        gram += block @ block.T if wide else block.T @ block
    eigenvalues, vectors = np.linalg.eigh(gram)
    values, vectors = np.sqrt(np.maximum(eigenvalues[::-1], 0.0)), vectors[:, ::-1]
    free = max(1, n_rows - len(centres))
    shrink = shrinkage(values[: min(free, n_targets)], free, n_targets, float(1 - missing.mean()))
    rank = int((shrink > 0).sum())
    # What fills gaps is the projection on the leading vectors of the smaller side, each shrunk.
    smoother = (vectors[:, :rank] * shrink[:rank]) @ vectors[:, :rank].T
    total = 0.0
    for part in blocks(max(filled.shape), min(filled.shape)):
        block = _centred(filled, part, centres, index, wide)
        fitted = smoother @ block if wide else block @ smoother
        at = (slice(None), part) if wide else (part, slice(None))
        if index is not None:
            fitted += centres[index if wide else index[part]][:, part if wide else slice(None)]
        gaps = missing[at]
        total += float(np.square(fitted[gaps] - filled[at][gaps]).sum())
        filled[at] = np.where(gaps, fitted, filled[at])
    return rank, float(np.sqrt(total / missing.sum())), float(np.square(values[rank:]).sum())


def _centred(filled: Floats, part: slice, centres: Floats, index: Ints | None, wide: bool) -> Doubles:
    """Return some columns (of a wide matrix) or rows, less their centres, in float64."""
    block = (filled[:, part] if wide else filled[part]).astype(np.float64)
    if index is not None:
        block -= centres[index][:, part] if wide else centres[index[part]]
    return block
