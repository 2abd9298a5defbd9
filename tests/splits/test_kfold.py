from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from kit.errors import InputError, ParameterError
from kit.splits import KFoldSplitter
from tests.splits.tables import check_partition, plates


@pytest.mark.parametrize(("n_rows", "n_splits"), [(10, 2), (11, 5), (7, 7)])
def test_is_scikit_learns_shuffled_kfold(n_rows: int, n_splits: int) -> None:
    rows = plates(n_rows)
    folds = KFoldSplitter(n_splits, random_state=3).folds(rows)
    check_partition(folds, n_rows)
    assert [fold.name for fold in folds] == [f"fold {i + 1}" for i in range(n_splits)]
    oracle = KFold(n_splits, shuffle=True, random_state=3).split(np.zeros(n_rows))
    for fold, (train, validation) in zip(folds, oracle, strict=True):
        np.testing.assert_array_equal(fold.train, train)
        np.testing.assert_array_equal(fold.validation, validation)


def test_errors_say_what_to_do() -> None:
    with pytest.raises(InputError, match="n_splits=5, but there are only 4 rows; choose n_splits <= 4"):
        KFoldSplitter().folds(plates(4))
    with pytest.raises(ParameterError, match="n_splits"):
        KFoldSplitter(1).folds(plates(4))
    with pytest.raises(InputError, match="data frame"):
        KFoldSplitter().folds(pd.Series(range(9)))
