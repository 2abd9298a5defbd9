"""Folds that keep the rows of one key together, whatever the splitter knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.splits.base import Fold, Splitter


def folds_of_keys(splitter: Splitter, rows: pd.DataFrame, Y: Floats, keys: Sequence[str]) -> list[Fold]:
    """Return the folds of the first row of every key, with the key's other rows (its replicates) beside it.

    Args:
        splitter: Sees one row a key.
        rows: (n_rows, …) keys and metadata.
        Y: (n_rows, n_targets) targets.
        keys: The columns that replicates share; without any every row is one of its own.

    Raises:
        InputError: The rows do not allow the splitter's folds.
    """
    if not keys:
        return splitter.folds(rows, Y)
    codes = rows.groupby(list(keys), sort=False, observed=True).ngroup().to_numpy()
    first = np.unique(codes, return_index=True)[1]
    folds = splitter.folds(rows.iloc[first].reset_index(drop=True), Y[first])
    return [
        replace(
            fold,
            train=np.flatnonzero(np.isin(codes, fold.train)),
            validation=np.flatnonzero(np.isin(codes, fold.validation)),
        )
        for fold in folds
    ]
