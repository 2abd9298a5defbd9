"""Helpers shared by splitters: columns read as labels, and folds built from masks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kit.arrays import Ints, require_columns
from kit.errors import InputError
from kit.splits.base import Fold
from kit.values import canonical_texts

Labels = NDArray[np.str_]
Mask = NDArray[np.bool_]


def labels(rows: pd.DataFrame, column: str, user: str) -> Labels:
    """Return a column's values as strings, one a row.

    Raises:
        InputError: The column is absent, or a row has no value there.
    """
    require_columns(rows, [column], user)
    texts = canonical_texts(rows[column])
    if None in texts:
        raise InputError(f"{user}: row {texts.index(None)} has no {column!r}; every row needs one to be put in a fold")
    return np.asarray(texts, dtype=str)


def group_codes(rows: pd.DataFrame, columns: str | list[str], user: str) -> tuple[Ints, list[str]]:
    """Return the group of every row and the groups' names.

    Args:
        rows: (n_rows, …) keys and metadata.
        columns: The column, or columns whose combinations, are the groups.
        user: The splitter, for messages.

    Returns:
        (n_rows,) numbers from 0, and the names that they stand for in sorted order ("NK cells × Belinostat").

    Raises:
        InputError: A column is absent or has a missing value, or none is named.
    """
    names = [columns] if isinstance(columns, str) else columns
    if not names:
        raise InputError(f"{user}: the list of columns is empty; name the columns whose values are the groups")
    keys = list(zip(*(labels(rows, name, user).tolist() for name in names), strict=True))
    groups = sorted(set(keys))
    number = {group: code for code, group in enumerate(groups)}
    return np.fromiter((number[key] for key in keys), np.intp, len(keys)), [" × ".join(group) for group in groups]


def tested_labels(test_rows: pd.DataFrame | None, column: str, user: str) -> Labels:
    """Return the labels of the test rows, which the splitter imitates.

    Raises:
        InputError: There are none: nobody passed them.
    """
    if test_rows is None:
        raise InputError(
            f"{user}: which rows to hold out depends on the rows to be predicted; pass test_rows, "
            f"a data frame of their keys with the column {column!r}"
        )
    return labels(test_rows, column, f"{user} (test rows)")


def numbered_folds(divisions: Iterable[tuple[Ints, Ints]], name: str = "fold") -> list[Fold]:
    """Return folds called "fold 1", "fold 2", …, each of the weight of its validation rows."""
    return [
        Fold(f"{name} {number}", np.sort(train).astype(np.intp), np.sort(held).astype(np.intp), float(len(held)))
        for number, (train, held) in enumerate(divisions, start=1)
    ]


def masked_fold(name: str, train: Mask, validation: Mask) -> Fold | None:
    """Return the fold of two masks, of the weight of its validation rows, or None when one of them is empty."""
    if not train.any() or not validation.any():
        return None
    return Fold(name, np.flatnonzero(train), np.flatnonzero(validation), float(validation.sum()))


def require_rows(n_rows: int, n_splits: int, what: str, user: str) -> None:
    """Check that there are enough rows, groups or compounds for the folds.

    Raises:
        InputError: There are fewer than ``n_splits``.
    """
    if n_rows < n_splits:
        raise InputError(f"{user}: {n_splits=}, but there are only {n_rows} {what}; choose n_splits <= {n_rows}")
