from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_competition
from kit.data import Competition, read_competition
from kit.errors import DataError
from tests.labelled import COMPETITION, make_rows, write_labelled

Change = Callable[[pd.DataFrame], pd.DataFrame]


def read(folder: Path, change: Change = lambda rows: rows, competition: str = COMPETITION) -> Competition:
    write_labelled(folder, competition=competition)
    change(make_rows()).to_csv(folder / "train.csv", index=False)
    loaded = load_competition(folder / "competition.yaml")
    return read_competition(loaded.config, loaded.root, folder / "cache")


def with_kinds(*kinds: object) -> Change:
    return lambda rows: rows.assign(kind=np.resize(np.array(kinds, dtype=object), len(rows)))


def test_a_label_becomes_a_column_a_class(tmp_path: Path) -> None:
    tables = read(tmp_path)
    assert tables.targets == ("alpha", "beta", "delta", "gamma")
    assert tables.sample_columns == ("id", "kind")
    rows = make_rows()
    np.testing.assert_array_equal(np.asarray(tables.Y), pd.get_dummies(rows["kind"]).to_numpy(dtype=np.float32))
    assert "kind" not in tables.rows.columns
    np.testing.assert_allclose(tables.rows["x0"], rows["x0"], rtol=1e-6)


def test_whole_numbers_are_in_their_order(tmp_path: Path) -> None:
    assert read(tmp_path, with_kinds(10, 9, 2)).targets == ("2", "9", "10")


def test_a_label_column_is_no_metadata_of_a_pattern(tmp_path: Path) -> None:
    tables = read(tmp_path, competition=COMPETITION.replace("batch|x", "batch|kind|x"))
    assert "kind" not in tables.rows.columns


def test_rows_without_a_label_are_left_out_where_that_is_allowed(tmp_path: Path) -> None:
    gapped = with_kinds("alpha", "beta", None)
    with pytest.raises(DataError, match=r"'kind' is empty in .*\(40 rows in all\).*missing_targets: allow"):
        read(tmp_path / "refused", gapped)
    allowed = COMPETITION.replace("  label: kind\n", "  label: kind\n  missing_targets: allow\n")
    tables = read(tmp_path / "allowed", gapped, allowed)
    assert tables.n_rows == 80
    assert any("40 rows without any target value are left out" in warning for warning in tables.warnings)


def test_one_class_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'kind' is the label, and every row has 'alpha'"):
        read(tmp_path, with_kinds("alpha"))


def test_a_class_of_one_row_is_named(tmp_path: Path) -> None:
    def one(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(kind=["rare", *rows["kind"][1:]])

    assert any("1 label of 'kind' with one row alone ('rare')" in warning for warning in read(tmp_path, one).warnings)


def test_a_missing_label_column_has_a_near_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'kind' \(the label of the training rows\) is missing \(did you mean 'kinds'"):
        read(tmp_path, lambda rows: rows.rename(columns={"kind": "kinds"}))


@pytest.mark.parametrize("columns", [["x"], ["alpha", "beta"], ["kind", "alpha"]])
def test_a_sample_asks_for_the_label_or_for_every_class(tmp_path: Path, columns: list[str]) -> None:
    write_labelled(tmp_path)
    sample = pd.DataFrame({"id": [f"t{row}" for row in range(24)], **dict.fromkeys(columns, 0)})
    sample.to_csv(tmp_path / "sample.csv", index=False)
    loaded = load_competition(tmp_path / "competition.yaml", ["data.sample_submission=sample.csv"])
    with pytest.raises(DataError, match="expected 'kind' alone, or a column for the probability of each of the 4"):
        read_competition(loaded.config, loaded.root, tmp_path / "cache")
