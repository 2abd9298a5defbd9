"""The floors under every score of values: the openproblems benchmark's control methods, little more than means."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.features import CategoryCodes, FeatureBuilder, MultiHot, OneHot
from kit.models import Additive, GroupMean, MeanOutcome, Ridge, Zeros
from kit.problem_types.base import Roles


def mean_floors(columns: Roles, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame) -> Iterator[tuple[str, Floats]]:
    """Yield the name of every floor and its (n_new, n_targets) prediction, fitted on the given rows alone.

    Args:
        columns: Which columns are the group and the compound; what is not named has no floors.
        rows: (n_rows, …) training rows.
        Y: (n_rows, n_targets) their targets.
        new_rows: (n_new, …) the rows to predict.
    """
    keys = list(dict.fromkeys(name for name in (columns.group, columns.compound) if name is not None))
    if keys:
        codes = CategoryCodes(columns=keys).fit(rows)
        X, X_new = codes.transform(rows), codes.transform(new_rows)
    else:
        X, X_new = (np.zeros((len(frame), 1), dtype=np.float32) for frame in (rows, new_rows))
    yield "zeros", Zeros().fit(X, Y).predict(X_new)
    yield "mean", MeanOutcome().fit(X, Y).predict(X_new)
    for place, name in enumerate(keys):
        yield f"per {name}", GroupMean(column=place).fit(X, Y).predict(X_new)
    if columns.compound in columns.sets:
        yield "additive", _sum_of_members(columns, rows, Y, new_rows)
    elif len(keys) == 2:
        yield "additive", Additive(cell_column=0, compound_column=1).fit(X, Y).predict(X_new)


def _sum_of_members(columns: Roles, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame) -> Floats:
    """Return the sum of an effect of the group and one of every member of the set, shrunk as a ridge penalty does."""
    blocks: list[FeatureBuilder] = [MultiHot(str(columns.compound))]
    if columns.group is not None:
        blocks.append(OneHot([columns.group]))
    X = np.hstack([block.fit_transform(rows) for block in blocks])
    return Ridge(penalty="auto").fit(X, Y).predict(np.hstack([block.transform(new_rows) for block in blocks]))
