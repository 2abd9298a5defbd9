"""Penalties of linear models and kernels: a path of them, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, MinLen

from kit.arrays import Doubles
from kit.errors import InputError

Penalty = Annotated[float, Gt(0)]

Penalties = Penalty | Annotated[list[Penalty], MinLen(1)] | Literal["auto"]
"""One penalty; a path of them, to be chosen from by inner folds; or the path that `penalty_path` makes."""

_STEPS_A_DECADE = 4
_DECADES_BELOW, _DECADES_ABOVE = 4, 3


def penalty_path(penalty: Penalties, eigenvalues: Doubles) -> list[float]:
    """Return the penalties to try.

    Args:
        penalty: As given to the model. "auto" is a path of quarter decades, from four decades below the mean eigenvalue
            to three above it: where it lies is known to a decade, so that the same penalties are tried in every fold.
        eigenvalues: (rank,) the nonzero eigenvalues of X'X or of the kernel matrix, all rows weighted.
    """
    if isinstance(penalty, (int, float)):
        return [float(penalty)]
    if penalty != "auto":
        return [float(value) for value in penalty]
    middle = round(log10(float(eigenvalues.mean()))) if eigenvalues.size else 0
    steps = range(-_DECADES_BELOW * _STEPS_A_DECADE, _DECADES_ABOVE * _STEPS_A_DECADE + 1)
    return [float(f"{10 ** (middle + step / _STEPS_A_DECADE):.3g}") for step in steps]


def path_length(penalty: Penalties) -> int:
    """Return how many penalties there are to try."""
    return len(penalty_path(penalty, np.ones(1)))


def best(candidates: Sequence[float], losses: Doubles, name: str) -> float:
    """Return the candidate of least loss; of equals, the greatest, which smooths the most.

    Raises:
        InputError: No loss is finite.
    """
    if not np.isfinite(losses).any():
        raise InputError(f"{name}: none of {list(candidates)} has a finite loss; check the features and the targets")
    least = np.nanmin(losses)
    return max(candidate for candidate, loss in zip(candidates, losses, strict=True) if loss == least)
