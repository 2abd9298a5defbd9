"""Names for the arrays that go through the kit, and the checks that every plug-in makes on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.intp]


BLOCK_ELEMENTS = 2**21
"""Numbers that one block of a wide matrix holds: 16 MiB of float64."""


def blocks(length: int, width: int, elements: int | None = None) -> Iterator[slice]:
    """Yield slices that cover one axis of a wide matrix in order, so that its float64 temporaries stay small.

    Args:
        length: The length of the axis that is cut.
        width: The length of the other axis.
        elements: Numbers that a block may hold (default: `BLOCK_ELEMENTS`); a slice holds at least one row or column
            whatever its size.
    """
    step = max(1, (elements or BLOCK_ELEMENTS) // max(1, width))
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))


def tiles(n_rows: int, n_columns: int, elements: int | None = None) -> Iterator[tuple[slice, slice]]:
    """Yield the rows and columns of parts that cover a matrix: blocks of columns of a wide one, of rows of a tall one.

    So that no part is read in small pieces, and the sums over a small matrix are taken at once.
    """
    if n_rows <= n_columns:
        for columns in blocks(n_columns, n_rows, elements):
            yield slice(0, n_rows), columns
    else:
        for rows in blocks(n_rows, n_columns, elements):
            yield rows, slice(0, n_columns)


def as_matrix(
    values: ArrayLike, name: str, n_rows: int | None = None, n_columns: int | None = None, allow_nan: bool = False
) -> Floats:
    """Return ``values`` as a finite C-contiguous float32 matrix, without a copy where it is one already.

    Args:
        values: Anything that NumPy reads as numbers.
        name: What the matrix is called in messages.
        n_rows: The number of rows it must have, if that is known.
        n_columns: The number of columns it must have, if that is known.
        allow_nan: Whether values may be NaN, for missing.

    Raises:
        InputError: It is not a finite numeric matrix of that shape.
    """
    if values is None or hasattr(values, "toarray") or (hasattr(values, "dtype") and np.iscomplexobj(values)):
        raise InputError(f"{name}: {_no_matrix(values)}")
    try:
        matrix = np.ascontiguousarray(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected a numeric matrix, got {type(values).__name__} ({error})") from None
    if matrix.ndim != 2:
        hint = "; Reshape your data: [row] is a matrix of one row" if matrix.ndim == 1 else ""
        raise InputError(f"{name}: expected 2 dimensions (rows, columns), got shape {matrix.shape}{hint}")
    if n_rows is not None and matrix.shape[0] != n_rows:
        raise InputError(f"{name}: expected {n_rows} rows, got {matrix.shape[0]}")
    if n_columns is not None and matrix.shape[1] != n_columns:
        raise InputError(f"{name}: expected {n_columns} columns, got {matrix.shape[1]}")
    for rows in blocks(*matrix.shape):
        part = matrix[rows]
        finite = np.isfinite(part)
        if allow_nan and not finite.all():
            finite |= np.isnan(part)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            found = "NaN" if np.isnan(part[row, column]) else part[row, column]
            raise InputError(
                f"{name}: {found} at row {rows.start + row}, column {column}; values must be finite float32"
            )
    return matrix


def _no_matrix(values: Any) -> str:
    """Return why values that NumPy would take are none; the words are those that scikit-learn's checks ask for."""
    if values is None:
        return "Expected array-like (array or non-string sequence), got None"
    if hasattr(values, "toarray"):
        return f"Sparse data are not supported, got {type(values).__name__}; give values.toarray()"
    return "Complex data not supported; expected real numbers"


def unit_rows(rows: NDArray[Any]) -> Doubles:
    """Return rows scaled to length 1, float64; a row of zeros stays one."""
    values = rows.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", values, values))[:, None]
    units: Doubles = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    return units


def require_columns(rows: pd.DataFrame, columns: list[str], user: str) -> None:
    """Check that a table of rows has the columns that ``user`` reads.

    Raises:
        InputError: ``rows`` is no data frame or lacks a column; the message says which name is nearest.
    """
    import pandas as pd

    if not isinstance(rows, pd.DataFrame):
        raise InputError(f"{user}: rows must be a pandas data frame of keys and metadata, got {type(rows).__name__}")
    for column in columns:
        if column not in rows.columns:
            names: list[Any] = [str(name) for name in rows.columns]
            raise InputError(f"{user}: the rows have no column {column!r}{did_you_mean(column, names)}")
