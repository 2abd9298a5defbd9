"""Classes as a matrix: one row a row, one column a class, 1 where the row is of the class and 0 elsewhere."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kit.arrays import Doubles, Floats, Ints
from kit.errors import InputError

F = TypeVar("F", bound=np.floating[Any])

_SUM = 1e-3
"""How far the sum of a row's probabilities may be from 1."""


def true_classes(Y: Floats) -> Ints:
    """Return the (n_rows,) column of the class of each row.

    Args:
        Y: (n_rows, n_classes) with one 1 a row and zeros.

    Raises:
        InputError: A row is of no class or of several.
    """
    of_one = ((Y == 0) | (Y == 1)).all(axis=1) & (Y.sum(axis=1) == 1)
    if not of_one.all():
        at = int(of_one.argmin())
        raise InputError(
            f"targets: row {at} is of no single class (expected one 1 and zeros, got a sum of {Y[at].sum():.4g}); "
            "metrics of classes need a matrix of classes"
        )
    return np.asarray(Y.argmax(axis=1))


def check_classes(n_classes: int) -> None:
    """Check that there is something to tell apart.

    Raises:
        InputError: There is one class.
    """
    if n_classes < 2:
        raise InputError("metrics of classes need at least two classes (columns), got 1")


def as_probabilities(scores: Floats) -> Floats:
    """Return (n_rows, n_classes) scores as probabilities that sum to 1; a row without any gets equal ones.

    Raises:
        InputError: There is one class, or no row's scores are probabilities.
    """
    n_classes = scores.shape[1]
    if n_classes < 2:
        raise InputError(
            f"Y: expected (n_rows,) labels or a column for each of two classes or more, got {scores.shape}"
        )
    right = (scores >= 0).all(axis=1) & (np.abs(scores.sum(axis=1) - 1) <= _SUM)
    if not right.any():
        raise InputError(
            "Y: no row is of a class (one 1 and zeros) or has probabilities that sum to 1; a classifier takes classes "
            "as they are: leave out the target transform, or take a model of numbers, such as ridge"
        )
    return shares_of(scores)


def shares_of(scores: NDArray[F]) -> NDArray[F]:
    """Return scores, those below 0 as 0, divided by the sum of their row; equal ones where that is 0."""
    positive = np.maximum(scores, 0)
    total = positive.sum(axis=1, keepdims=True)
    equal = np.full_like(positive, 1 / scores.shape[1])
    shares: NDArray[F] = np.divide(positive, total, out=equal, where=total > 0)
    return shares


def softmax(scores: NDArray[F]) -> NDArray[F]:
    """Return the (n_rows, n_classes) probabilities whose logarithms are scores, but for a number a row."""
    shares: NDArray[F] = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def likeliest(probabilities: Floats) -> Floats:
    """Return (n_rows, n_classes) float32: 1 for the likeliest class of each row, of equally likely ones the first."""
    chosen = np.zeros(probabilities.shape, dtype=np.float32)
    chosen[np.arange(len(probabilities)), probabilities.argmax(axis=1)] = 1
    return chosen


def margins(probabilities: Floats) -> Doubles:
    """Return (n_rows,) by how much the likeliest class of each row is above the next."""
    greatest = np.partition(probabilities, -2, axis=1)[:, -2:].astype(np.float64)
    return np.asarray(greatest[:, 1] - greatest[:, 0])
