"""What the prediction of a row rests on: which parts of its key training rows have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.arrays import Ints
from kit.config.schema import ColumnsConfig
from kit.sets import parts_of

MEASURED, SEEN_PARTS, NEW_ROW = "measured", "seen parts", "new row"
"""The row itself is a training row; every part of its key is in one; rows have no keys that recur."""


def support(rows: pd.DataFrame, train: pd.DataFrame, columns: ColumnsConfig) -> np.ndarray:
    """Return what the predictions of rows rest on, in a few words.

    Args:
        rows: (n_rows, …) rows with the key columns.
        train: (n_train, …) the training rows of the fit that predicts them.
        columns: Which columns are keys, and which of them are the group and the compound.

    Returns:
        (n_rows,) texts: ``measured`` where a training row has the same keys; ``seen parts`` where all values of the
        keys are in training rows, but in other combinations; else ``new compound``, ``new group``, ``new group and
        compound``: what no training row has. Other key columns go by their names (``new dose``). ``new
        2 of genes`` are two members of a set. Where rows have no keys but their numbers, ``new row``.
    """
    found = np.full(len(rows), SEEN_PARTS if columns.keys else NEW_ROW, dtype=object)
    new = new_parts(rows, train, columns)
    if not len(rows) or new.empty:
        return found
    roles = {columns.compound: "compound", columns.group: "group"}
    names = [roles.get(name, name) for name in new.columns]
    # Few combinations occur, however many rows there are.
    codes, combinations = pd.factorize(pd.MultiIndex.from_frame(new))
    for code, counts in enumerate(combinations):
        if any(counts):
            said = [name if n == 1 else f"{n} of {name}" for name, n in zip(names, counts, strict=True) if n]
            found[codes == code] = f"new {' and '.join(said)}"
    if columns.keys:
        known = pd.MultiIndex.from_frame(train[columns.keys].astype(str))
        found[pd.MultiIndex.from_frame(rows[columns.keys].astype(str)).isin(known)] = MEASURED
    return found


def new_parts(rows: pd.DataFrame, train: pd.DataFrame, columns: ColumnsConfig) -> pd.DataFrame:
    """Return what no training row has of the parts of rows.

    Args:
        rows: As in `support`.
        train: As in `support`.
        columns: As in `support`.

    Returns:
        (n_rows, n_parts) a column for every key, and the group: 1 where the value is new, 0 where it was seen; of a set
        the number of new members.
    """
    parts = parts_of_keys(columns)
    return pd.DataFrame({name: _n_new(rows[name], train[name], name in columns.sets) for name in parts})


def parts_of_keys(columns: ColumnsConfig) -> list[str]:
    """Return the columns that every row needs: the keys, and the group."""
    return list(dict.fromkeys([*columns.keys, *([] if columns.group is None else [columns.group])]))


def _n_new(rows: pd.Series, train: pd.Series, is_set: bool) -> Ints:
    """Return for each row how many parts of its value no training row has: members of a set, or the value itself."""
    known = parts_of(train.astype(str), is_set)
    codes, values = pd.factorize(rows.astype(str))
    counts = [len(parts_of([value], is_set) - known) for value in values]
    return np.asarray(counts, dtype=np.intp)[codes]
