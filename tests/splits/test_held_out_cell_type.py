from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_score

from kit.errors import InputError, ParameterError
from kit.splits import HeldOutCellType
from tests.real_data import real_data
from tests.splits.tables import ANCHORS, HIDDEN, as_sets, check_folds, competition


def pairs(rows: pd.DataFrame, positions: np.ndarray) -> set[tuple[str, str]]:
    return set(rows.iloc[positions].itertuples(index=False, name=None))


def test_hides_the_test_compounds_of_each_well_measured_cell_type() -> None:
    rows, test_rows = competition()
    folds = HeldOutCellType(test_rows=test_rows).folds(rows)
    check_folds(folds, len(rows))
    assert [(fold.name, fold.weight) for fold in folds] == [("NK", 6), ("T", 5)]
    everything = pairs(rows, np.arange(len(rows)))
    for fold in folds:
        assert pairs(rows, fold.validation) == {
            pair for pair in everything if pair[0] == fold.name and pair[1] in HIDDEN
        }
        assert pairs(rows, fold.train) == everything - pairs(rows, fold.validation)


def test_drop_anchors_never_shows_the_cell_type() -> None:
    rows, test_rows = competition()
    for fold, kept in zip(
        HeldOutCellType(anchors="drop", test_rows=test_rows).folds(rows),
        HeldOutCellType(test_rows=test_rows).folds(rows),
        strict=True,
    ):
        np.testing.assert_array_equal(fold.validation, kept.validation)
        expected = {pair for pair in pairs(rows, kept.train) if pair[0] != fold.name}
        assert pairs(rows, fold.train) == expected


def test_drop_other_cell_types_never_shows_the_compounds() -> None:
    rows, test_rows = competition()
    folds = HeldOutCellType(other_cell_types="drop", test_rows=test_rows).folds(rows)
    assert pairs(rows, folds[0].train) == {(cell, anchor) for cell in ("NK", "T", "B", "My") for anchor in ANCHORS}
    # T lacks h6, so that NK's h6 is no compound of that fold's validation rows.
    assert pairs(rows, folds[1].train) - pairs(rows, folds[0].train) == {("NK", "h6")}


def test_cells_are_held_out_in_the_given_order_and_empty_ones_skipped() -> None:
    rows, test_rows = competition()
    folds = HeldOutCellType(cells=["T", "B", "NK"], test_rows=test_rows).folds(rows)
    assert [fold.name for fold in folds] == ["T", "NK"]


def test_a_test_cell_type_is_held_out_only_when_named() -> None:
    rows, test_rows = competition()
    more = pd.concat([rows, pd.DataFrame({"cell_type": ["B"], "sm_name": ["h1"]})])
    assert [fold.name for fold in HeldOutCellType(test_rows=test_rows).folds(more)] == ["NK", "T"]
    (fold,) = HeldOutCellType(cells=["B"], test_rows=test_rows).folds(more)
    assert fold.validation.tolist() == [len(rows)]


def test_follows_the_rows_and_ignores_their_index() -> None:
    rows, test_rows = competition()
    splitter = HeldOutCellType(other_cell_types="drop", test_rows=test_rows)
    order = np.random.default_rng(3).permutation(len(rows))
    assert as_sets(splitter.folds(rows.iloc[order]), order) == as_sets(splitter.folds(rows))


def test_divides_the_training_rows_of_an_outer_fold_by_the_same_rule() -> None:
    rows, test_rows = competition()
    for anchors in ("keep", "drop"):
        splitter = HeldOutCellType(anchors=anchors, test_rows=test_rows)
        outer = splitter.folds(rows)[0]
        inner = splitter.folds(rows.iloc[outer.train])
        assert [fold.name for fold in inner] == ["T"]
        assert {compound for _, compound in pairs(rows.iloc[outer.train], inner[0].validation)} == set(HIDDEN) - {"h6"}


def test_columns_of_other_names_and_types() -> None:
    rows, test_rows = competition()
    names = {"cell_type": "line", "sm_name": "drug"}
    other = rows.rename(columns=names).astype({"line": "category"})
    splitter = HeldOutCellType("line", "drug", test_rows=test_rows.rename(columns=names))
    assert as_sets(splitter.folds(other)) == as_sets(HeldOutCellType(test_rows=test_rows).folds(rows))


def test_is_a_scikit_learn_splitter_and_clones() -> None:
    rows, test_rows = competition()
    splitter = clone(HeldOutCellType(cells=["T"], test_rows=test_rows))
    assert splitter.get_n_splits(rows) == 1
    assert "test_rows" in repr(splitter)
    pd.testing.assert_frame_equal(splitter.test_rows, test_rows)
    scores = cross_val_score(DummyRegressor(), rows, np.arange(len(rows)), cv=splitter)
    assert scores.shape == (1,)


def test_errors_say_what_to_do() -> None:
    rows, test_rows = competition()
    with pytest.raises(InputError, match="pass test_rows"):
        HeldOutCellType().folds(rows)
    with pytest.raises(InputError, match=r"no column 'celltype' .*did you mean 'cell_type'"):
        HeldOutCellType("celltype", test_rows=test_rows).folds(rows)
    with pytest.raises(InputError, match=r"test rows.*no column 'sm_name'"):
        HeldOutCellType(test_rows=test_rows[["cell_type"]]).folds(rows)
    with pytest.raises(InputError, match=r"none of the cell types \['Tcell'\].*\['B', 'My', 'NK', 'T'\]"):
        HeldOutCellType(cells=["Tcell"], test_rows=test_rows).folds(rows)
    with pytest.raises(InputError, match="twice"):
        HeldOutCellType(cells=["T", "T"], test_rows=test_rows).folds(rows)
    with pytest.raises(InputError, match="0 of 9 have a compound of the test rows"):
        HeldOutCellType(test_rows=test_rows).folds(rows[rows["sm_name"].isin(ANCHORS)].head(9))
    with pytest.raises(ParameterError, match="anchors"):
        HeldOutCellType(anchors="hide", test_rows=test_rows).folds(rows)
    rows.iloc[4, 1] = None
    with pytest.raises(InputError, match="row 4 has no 'sm_name'"):
        HeldOutCellType(test_rows=test_rows).folds(rows)


def test_the_rank_data() -> None:
    folder = real_data("open-problems-ranks")
    rows = pd.read_parquet(folder / "de_train.parquet", columns=["cell_type", "sm_name"])
    folds = HeldOutCellType(test_rows=pd.read_csv(folder / "id_map.csv")).folds(rows)
    check_folds(folds, len(rows))
    assert [(fold.name, len(fold.validation), len(fold.train)) for fold in folds] == [
        ("NK cells", 122, 174),
        ("T cells", 122, 174),
    ]


def test_the_original_competition() -> None:
    splits = json.loads((real_data("open-problems-kaggle") / "splits.json").read_text())
    rows = pd.DataFrame(splits["train_pairs_614"], columns=["cell_type", "sm_name"])
    test_rows = pd.DataFrame(splits["test_id_map_255"], columns=["id", "cell_type", "sm_name"])
    counts = {fold.name: len(fold.validation) for fold in HeldOutCellType(test_rows=test_rows).folds(rows)}
    assert counts == {"NK cells": 129, "T cells CD4+": 129, "T cells CD8+": 127, "T regulatory cells": 129}
