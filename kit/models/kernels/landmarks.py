"""Landmarks: a few training rows through whose kernel that of all rows is approximated (Nyström)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.models.kernels.kernel import Kernel

POOL = 10
"""Rows that a landmark is chosen from, for each landmark."""

_AT_A_TIME = 50
"""Landmarks that are drawn between two looks at what is left to explain."""

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Landmarks:
    """Rows that stand for all: the kernel of x and z becomes k(x, rows) ``root`` ``root``' k(rows, z).

    Attributes:
        rows: (n_landmarks, n_features) float32.
        root: (n_landmarks, rank) float64, a root of the pseudo-inverse of the landmarks' kernel.
    """

    rows: Floats
    root: Doubles

    @classmethod
    def of(cls, kernel: Kernel, X: Floats, number: int, random_state: int | None) -> Self | None:
        """Choose landmarks among training rows; None where there are no more rows than landmarks: all are kept.

        Args:
            kernel: The fitted kernel.
            X: (n_rows, n_features) the training rows.
            number: The number of landmarks. Fewer are chosen where they explain the kernel of the others already.
            random_state: Seed of the choice.
        """
        if len(X) <= number:
            return None
        rows = X[chosen_rows(kernel, X, number, np.random.default_rng(random_state))]
        values, vectors = np.linalg.eigh(kernel.matrix(rows))
        kept = values > values.max(initial=0.0) * len(rows) * _EPS
        return cls(rows, vectors[:, kept] / np.sqrt(values[kept]))

    def kernel_blocks(self, kernel: Kernel, X: Floats) -> Iterator[tuple[slice, Doubles]]:
        """Yield blocks of rows and their (n_block, n_landmarks) kernel with the landmarks."""
        for at in blocks(len(X), max(len(self.rows), X.shape[1])):
            yield at, kernel.matrix(X[at], self.rows)


def chosen_rows(kernel: Kernel, X: Floats, number: int, rng: np.random.Generator) -> Ints:
    """Return at most ``number`` positions of rows, ascending, that explain the kernel of the others well.

    A row is drawn with a probability that goes by what the rows drawn before leave unexplained of it: rows that are
    alike share a landmark, and a rare kind of row gets one, by the kernel's own measure, whatever the kernel. From ten
    rows a landmark, drawn evenly, so that the choice does not grow with the number of rows.

    Source: Chen, Epperly, Tropp & Webber, Randomly pivoted Cholesky, Communications on Pure and Applied Mathematics
    78 (2025), with blocks of 50.

    Args:
        kernel: The fitted kernel.
        X: (n_rows, n_features) rows, more than ``number``.
        number: How many.
        rng: What draws them.
    """
    pool = np.sort(rng.permutation(len(X))[: POOL * number])
    X = X[pool]
    diagonal = kernel.diagonal(X)
    left, total = diagonal.copy(), float(diagonal.sum())
    factor, rank = np.zeros((len(X), number)), 0
    chosen: list[int] = []
    while len(chosen) < number and left.sum() > len(X) * _EPS * total:
        size = min(_AT_A_TIME, number - len(chosen), int(np.count_nonzero(left)))
        drawn = np.sort(rng.choice(len(X), size, replace=False, p=left / left.sum()))
        # What the rows drawn before do not explain of the kernel with these.
        columns = kernel.matrix(X, X[drawn]) - factor[:, :rank] @ factor[drawn, :rank].T
        values, vectors = np.linalg.eigh(columns[drawn])
        kept = values > values.max(initial=0.0) * len(drawn) * _EPS
        step = columns @ (vectors[:, kept] / np.sqrt(values[kept]))
        factor[:, rank : rank + step.shape[1]] = step
        rank += step.shape[1]
        left = np.maximum(left - np.einsum("ij,ij->i", step, step), 0.0)
        left[drawn] = 0.0
        # Rounding, not something to explain.
        left[left < len(X) * _EPS * diagonal] = 0.0
        chosen += drawn.tolist()
    return np.sort(pool[chosen])
