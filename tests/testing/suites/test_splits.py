from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Floats
from kit.splits import Fold, HeldOutCellType, KFoldSplitter, KMeansSplitter, Splitter
from kit.testing import check_splitter, make_rows
from kit.testing.reloading import saved_bytes
from tests.testing.registered import registered


class Overlapping(KFoldSplitter):
    """Trains on a validation row."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        first, *others = super().folds(rows, Y)
        return [replace(first, train=np.union1d(first.train, first.validation[:1])), *others]


class Twins(KFoldSplitter):
    """Gives two folds one name."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        return [replace(fold, name="fold") for fold in super().folds(rows, Y)]


class Unsorted(KFoldSplitter):
    """Returns positions in any order."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        return [replace(fold, train=fold.train[::-1]) for fold in super().folds(rows, Y)]


class Labels(KFoldSplitter):
    """Returns labels of the index."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        def taken(positions: np.ndarray) -> np.ndarray:
            return np.sort(rows.index.to_numpy()[positions]).astype(np.intp)

        return [
            replace(fold, train=taken(fold.train), validation=taken(fold.validation)) for fold in super().folds(rows)
        ]


class Weightless(KFoldSplitter):
    """Lets folds count nothing."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        return [replace(fold, weight=0.0) for fold in super().folds(rows, Y)]


class Drawn(KFoldSplitter):
    """Draws anew every time."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        return KFoldSplitter(self.check_parameters() or self.n_splits).folds(rows)  # type: ignore[func-returns-value]


BROKEN: dict[type[Splitter], str] = {
    Overlapping: "trains on its validation rows",
    Twins: "the folds' names are",
    Unsorted: "return ascending positions",
    Labels: "folds depend on the index",
    Weightless: "the weight of 'fold 1' is 0.0",
    Drawn: "two divisions of the same rows differ",
}


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_a_broken_promise_is_found(cls: type[KFoldSplitter]) -> None:
    with registered("splitter", cls), pytest.raises(AssertionError, match=BROKEN[cls]):
        check_splitter(cls(3), fresh_process=False)


def test_folds_that_follow_the_targets_are_found_unless_it_is_said() -> None:
    kmeans = KMeansSplitter(3, n_clusters=2)
    with pytest.raises(AssertionError, match="the folds change with the targets"):
        check_splitter(kmeans, fresh_process=False)
    check_splitter(kmeans, follows_targets=True, fresh_process=False)


def test_own_rows_and_test_rows() -> None:
    rows, Y = make_rows()
    renamed = rows.rename(columns={"cell_type": "line"})
    test = pd.DataFrame({"line": ["B cells"], "sm_name": [rows["sm_name"][1]]})
    reload = check_splitter(HeldOutCellType("line"), renamed, Y, test_rows=test, fresh_process=False)
    assert list(reload.supplied) == ["test_rows"]
    assert saved_bytes(reload.plugin).keys() == {"state.json"}  # without the table, which has no place in it
    assert reload.plugin.test_rows is test  # type: ignore[attr-defined]
