from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from kit.errors import InputError, ParameterError
from kit.features import FittedOnAllRows, Numeric, Reduced, Scaled, TargetProfile, TextVectors, WeightedEmbedding
from tests.features.autoencoder.tables import COLUMNS, numbers, planted
from tests.features.support import experiment


def test_a_scale_is_that_of_all_rows() -> None:
    rows, test, more = planted(20), planted(30, seed=1) + 5, planted(40, seed=2) * 3
    found = FittedOnAllRows(Scaled(numbers()), test_rows=test, unlabelled_rows=more).fit(rows)
    every = pd.concat([rows, test, more])
    expected = StandardScaler().fit(every.to_numpy()).transform(rows.to_numpy())
    np.testing.assert_allclose(found.transform(rows), expected, atol=1e-5)
    assert found.n_rows_ == 90
    assert list(found.get_feature_names_out()) == COLUMNS


def test_tables_are_left_out_where_that_is_said(tmp_path: Path) -> None:
    rows, test, more = planted(20), planted(30, seed=1), planted(40, seed=2)
    more.to_csv(tmp_path / "more.csv", index=False)
    path = str(tmp_path / "more.csv")
    counts = {
        FittedOnAllRows(numbers(), use_test=False, test_rows=test).fit(rows).n_rows_: 20,
        FittedOnAllRows(numbers(), use_train=False, test_rows=test).fit(rows).n_rows_: 30,
        FittedOnAllRows(numbers(), unlabelled=path, unlabelled_rows=more).fit(rows).n_rows_: 100,
    }
    assert all(found == expected for found, expected in counts.items())
    with pytest.raises(InputError, match="no rows to be fitted on"):
        FittedOnAllRows(numbers(), use_train=False).fit(rows)


def test_only_rows_of_the_training_rows_own_draw() -> None:
    rows, more = planted(20).assign(draw=1), planted(40, seed=2).assign(draw=[1, 2] * 20)
    block = Reduced(Scaled(numbers()), n_components=4)
    found = FittedOnAllRows(block, within=["draw"], unlabelled_rows=more).fit(rows)
    mine = pd.concat([rows, more[more["draw"] == 1]], ignore_index=True)
    np.testing.assert_array_equal(found.transform(rows), block.fit(mine).transform(rows))
    assert found.n_rows_ == 40


def test_what_the_tables_lack_is_said_before_the_fit() -> None:
    rows, more = planted(20), planted(40)[COLUMNS[:5]]
    block = FittedOnAllRows(Scaled(Numeric({"pattern": "x.*"})), unlabelled_rows=more)
    with pytest.raises(InputError, match=r"the unlabelled table: .*no column 'x5'"):
        block.check_rows(rows)
    block.check_rows(rows, fitting=False)


def test_what_reads_another_table_is_not_asked_of_the_rows(tmp_path: Path) -> None:
    """A block inside of `weighted_embedding` reads the table of genes."""
    texts = pd.DataFrame({"gene": COLUMNS, "text": [f"word{place} common" for place in range(len(COLUMNS))]})
    texts.to_csv(tmp_path / "genes.csv", index=False)
    vectors = TextVectors("text", n_components=3, min_texts=1)
    genes = WeightedEmbedding(str(tmp_path / "genes.csv"), COLUMNS, vectors=vectors)
    rows, test = planted(20).abs(), planted(30, seed=1).abs()
    block = FittedOnAllRows(genes, test_rows=test)
    block.check_rows(rows)
    assert block.fit(rows).n_rows_ == 50
    lacking = FittedOnAllRows(genes, test_rows=test.drop(columns=COLUMNS[0]))
    with pytest.raises(InputError, match=f"the test table: .*{COLUMNS[0]}"):
        lacking.check_rows(rows)


def test_blocks_of_targets_are_refused() -> None:
    rows, Y = experiment()
    with pytest.raises(ParameterError, match="of=target_profile is made of the training targets"):
        FittedOnAllRows(TargetProfile()).fit(rows, Y)
