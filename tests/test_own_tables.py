"""The tables of new users that tests and benchmarks share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.own_tables import GAPS, OWN_TABLES, SMALL, OwnTable


@pytest.fixture(params=list(OWN_TABLES))
def table(request: pytest.FixtureRequest) -> OwnTable:
    return OWN_TABLES[request.param](**SMALL[request.param])


def test_the_truth_is_of_the_test_rows_and_the_targets_are_in_the_training_table_alone(table: OwnTable) -> None:
    assert len(table.truth) == len(table.test) > 0
    assert np.isfinite(table.truth.to_numpy()).all()
    assert set(table.truth.columns) <= set(table.train.columns)
    assert set(table.test.columns) == set(table.train.columns) - {*table.truth.columns, "weight", "SMILES"}
    assert table.rmse(table.truth.to_numpy()) == 0


def test_a_seed_gives_the_same_tables_and_another_others(table: OwnTable) -> None:
    make, sizes = OWN_TABLES[table.name], SMALL[table.name]
    pd.testing.assert_frame_equal(make(0, **sizes).train, table.train)
    assert not make(1, **sizes).train.equals(table.train)


def test_files_hold_the_tables(table: OwnTable, tmp_path: Path) -> None:
    train, test = table.write(tmp_path)
    read = pd.read_parquet if train.suffix == ".parquet" else pd.read_csv
    assert read(train).shape == table.train.shape
    assert {path.name for path in tmp_path.iterdir()} == {train.name, test.name}


def test_gaps_are_as_many_as_is_said() -> None:
    for name in ("ic50", "batches"):
        table = OWN_TABLES[name]()
        assert abs(table.train[list(table.truth.columns)].isna().to_numpy().mean() - GAPS) < 0.015


def test_rows_to_predict_are_new(table: OwnTable) -> None:
    known = list(table.test.columns)
    both = table.test.merge(table.train[known], on=known)
    assert len(both) == 0
