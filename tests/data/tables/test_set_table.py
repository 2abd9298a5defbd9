from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config.schema import SetConfig
from kit.data.tables.set_table import with_sets
from kit.data.tables.table import Table, open_table
from kit.errors import DataError

GENES = SetConfig(columns=["gene_a", "gene_b"], empty=["ctrl"])


def table(path: Path, **columns: list[object]) -> Table:
    pd.DataFrame(columns | {"y": np.arange(len(next(iter(columns.values()))), dtype=float)}).to_csv(path, index=False)
    return open_table(path)


def test_two_columns_become_one_set_whatever_their_order(tmp_path: Path) -> None:
    plain = table(
        tmp_path / "t.csv",
        cell=["T", "T", "B", "B", "T"],
        gene_a=["KLF1", "FOXO4", "ctrl", None, "X1"],
        gene_b=["FOXO4", "KLF1", "KLF1", "ctrl", "X1"],
    )
    sets = with_sets(plain, {"genes": GENES})
    assert sets.columns == ["genes", "cell", "y"]
    assert sets.candidates == ["cell", "y"]
    read = sets.frame(["cell", "genes"])
    assert read["genes"].tolist() == ["FOXO4 + KLF1", "FOXO4 + KLF1", "KLF1", "(none)", "X1"]
    assert read["cell"].tolist() == ["T", "T", "B", "B", "T"]
    np.testing.assert_array_equal(sets.matrix(["y"])[0][:, 0], range(5))


def test_one_column_with_a_separator(tmp_path: Path) -> None:
    plain = table(tmp_path / "t.csv", drugs=["b;a", "a ; b", "a", "DMSO", None, "2.0;1"])
    sets = with_sets(plain, {"drugs": SetConfig(separator=";", empty=["DMSO"])})
    assert sets.frame(["drugs"])["drugs"].tolist() == ["a + b", "a + b", "a", "(none)", None, "1 + 2"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"gene_a": ["x"]}, "no column 'gene_b', of which columns.sets.genes is made"),
        ({"gene_a": ["x"], "gene_b": ["y"], "genes": ["z"]}, "has a column 'genes' of its own"),
        ({"gene_a": ["x + y"], "gene_b": ["y"]}, "stands between members"),
    ],
)
def test_what_cannot_be_a_set(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    plain = table(tmp_path / "t.csv", **columns)
    with pytest.raises(DataError, match=message):
        with_sets(plain, {"genes": GENES}).frame(["genes"])
