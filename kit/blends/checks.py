"""What every blend does with the predictions it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kit.arrays import Floats, as_matrix, blocks
from kit.errors import InputError


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


def row_blocks(matrices: Mapping[str, Floats]) -> Iterator[slice]:
    """Return slices over the rows, each small enough for a stack of all predictions."""
    n_rows, n_columns = next(iter(matrices.values())).shape
    return blocks(n_rows, len(matrices) * n_columns)
