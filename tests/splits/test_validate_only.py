from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.splits import GroupKFoldSplitter, ValidateOnly
from tests.splits.tables import check_folds, plates


def wells() -> pd.DataFrame:
    rows = plates()
    return rows.assign(role=np.where(np.arange(len(rows)) % 3, "treatment", "control"))


def test_other_rows_are_trained_on_in_every_fold() -> None:
    rows, scheme = wells(), GroupKFoldSplitter("plate", 3, random_state=0)
    folds = ValidateOnly(scheme, "role", ["treatment"]).folds(rows)
    check_folds(folds, len(rows))
    controls = np.flatnonzero(rows["role"] == "control")
    treated = np.flatnonzero(rows["role"] == "treatment")
    alone = scheme.folds(rows.iloc[treated].reset_index(drop=True))
    for fold, expected in zip(folds, alone, strict=True):
        np.testing.assert_array_equal(fold.validation, treated[expected.validation])
        np.testing.assert_array_equal(fold.train, np.sort(np.concatenate([treated[expected.train], controls])))
        assert (fold.name, fold.weight) == (expected.name, expected.weight)


def test_errors_say_what_to_do() -> None:
    rows, scheme = wells(), GroupKFoldSplitter("plate", 3, random_state=0)
    with pytest.raises(InputError, match=r"no row has 'role' among .'treated'.; the rows have 'control', 'treatment'"):
        ValidateOnly(scheme, "role", ["treated"]).folds(rows)
    with pytest.raises(InputError, match=r"'rol' .did you mean 'role'"):
        ValidateOnly(scheme, "rol", ["treatment"]).folds(rows)
