"""The floors under every score: the openproblems benchmark's control methods, which have learnt next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kit.arrays import Floats
from kit.config.schema import ColumnsConfig
from kit.features import CategoryCodes
from kit.models import Additive, GroupMean, MeanOutcome, Zeros


def floors(
    columns: ColumnsConfig, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
) -> Iterator[tuple[str, Floats]]:
    """Yield the name of every floor and its (n_new, n_targets) prediction, fitted on the given rows alone.

    Args:
        columns: Which columns are the group and the compound; without a compound its floors are left out.
        rows: (n_rows, …) training rows.
        Y: (n_rows, n_targets) their targets.
        new_rows: (n_new, …) the rows to predict.
    """
    keys = [columns.group, *([columns.compound] if columns.compound else [])]
    codes = CategoryCodes(columns=keys).fit(rows)
    X, X_new = codes.transform(rows), codes.transform(new_rows)
    yield "zeros", Zeros().fit(X, Y).predict(X_new)
    yield "mean", MeanOutcome().fit(X, Y).predict(X_new)
    yield f"per {columns.group}", GroupMean(column=0).fit(X, Y).predict(X_new)
    if columns.compound:
        yield f"per {columns.compound}", GroupMean(column=1).fit(X, Y).predict(X_new)
        yield "additive", Additive(cell_column=0, compound_column=1).fit(X, Y).predict(X_new)
