"""Checks and helpers that every blend applies to the predictions it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.errors import InputError, did_you_mean


def checked(predictions: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the predictions sorted by name, so that their order changes nothing, not even the rounding.

    Raises:
        InputError: There are none, one is no finite matrix, or the shapes disagree.
    """
    if not predictions:
        raise InputError("predictions: nothing to blend; give at least one model's predictions")
    matrices = {name: as_matrix(predictions[name], f"predictions[{name!r}]") for name in sorted(predictions)}
    first, *others = matrices
    for name in others:
        if matrices[name].shape != matrices[first].shape:
            raise InputError(
                f"predictions: {first!r} has shape {matrices[first].shape}, {name!r} has {matrices[name].shape}; "
                "a blend needs the same rows and targets from each"
            )
    return matrices


def check_weights(weights: Mapping[str, float], names: Iterable[str]) -> None:
    """Check that predictions of these names are those that have weights.

    Raises:
        InputError: A weight names none of them, or one has no weight.
    """
    names = list(names)
    for name in weights:
        if name not in names:
            raise InputError(f"weights: there is no prediction {name!r}{did_you_mean(name, names)}")
    for name in names:
        if name not in weights:
            raise InputError(
                f"weights: the prediction {name!r} has no weight{did_you_mean(name, weights)}; give it one, 0 to leave "
                "it out"
            )


def row_blocks(matrices: Mapping[str, Floats]) -> Iterator[slice]:
    """Return slices over the rows, each small enough for a stack of all predictions."""
    n_rows, n_columns = next(iter(matrices.values())).shape
    return blocks(n_rows, len(matrices) * n_columns)


def row_weights(sample_weight: ArrayLike | None, n_rows: int) -> Doubles:
    """Return (n_rows,) weights of rows with the sum 1.

    Raises:
        InputError: They are not one finite number of at least 0 a row, or all are 0.
    """
    if sample_weight is None:
        return np.full(n_rows, 1 / max(1, n_rows))
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"sample_weight: expected one number a row ({error})") from None
    if weights.shape != (n_rows,):
        raise InputError(f"sample_weight: expected one weight for each of {n_rows} rows, got shape {weights.shape}")
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.any():
        raise InputError("sample_weight: expected finite numbers >= 0, at least one of them above 0")
    shares: Doubles = weights / weights.sum()
    return shares


def row_labels(groups: ArrayLike, n_rows: int) -> np.ndarray:
    """Return (n_rows,) labels of groups as strings.

    Raises:
        InputError: They are not one a row.
    """
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise InputError(f"groups: expected one label for each of {n_rows} rows, got shape {labels.shape}")
    return labels.astype(str)


def check_same_names(names: Iterable[str], fitted: Iterable[str]) -> None:
    """Check that a fitted blend is given predictions of the models that it was fitted on.

    Raises:
        InputError: One is missing, or there is another.
    """
    given, known = list(names), list(fitted)
    for name in given:
        if name not in known:
            raise InputError(
                f"predictions: the blend was not fitted on {name!r}{did_you_mean(name, known)}; leave it out, or fit "
                "the blend with it"
            )
    for name in known:
        if name not in given:
            raise InputError(
                f"predictions: the blend was fitted on {name!r}{did_you_mean(name, given)} too; give its predictions, "
                "or fit the blend without it"
            )


def weighted_sum(predictions: Mapping[str, Floats], weights: Mapping[str, float]) -> Doubles:
    """Return the sum in float64."""
    total = np.zeros(next(iter(predictions.values())).shape)
    for name, matrix in predictions.items():
        if weights[name]:
            total += matrix * np.float64(weights[name])
    return total
