from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_fscore_support

from kit.problem_types import PROBLEM_TYPES
from kit.problem_types.class_tables import CLASSES, COVERAGE, by_class, coverage

NAMES = ("a", "b", "c")


def test_coverage_is_what_was_planted() -> None:
    """Of 100 rows 60 are sure and right, 30 less sure and right every third time, 10 guess and are wrong."""
    n_rows = np.array([60, 30, 10])
    confidence = np.repeat([0.96, 0.75, 0.4], n_rows)
    right = np.concatenate([np.ones(60, bool), np.arange(30) % 3 == 0, np.zeros(10, bool)])
    Y = np.tile(np.eye(3, dtype=np.float32)[0], (100, 1))
    P = np.column_stack([confidence, 1 - confidence, np.zeros(100)]).astype(np.float32)
    P[confidence == 0.4] = [0.4, 0.3, 0.3]
    P[~right] = P[~right][:, [1, 0, 2]]
    # A row that gives 0.4 to one class and 0.6 to another would be surer than is meant.
    table = coverage(Y, P).set_index("confidence")
    assert table.loc[0.0].tolist() == pytest.approx([100, 1, 0.7])
    assert table.loc[0.4].tolist() == pytest.approx([100, 1, 0.7])
    assert table.loc[0.5].tolist() == pytest.approx([90, 0.9, 70 / 90])
    assert table.loc[0.7].tolist() == pytest.approx([90, 0.9, 70 / 90])
    assert table.loc[0.8].tolist() == pytest.approx([60, 0.6, 1])
    assert table.loc[0.99, "rows"] == 0
    assert np.isnan(table.loc[0.99, "accuracy"])


def test_every_class_in_every_part_is_as_scikit_learn_has_it() -> None:
    rng = np.random.default_rng(0)
    truth, parts = rng.integers(0, 3, 90), rng.choice(["x", "y"], 90)
    parts[truth == 2] = "x"  # the last class is in one part alone
    P = rng.dirichlet(np.ones(3), 90).astype(np.float32)
    P[parts == "y", 2] = 0
    table = by_class(np.eye(3, dtype=np.float32)[truth], P, parts, NAMES).set_index(["class", "part"])
    assert ("c", "y") not in table.index
    for part in ("x", "y"):
        mine = parts == part
        expected = precision_recall_fscore_support(
            truth[mine], P[mine].argmax(axis=1), labels=[0, 1, 2], zero_division=0
        )
        for place, name in enumerate(NAMES):
            if (name, part) in table.index:
                line = table.loc[(name, part)]
                assert [line["precision"], line["recall"], line["f1"], line["rows"]] == pytest.approx(
                    [values[place] for values in expected]
                )


def test_rows_without_a_label_are_left_out_and_other_kinds_have_no_tables() -> None:
    Y = np.eye(3, dtype=np.float32)[[0, 1, 2, 2]]
    Y[3] = np.nan
    P, parts = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]], np.array(list("xxyy"))
    tables = PROBLEM_TYPES["classification"].tables(Y, P, parts, parts, NAMES)
    assert set(tables) == {COVERAGE, CLASSES}
    assert tables[COVERAGE]["rows"].iloc[0] == tables[CLASSES]["rows"].sum() == 3
    pd.testing.assert_series_equal(tables[CLASSES]["f1"], pd.Series([1.0, 1.0, 1.0], name="f1"))
    assert PROBLEM_TYPES["regression"].tables(Y[:3], P[:3], parts[:3], parts[:3], NAMES) == {}
