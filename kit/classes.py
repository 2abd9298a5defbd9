"""Classes as a matrix: one row a row, one column a class, 1 where the row is of the class and 0 elsewhere."""

from __future__ import annotations

import numpy as np

from kit.arrays import Floats, Ints
from kit.errors import InputError


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
