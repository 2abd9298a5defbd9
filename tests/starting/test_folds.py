from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kit.starting.folds import folds_like
from kit.starting.guess import guess
from tests.starting.tables import own, profile


def folds(folder: Path, train: pd.DataFrame, test: pd.DataFrame | None) -> tuple[dict[str, object], str]:
    tables = profile(folder, train), None if test is None else profile(folder, test, "test.parquet")
    return folds_like(guess(*tables), *tables)


@pytest.mark.parametrize("name", ["ic50", "digits", "batches"])
def test_rows_of_their_own_are_held_out_at_random(name: str, tmp_path: Path) -> None:
    table = own(name)
    assert folds(tmp_path, table.train, table.test)[0] == {"kind": "kfold", "params": {"n_splits": 5}}
    assert folds(tmp_path, table.train[:20], None)[0] == {"kind": "kfold", "params": {"n_splits": 3}}


def test_pairs_that_are_asked_for_where_few_are_measured_are_imitated_by_hiding_some_of_these(tmp_path: Path) -> None:
    table = own("screen")
    found, why = folds(tmp_path, table.train, table.test)
    params = {"n_splits": 4, "cell_type": "cell_line", "compound": "compound"}
    assert found == {"kind": "held_out_compounds", "params": params}
    assert "4 compounds" in why


def full(lines: str, drugs: str) -> pd.DataFrame:
    frame = pd.DataFrame([(line, drug) for line in lines for drug in drugs], columns=["cell_line", "drug"])
    return frame.assign(y1=range(len(frame)), y2=0.5)


def test_missing_pairs_of_a_matrix_are_rows_at_random(tmp_path: Path) -> None:
    pairs = full("ABCD", "abcdefgh")
    hidden = pairs.index % 7 == 0
    found, _ = folds(tmp_path, pairs[~hidden], pairs.loc[hidden, ["cell_line", "drug"]])
    assert found["kind"] == "kfold"


def test_new_compounds_or_groups_are_imitated_by_hiding_whole_ones(tmp_path: Path) -> None:
    train = full("ABCD", "abcdefgh")
    found, why = folds(tmp_path, train, full("ABCD", "xyz")[["cell_line", "drug"]])
    assert found == {"kind": "group_kfold", "params": {"column": "drug", "n_splits": 5}}
    assert why.startswith("100% of the rows to predict have a compound that no training row has")
    found, _ = folds(tmp_path, train, full("XY", "abc")[["cell_line", "drug"]])
    assert found == {"kind": "group_kfold", "params": {"column": "cell_line", "n_splits": 4}}


def test_new_compounds_in_new_groups_are_imitated_by_hiding_both(tmp_path: Path) -> None:
    found, _ = folds(tmp_path, full("ABCD", "abcdefgh"), full("XY", "xyz")[["cell_line", "drug"]])
    params = {"column": ["drug", "cell_line"], "n_splits": 3, "unseen": "each"}
    assert found == {"kind": "group_kfold", "params": params}


def test_replicates_stay_together(tmp_path: Path) -> None:
    twice = pd.concat([full("AB", "abcd")] * 2)
    found, why = folds(tmp_path, twice, None)
    assert found == {"kind": "group_kfold", "params": {"column": ["cell_line", "drug"], "n_splits": 5}}
    assert "replicates together" in why
