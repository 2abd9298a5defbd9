"""Components by iteration beside an exact decomposition, on planted directions in noise: CPU time and what is kept.

python -m benchmarks.iterated_svd > benchmarks/results/iterated_svd.md
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks._measure import machine
from kit.arrays import Floats, blocks
from kit.targets import TargetSVD, iterated

_N_COMPONENTS, _RANK = 32, 40
_SIZES = [(5_000, 4_500, True), (6_000, 5_000, True), (20_000, 18_211, False)]
"""Rows, targets, and whether the exact decomposition is worth waiting for."""


def draw(n_rows: int, n_targets: int) -> Floats:
    """Return targets of `_RANK` directions, the strongest thirty times the weakest, and noise."""
    rng = np.random.default_rng(0)
    loadings = rng.standard_normal((_RANK, n_targets), dtype=np.float32)
    loadings *= np.geomspace(3, 0.1, _RANK, dtype=np.float32)[:, None]
    Y = np.empty((n_rows, n_targets), dtype=np.float32)
    for rows in blocks(n_rows, n_targets):
        part = rng.standard_normal((rows.stop - rows.start, _RANK), dtype=np.float32) @ loadings
        Y[rows] = part + rng.standard_normal(part.shape, dtype=np.float32)
    return Y


def fitted(Y: Floats, exact: bool) -> tuple[TargetSVD, float]:
    """Return a fitted transform and its CPU seconds."""
    before, longest = time.process_time(), iterated.SHORTER_SIDE
    try:
        iterated.SHORTER_SIDE = max(Y.shape) if exact else longest
        return TargetSVD(_N_COMPONENTS, center="mean").fit(Y), time.process_time() - before
    finally:
        iterated.SHORTER_SIDE = longest


def main() -> None:
    print(f"# Components by iteration\n\n`python -m benchmarks.iterated_svd`\n\n{machine()}\n")
    print(f"{_N_COMPONENTS} components of {_RANK} planted directions and noise, targets centred by their mean.\n")
    print("| rows | targets | CPU s | passes | exact, CPU s | greatest relative difference of singular values |")
    print("|---:|---:|---:|---:|---:|---:|")
    for n_rows, n_targets, compared in _SIZES:
        Y = draw(n_rows, n_targets)
        found, seconds = fitted(Y, exact=False)
        cells = [f"{n_rows:,}", f"{n_targets:,}", f"{seconds:.1f}", str(found.n_passes_), "", ""]
        if compared:
            exact, cpu = fitted(Y, exact=True)
            differs = np.abs(found.singular_values_ / exact.singular_values_ - 1).max()
            cells[-2:] = [f"{cpu:.1f}", f"{differs:.0e}"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
