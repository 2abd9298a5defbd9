from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError, ParameterError
from kit.splits import GroupKFoldSplitter, LeaveOneGroupOutSplitter
from tests.splits.tables import as_sets, check_partition, plates


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("column", ["plate", "donor", ["plate", "donor"]])
def test_group_kfold_keeps_groups_together(column: str | list[str], shuffle: bool) -> None:
    rows = plates()
    folds = GroupKFoldSplitter(column, 3, shuffle, random_state=1).folds(rows)
    check_partition(folds, len(rows))
    assert [fold.name for fold in folds] == ["fold 1", "fold 2", "fold 3"]
    keys = rows[[column] if isinstance(column, str) else column].apply(tuple, axis=1).to_numpy()
    for fold in folds:
        assert set(keys[fold.train]).isdisjoint(keys[fold.validation])


@pytest.mark.parametrize("shuffle", [True, False])
def test_each_of_several_columns_is_new_to_a_fold(shuffle: bool) -> None:
    rows = pd.DataFrame([(line, drug) for line in "ABCD" for drug in "abcdefgh"], columns=["line", "drug"])
    folds = GroupKFoldSplitter(["line", "drug"], 2, shuffle, random_state=3, unseen="each").folds(rows)
    assert len(folds) == 4
    assert sorted(np.concatenate([fold.validation for fold in folds])) == list(range(len(rows)))
    for fold in folds:
        for column in rows:
            assert set(rows[column][fold.train]).isdisjoint(rows[column][fold.validation])
        # As many as can be: all rows of the other lines and drugs.
        assert (len(fold.train), len(fold.validation), fold.weight) == (8, 8, 8.0)
    one = GroupKFoldSplitter("line", 2, shuffle, random_state=3, unseen="each").folds(rows)
    check_partition(one, len(rows))


def test_each_column_unseen_needs_rows_that_share_nothing() -> None:
    rows = pd.DataFrame({"line": list("AAAB"), "drug": list("abcc")})
    with pytest.raises(InputError, match="without training rows: every other row shares a value of one of line, drug"):
        GroupKFoldSplitter(["line", "drug"], 2, shuffle=False, unseen="each").folds(rows)


def test_columns_that_would_join_to_one_name_stay_apart() -> None:
    rows = plates(4)
    rows["plate"], rows["donor"] = ["a", "a × b", "a", "a × b"], ["b × c", "c", "b × c", "c"]
    folds = GroupKFoldSplitter(["plate", "donor"], 2, random_state=0).folds(rows)
    assert sorted(fold.validation.tolist() for fold in folds) == [[0, 2], [1, 3]]


@pytest.mark.parametrize("shuffle", [True, False])
def test_group_kfold_follows_the_rows(shuffle: bool) -> None:
    rows = plates()
    splitter = GroupKFoldSplitter("plate", 3, shuffle, random_state=1)
    order = np.random.default_rng(0).permutation(len(rows))
    assert as_sets(splitter.folds(rows.iloc[order]), order) == as_sets(splitter.folds(rows))


def test_group_kfold_draws_by_seed_or_balances_rows() -> None:
    rows = plates()
    drawn = {frozenset(as_sets(GroupKFoldSplitter("plate", 3, random_state=seed).folds(rows))) for seed in range(4)}
    assert len(drawn) > 1
    balanced = [fold.weight for fold in GroupKFoldSplitter("plate", 3, shuffle=False, random_state=9).folds(rows)]
    assert max(balanced) - min(balanced) < 10


def test_leave_one_group_out_names_its_folds() -> None:
    rows = plates()
    folds = LeaveOneGroupOutSplitter("donor").folds(rows)
    check_partition(folds, len(rows))
    assert [fold.name for fold in folds] == ["1", "2", "3"]
    for fold in folds:
        np.testing.assert_array_equal(fold.validation, np.flatnonzero(rows["donor"] == int(fold.name)))
    both = LeaveOneGroupOutSplitter(["donor", "plate"]).folds(rows)
    check_partition(both, len(rows))
    assert both[0].name == "1 × A"
    first = (rows["donor"] == 1) & (rows["plate"] == "A")
    np.testing.assert_array_equal(both[0].validation, np.flatnonzero(first))


