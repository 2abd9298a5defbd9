"""A metadata column as text: what is missing, and which columns hold SMILES."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kit.arrays import require_columns
from kit.errors import InputError
from kit.values import canonical_texts

_SHOWN = 3


def column_texts(rows: pd.DataFrame, column: str, user: str) -> tuple[list[str], NDArray[np.bool_]]:
    """Return a column's texts and which of them are missing.

    Args:
        rows: (n_rows, …) keys and metadata.
        column: The column.
        user: Who asks, for messages.

    Returns:
        n_rows texts without surrounding blanks, "" where missing, and an (n_rows,) mask of the missing: None, NaN, and
        texts that are empty or blank. What is no text (numbers, times) is written as `kit.values` does it.

    Raises:
        InputError: The column is absent.
    """
    require_columns(rows, [column], user)
    written = zip(rows[column], canonical_texts(rows[column]), strict=True)
    texts = [value.strip() if isinstance(value, str) else text or "" for value, text in written]
    return texts, np.array([text == "" for text in texts], dtype=bool)


def require_texts(rows: pd.DataFrame, column: str, user: str) -> None:
    """Check that a column holds texts alone, where a number is more likely the wrong column.

    Raises:
        InputError: It is absent, or holds something else.
    """
    require_columns(rows, [column], user)
    values = rows[column]
    for row, (value, absent) in enumerate(zip(values, values.isna(), strict=True)):
        if not absent and not isinstance(value, str):
            raise InputError(
                f"{user}: column {column!r} holds {value!r} at row {row}, expected text; write the column as text "
                "(rows[column].astype(str))"
            )


def some(names: Sequence[str]) -> str:
    """Return the first few names in quotes, and how many there are besides."""
    shown = ", ".join(repr(name if len(name) <= 80 else f"{name[:77]}…") for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def holds_smiles(name: str) -> bool:
    """Whether a column or array of that name holds structures: its name contains "smiles"."""
    return "smiles" in name.lower()
