from __future__ import annotations

import numpy as np
import pandas as pd

from kit.reports.folds import fold_counts
from kit.splits.base import Fold


def test_counts_training_and_validation_rows_in_all_and_by_group() -> None:
    groups = pd.Series(["B", "A", "A", "B", "A"], index=[7, 3, 5, 1, 0])
    folds = [
        Fold("one", np.array([0, 3, 4]), np.array([1, 2]), 2.0),
        Fold("two", np.array([1, 2]), np.array([0]), 0.5),
    ]
    expected = pd.DataFrame(
        {
            "fold": ["one", "two"],
            "weight": [2.0, 0.5],
            "all": ["3 / 2", "2 / 1"],
            "A": ["1 / 2", "2 / 0"],
            "B": ["2 / 0", "0 / 1"],
        }
    )
    pd.testing.assert_frame_equal(fold_counts(folds, groups), expected)
