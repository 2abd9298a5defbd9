from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from kit.errors import InputError, ParameterError
from kit.splits import GroupKFoldSplitter, HeldOutCellType, HeldOutCompounds, KFoldSplitter, KMeansSplitter, Mix
from tests.splits.tables import as_sets, check_folds, competition, plates


def test_folds_of_all_schemes_with_their_weights() -> None:
    rows, test_rows = competition()
    schemes = [HeldOutCellType(test_rows=test_rows), HeldOutCompounds(random_state=0, test_rows=test_rows)]
    folds = Mix(schemes, [3.0, 1.0]).folds(rows)
    check_folds(folds, len(rows))
    assert [fold.name for fold in folds] == ["NK", "T", "compounds 1", "compounds 2", "compounds 3"]
    own = [fold for scheme in schemes for fold in scheme.folds(rows)]
    for fold, alone in zip(folds, own, strict=True):
        np.testing.assert_array_equal(fold.train, alone.train)
        np.testing.assert_array_equal(fold.validation, alone.validation)
    weights = [fold.weight for fold in folds]
    np.testing.assert_allclose(weights[:2], [3 * 6 / 11, 3 * 5 / 11])
    assert sum(weights[2:]) == pytest.approx(1.0)


def test_equal_weights_by_default() -> None:
    folds = Mix([KFoldSplitter(2, random_state=0), GroupKFoldSplitter("plate", 3, random_state=0)]).folds(plates())
    assert sum(fold.weight for fold in folds[:2]) == pytest.approx(1.0)
    assert sum(fold.weight for fold in folds[2:]) == pytest.approx(1.0)


def test_names_that_clash_get_the_schemes_kind() -> None:
    schemes = [KFoldSplitter(2), GroupKFoldSplitter("plate", 2), KFoldSplitter(2)]
    assert [fold.name for fold in Mix(schemes).folds(plates())] == [
        "kfold 1: fold 1",
        "kfold 1: fold 2",
        "group_kfold: fold 1",
        "group_kfold: fold 2",
        "kfold 2: fold 1",
        "kfold 2: fold 2",
    ]


def test_targets_reach_the_schemes_and_clones_divide_alike() -> None:
    Y = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    mix = Mix([KMeansSplitter(2, 2, random_state=0), KFoldSplitter(2, random_state=0)], [1.0, 2.0])
    assert as_sets(clone(mix).folds(plates(), Y)) == as_sets(mix.folds(plates(), Y))


def test_errors_say_what_to_do() -> None:
    rows = plates()
    with pytest.raises(InputError, match="list of schemes is empty"):
        Mix([]).folds(rows)
    with pytest.raises(InputError, match="expected splitters, got 'kfold'"):
        Mix(["kfold"]).folds(rows)
    with pytest.raises(InputError, match="1 weights for 2 schemes"):
        Mix([KFoldSplitter(), KFoldSplitter()], [1.0]).folds(rows)
    with pytest.raises(ParameterError, match=r"weights\.0"):
        Mix([KFoldSplitter()], [0.0]).folds(rows)
    with pytest.raises(InputError, match="pass test_rows"):
        Mix([HeldOutCellType()]).folds(competition()[0])
