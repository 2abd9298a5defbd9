from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from kit.errors import InputError, ParameterError
from kit.splits import HeldOutCompounds
from tests.real_data import real_data
from tests.splits.tables import ANCHORS, as_sets, check_folds, competition


def splitter(**parameters: object) -> HeldOutCompounds:
    return HeldOutCompounds(**{"random_state": 0, "test_rows": competition()[1], **parameters})


def test_every_row_of_the_test_cell_types_is_held_out_once_with_its_compound() -> None:
    rows, _ = competition()
    folds = splitter().folds(rows)
    check_folds(folds, len(rows))
    assert [fold.name for fold in folds] == ["compounds 1", "compounds 2", "compounds 3"]
    tested = np.flatnonzero(rows["cell_type"].isin(["B", "My"]))
    np.testing.assert_array_equal(np.sort(np.concatenate([fold.validation for fold in folds])), tested)
    assert sorted(fold.weight for fold in folds) == [2, 4, 4]
    for fold in folds:
        held, left = rows.iloc[fold.validation], rows.iloc[fold.train]
        assert set(held["sm_name"]).isdisjoint(left.loc[left["cell_type"].isin(["B", "My"]), "sm_name"])
        assert set(held["sm_name"]) <= set(left["sm_name"])
        assert len(held) + len(left) == len(rows)


def test_drop_other_cell_types_never_shows_the_compounds() -> None:
    rows, _ = competition()
    for fold, kept in zip(splitter(other_cell_types="drop").folds(rows), splitter().folds(rows), strict=True):
        np.testing.assert_array_equal(fold.validation, kept.validation)
        hidden = rows["sm_name"].isin(rows["sm_name"].iloc[fold.validation]).to_numpy()
        np.testing.assert_array_equal(fold.train, np.flatnonzero(~hidden))


def test_given_groups_are_used_and_empty_ones_skipped() -> None:
    rows, _ = competition()
    folds = splitter(compounds=[["a1", "a2"], ["h1", "nothing"], ["a4"]]).folds(rows)
    assert [fold.name for fold in folds] == ["compounds 1", "compounds 3"]
    assert [set(rows["sm_name"].iloc[fold.validation]) for fold in folds] == [{"a1", "a2"}, {"a4"}]


def test_the_seed_draws_the_groups_whatever_the_order_of_rows() -> None:
    rows, _ = competition()
    order = np.random.default_rng(2).permutation(len(rows))
    assert as_sets(splitter().folds(rows.iloc[order]), order) == as_sets(clone(splitter()).folds(rows))
    draws = {frozenset(as_sets(splitter(random_state=seed).folds(rows))) for seed in range(5)}
    assert len(draws) > 1


def test_divides_the_training_rows_of_an_outer_fold() -> None:
    rows, _ = competition()
    outer = splitter().folds(rows)[0]
    inner_rows = rows.iloc[outer.train]
    inner = splitter().folds(inner_rows)
    check_folds(inner, len(inner_rows))
    gone = set(rows["sm_name"].iloc[outer.validation])
    assert {c for fold in inner for c in inner_rows["sm_name"].iloc[fold.validation]} == set(ANCHORS) - gone


def test_errors_say_what_to_do() -> None:
    rows, _ = competition()
    with pytest.raises(InputError, match="pass test_rows"):
        splitter(test_rows=None).folds(rows)
    with pytest.raises(InputError, match="n_splits=6, but there are only 5 compounds"):
        splitter(n_splits=6).folds(rows)
    for groups in ([["a1"], ["a2", "a1"]], [["a1", "a1"]]):
        with pytest.raises(InputError, match="'a1' is given twice"):
            splitter(compounds=groups).folds(rows)
    with pytest.raises(InputError, match="no group of compounds has both"):
        splitter(compounds=[["h1"]]).folds(rows)
    with pytest.raises(ParameterError, match="n_splits"):
        splitter(n_splits=1).folds(rows)


def test_the_fourth_places_folds() -> None:
    splits = json.loads((real_data("open-problems-kaggle") / "splits.json").read_text())
    rows = pd.DataFrame(splits["train_pairs_614"], columns=["cell_type", "sm_name"])
    test_rows = pd.DataFrame(splits["test_id_map_255"], columns=["id", "cell_type", "sm_name"])
    given = list(splits["fourth_place_folds"].values())
    folds = HeldOutCompounds(compounds=given, test_rows=test_rows).folds(rows)
    assert [(len(fold.train), len(fold.validation)) for fold in folds] == [(602, 12), (602, 12), (604, 10)]
    drawn = HeldOutCompounds(random_state=0, test_rows=test_rows).folds(rows)
    assert sorted(len(fold.validation) for fold in drawn) == [10, 12, 12]
