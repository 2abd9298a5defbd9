from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from kit.data import open_table, read_competition, read_predictions
from kit.errors import DataError
from kit.submission import check_submission
from tests.data.small import GENES, sample_table, small_config, train_table, write_tables


@pytest.mark.parametrize("cell", ["1_000", "１２", "1_0.5", "٣", "1,5", "0x10", "1 0"])
def test_what_others_call_text_is_no_number(cell: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f'id,x,y\n0,1.5,2\n1,"{cell}",3\n')
    matrix, cells = open_table(tmp_path / "t.csv").matrix(["x", "y"])
    assert [tuple(one) for one in cells] == [(1, "x", cell)]
    np.testing.assert_array_equal(matrix, np.array([[1.5, 2], [np.nan, 3]], np.float32))


def test_numbers_in_every_usual_way(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n 1.5 \n-2\n+3\n4.\n.5\n6e-1\n7E2\n008\nnan\n")
    matrix, cells = open_table(tmp_path / "t.csv").matrix(["x"])
    assert not cells
    np.testing.assert_array_equal(matrix[:, 0], np.array([1.5, -2, 3, 4, 0.5, 0.6, 700, 8, np.nan], np.float32))


def test_a_train_table_and_a_submission_with_such_a_cell_are_refused(tmp_path: Path) -> None:
    write_tables(tmp_path)
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    train, sample = train_table().astype({"ZYX": object}), sample_table().astype({"ZYX": object})
    train.loc[3, "ZYX"] = sample.loc[1, "ZYX"] = "1_0"
    train.to_csv(tmp_path / "train.csv", index=False)
    sample.to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(DataError, match=r"'ZYX' \('1_0' in row 3 \(line 5\)\)"):
        read_competition(small_config({"train": "train.csv"}), tmp_path, tmp_path / "cache")
    with pytest.raises(ValueError, match="column 'ZYX' holds '1_0' at id '1'"):
        check_submission(tmp_path / "s.csv", competition)


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_a_file_that_ends_inside_its_last_line_is_told(name: str, end: str, tmp_path: Path) -> None:
    lines = ["id," + ",".join(GENES), "0,1,2,3,4", "1,2,3,4,5", "2,3,4,5,6.1234"]
    content = ((end or "\n").join(lines) + end).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    write_tables(tmp_path)
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    for warnings in (check_submission(tmp_path / name, competition), read_predictions(tmp_path / name).warnings):
        assert any("'3,4,5,6.1234', without a line end" in warning for warning in warnings) == (not end)


def test_a_training_table_that_ends_so_is_told(tmp_path: Path) -> None:
    write_tables(tmp_path)
    train_table().to_csv(tmp_path / "train.csv", index=False)
    whole = (tmp_path / "train.csv").read_bytes()
    config = small_config({"train": "train.csv"})
    assert not any("line end" in w for w in read_competition(config, tmp_path, tmp_path / "cache").warnings)
    (tmp_path / "train.csv").write_bytes(whole[:-4])
    assert any("line end" in w for w in read_competition(config, tmp_path, tmp_path / "cache").warnings)


def test_rows_are_named_by_their_line_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('name,x\na,1\n\n"b\nc",2\nd,high\n')
    table = open_table(tmp_path / "t.csv")
    _, [cell] = table.matrix(["x"])
    assert table.row(cell.row) == "row 2 (line 6)"
    assert [table.row(row) for row in range(2)] == ["row 0 (line 2)", "row 1 (line 4)"]


def test_a_table_without_keys_has_its_rows(tmp_path: Path) -> None:
    """Of no columns, no cells; the rows are there all the same."""
    path = tmp_path / "targets.csv"
    path.write_text("y1,y2\n1,2\n3,4\n")
    table = open_table(path)
    assert len(table.frame([])) == table.n_rows == 2
    np.testing.assert_array_equal(table.matrix(["y1", "y2"])[0], [[1, 2], [3, 4]])
