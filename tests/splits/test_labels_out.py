from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.splits import LabelsOut

CODES = np.repeat(np.arange(6), [5, 4, 3, 2, 2, 2])
Y = np.eye(6, dtype=np.float32)[CODES]
ROWS = pd.DataFrame(index=range(len(CODES)))


@pytest.mark.parametrize("shuffle", [True, False])
def test_every_row_is_held_out_once_with_all_rows_of_its_label(shuffle: bool) -> None:
    folds = LabelsOut(n_splits=3, shuffle=shuffle, random_state=0).folds(ROWS, Y)
    assert sorted(np.concatenate([fold.validation for fold in folds])) == list(range(len(CODES)))
    for fold in folds:
        assert not set(CODES[fold.train]) & set(CODES[fold.validation])
        assert len(fold.train) + len(fold.validation) == len(CODES)
    if not shuffle:
        assert {len(fold.validation) for fold in folds} <= {5, 6, 7}


def test_refuses_what_cannot_be_divided() -> None:
    with pytest.raises(InputError, match="the labels are needed"):
        LabelsOut().folds(ROWS)
    with pytest.raises(InputError, match="n_splits=7, but there are only 6 labels"):
        LabelsOut(n_splits=7).folds(ROWS, Y)
