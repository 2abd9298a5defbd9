"""What predictions rest on."""

from __future__ import annotations

import pandas as pd

from kit.config.schema import ColumnsConfig, SetConfig
from kit.predicting.support import support

TRAIN = pd.DataFrame({"cell": ["T", "T", "B"], "drug": ["x", "y", "y"], "dose": ["1", "1", "2"]})
COLUMNS = ColumnsConfig(keys=["cell", "drug"], group="cell", compound="drug")


def words(rows: list[tuple[str, ...]], columns: ColumnsConfig) -> list[str]:
    return support(pd.DataFrame(rows, columns=columns.keys), TRAIN, columns).tolist()


def test_each_kind_has_its_words() -> None:
    rows = [("T", "x"), ("B", "x"), ("T", "z"), ("NK", "x"), ("NK", "z"), ("B", "x")]
    expected = ["measured", "seen parts", "new compound", "new group", "new group and compound", "seen parts"]
    assert words(rows, COLUMNS) == expected


def test_other_keys_go_by_their_names() -> None:
    columns = ColumnsConfig(keys=["cell", "drug", "dose"], group="cell", compound="drug")
    rows = [("T", "x", "1"), ("T", "x", "2"), ("T", "x", "3"), ("T", "z", "3")]
    assert words(rows, columns) == ["measured", "seen parts", "new dose", "new compound and dose"]


def test_no_rows_rest_on_nothing() -> None:
    assert words([], COLUMNS) == []


def test_the_group_may_be_a_property_of_rows_that_have_no_keys() -> None:
    train = pd.DataFrame({"plate": ["p", "q"]})
    rows = pd.DataFrame({"plate": ["p", "r"]})
    assert support(rows, train, ColumnsConfig(group="plate", metadata=["plate"])).tolist() == ["new row", "new group"]
    assert support(rows, train, ColumnsConfig()).tolist() == ["new row", "new row"]


def test_of_a_set_the_members_count() -> None:
    train = pd.DataFrame({"genes": ["a + b", "b + c", "d"]})
    rows = pd.DataFrame({"genes": ["a + b", "a + c", "a + x", "x + y", "(none)"]})
    columns = ColumnsConfig(keys=["genes"], sets={"genes": SetConfig(separator="+")})
    assert support(rows, train, columns).tolist() == [
        "measured",
        "seen parts",
        "new genes",
        "new 2 of genes",
        "seen parts",
    ]
