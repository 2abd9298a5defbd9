from __future__ import annotations

import numpy as np
import pandas as pd

from kit.splits import KFoldSplitter
from kit.splits.together import folds_of_keys


def test_replicates_are_on_one_side_of_every_fold() -> None:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"k": rng.integers(0, 12, 50).astype(str)})
    Y = np.zeros((50, 1), dtype=np.float32)
    folds = folds_of_keys(KFoldSplitter(4, random_state=0), rows, Y, ["k"])
    for fold in folds:
        assert not set(rows["k"].iloc[fold.train]) & set(rows["k"].iloc[fold.validation])
        assert sorted([*fold.train, *fold.validation]) == list(range(50))
    assert sorted(np.concatenate([fold.validation for fold in folds])) == list(range(50))
    # Rows at random would have torn them apart.
    torn = KFoldSplitter(4, random_state=0).folds(rows)
    assert any(set(rows["k"].iloc[fold.train]) & set(rows["k"].iloc[fold.validation]) for fold in torn)


def test_without_replicates_the_splitter_sees_every_row() -> None:
    rows = pd.DataFrame({"k": ["a", "a", "b", "c"]})
    folds = folds_of_keys(KFoldSplitter(2, random_state=0), rows, np.zeros((4, 1), dtype=np.float32), [])
    plain = KFoldSplitter(2, random_state=0).folds(rows)
    assert [fold.validation.tolist() for fold in folds] == [fold.validation.tolist() for fold in plain]
