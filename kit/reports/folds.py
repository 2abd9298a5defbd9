"""A table of the training and validation rows of each fold."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kit.splits.base import Fold


def fold_counts(folds: Sequence[Fold], groups: pd.Series) -> pd.DataFrame:
    """Return one line a fold: its weight and, in all and for every group, "training / validation" rows.

    Args:
        folds: The folds.
        groups: (n_rows,) the rows' group labels.
    """
    labels = groups.astype(str).reset_index(drop=True)
    lines = []
    for fold in folds:
        line = {"fold": fold.name, "weight": fold.weight, "all": f"{len(fold.train)} / {len(fold.validation)}"}
        train, validation = labels.iloc[fold.train], labels.iloc[fold.validation]
        for name in sorted(labels.unique()):
            line[name] = f"{(train == name).sum()} / {(validation == name).sum()}"
        lines.append(line)
    return pd.DataFrame(lines)