def experiments(numbers: dict[str, int], seed: int) -> pd.DataFrame:
    """Return rows in experiments of unequal size, so many of each cell type."""
    rng = np.random.default_rng(seed)
    names = [(cell, f"{cell}-{number}") for cell, many in numbers.items() for number in range(many)]
    rows = [name for name in names for _ in range(rng.integers(1, 9))]
    return pd.DataFrame(rows, columns=["cell_type", "experiment"]).sample(frac=1, random_state=seed)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("n_splits", [2, 3, 6])
@pytest.mark.parametrize("numbers", [{"HUVEC": 16, "HEPG2": 7, "RPE": 7, "U2OS": 3}, {"a": 6, "b": 1, "c": 5}])
def test_strata_have_their_share_of_groups_in_every_fold(numbers: dict[str, int], n_splits: int, shuffle: bool) -> None:
    for seed in range(5):
        rows = experiments(numbers, seed)
        splitter = GroupKFoldSplitter("experiment", n_splits, shuffle, random_state=seed, stratify="cell_type")
        folds = splitter.folds(rows)
        check_partition(folds, len(rows))
        validated = [rows.iloc[fold.validation].drop_duplicates("experiment") for fold in folds]
        for fold, mine in zip(folds, validated, strict=True):
            assert set(mine["experiment"]).isdisjoint(rows["experiment"].iloc[fold.train])
        for cell, many in numbers.items():
            found = [int((mine["cell_type"] == cell).sum()) for mine in validated]
            assert sum(found) == many
            assert max(found) - min(found) <= 1
        if shuffle:
            assert np.ptp([len(mine) for mine in validated]) <= 1
        order = np.random.default_rng(0).permutation(len(rows))
        assert as_sets(splitter.folds(rows.iloc[order]), order) == as_sets(folds)


def test_strata_are_drawn_by_seed_or_balance_rows() -> None:
    rows = experiments({"a": 9, "b": 9}, 1)
    drawn = {
        frozenset(as_sets(GroupKFoldSplitter("experiment", 3, random_state=seed, stratify="cell_type").folds(rows)))
        for seed in range(4)
    }
    assert len(drawn) > 1
    splitter = GroupKFoldSplitter("experiment", 3, shuffle=False, stratify="cell_type")
    assert np.ptp([fold.weight for fold in splitter.folds(rows)]) <= 8


def test_a_group_is_in_one_stratum() -> None:
    rows = experiments({"a": 3, "b": 3}, 0).assign(operator=lambda frame: np.arange(len(frame)) % 2)
    with pytest.raises(InputError, match=r"has rows of two values of 'operator' \((0 and 1|1 and 0)\)"):
        GroupKFoldSplitter("experiment", 2, stratify="operator").folds(rows)
    with pytest.raises(ParameterError, match="stratify: with unseen: each"):
        GroupKFoldSplitter(["experiment", "cell_type"], 2, unseen="each", stratify="operator").folds(rows)
    with pytest.raises(InputError, match=r"'cell_typ' .did you mean 'cell_type'"):
        GroupKFoldSplitter("experiment", 2, stratify="cell_typ").folds(rows)


def test_errors_say_what_to_do() -> None:
    rows = plates()
    with pytest.raises(InputError, match="n_splits=5, but there are only 3 groups in 'donor'; choose n_splits <= 3"):
        GroupKFoldSplitter("donor").folds(rows)
    with pytest.raises(InputError, match=r"group_kfold: the rows have no column 'plat' .did you mean 'plate'"):
        GroupKFoldSplitter(["donor", "plat"]).folds(rows)
    with pytest.raises(InputError, match="list of columns is empty"):
        GroupKFoldSplitter([]).folds(rows)
    with pytest.raises(InputError, match=r"1 group\(s\) in 'donor' \(2\)"):
        LeaveOneGroupOutSplitter("donor").folds(rows[rows["donor"] == 2])
