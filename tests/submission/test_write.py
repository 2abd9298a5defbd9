from __future__ import annotations

import csv
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kit.errors import InputError, RunError, SubmissionError
from kit.files import file_sha256
from kit.submission import check_submission, submission_path, write_submission
from kit.submission.csv_rows import write_rows
from tests.submission.small import GENES, IDS, PREDICTIONS, small_competition


def test_the_file_is_what_a_competition_expects(tmp_path: Path) -> None:
    competition = small_competition()
    written = write_submission(tmp_path / "new" / "s.csv", IDS, GENES, PREDICTIONS, competition)
    assert written.path == tmp_path / "new" / "s.csv"
    assert not written.existed
    assert written.sha256 == file_sha256(written.path)
    lines = written.path.read_text().splitlines()
    assert lines[0] == "id,A1BG,HLA.1,ZYX"
    assert lines[1].startswith("0,0.1,-2.5,")
    assert check_submission(written.path, competition) == []
    assert [path.name for path in written.path.parent.iterdir()] == ["s.csv"]


@settings(max_examples=25, deadline=None)
@given(
    values=arrays(np.float32, (4, 3), elements=st.floats(width=32, allow_nan=False, allow_infinity=False), unique=True)
)
def test_float32_is_restored_exactly(values: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("out") / "s.csv"
    write_submission(path, IDS, GENES, values, small_competition())
    back = pd.read_csv(path, float_precision="round_trip")  # an oracle that shares nothing with the writer
    np.testing.assert_array_equal(back[list(GENES)].to_numpy(np.float32), values)


def test_rows_and_columns_are_brought_into_the_samples_order(tmp_path: Path) -> None:
    competition = small_competition(sample_columns=("ZYX", "id", "A1BG", "HLA.1"))
    order, genes = [2, 0, 3, 1], [1, 2, 0]
    shuffled = PREDICTIONS[np.ix_(order, genes)]
    path = write_submission(
        tmp_path / "s.csv", [IDS[i] for i in order], [GENES[j] for j in genes], shuffled, competition
    ).path
    back = pd.read_csv(path, dtype={"id": str})
    assert list(back.columns) == ["ZYX", "id", "A1BG", "HLA.1"]
    assert tuple(back["id"]) == IDS
    np.testing.assert_array_equal(back[list(GENES)].to_numpy(np.float32), PREDICTIONS)


@pytest.mark.parametrize("ids", [("007", "008", "x", "y"), ("a,b", 'c"d', "e", " f"), ("9" * 30, "1", "2", "3")])
def test_ids_of_every_kind_come_back(ids: tuple[str, ...], tmp_path: Path) -> None:
    path = write_submission(tmp_path / "s.csv", ids, GENES, PREDICTIONS, small_competition(ids=ids)).path
    with path.open(newline="") as file:
        assert tuple(row[0] for row in csv.reader(file))[1:] == ids


def test_names_are_quoted_only_where_needed(tmp_path: Path) -> None:
    targets = ("plain", "2,4-D", "HLA.1")
    path = write_submission(tmp_path / "s.csv", IDS, targets, PREDICTIONS, small_competition(targets)).path
    assert path.read_text().splitlines()[0] == 'id,plain,"2,4-D",HLA.1'


def test_the_same_content_is_written_once(tmp_path: Path) -> None:
    first = write_submission(tmp_path / "s.csv", IDS, GENES, PREDICTIONS, small_competition())
    stamp = first.path.stat().st_mtime_ns
    again = write_submission(tmp_path / "s.csv", IDS, GENES, PREDICTIONS, small_competition())
    assert (again.path, again.sha256, again.existed) == (first.path, first.sha256, True)
    assert first.path.stat().st_mtime_ns == stamp
    assert len(list(tmp_path.iterdir())) == 1


def test_another_content_never_replaces_a_file(tmp_path: Path) -> None:
    competition = small_competition()
    for number, name in [(1, "s.csv"), (2, "s-2.csv"), (3, "s-3.csv"), (2, "s-2.csv")]:
        values = PREDICTIONS + np.float32(number / 8)
        written = write_submission(tmp_path / "s.csv", IDS, GENES, values, competition)
        assert written.path == tmp_path / name
        np.testing.assert_array_equal(pd.read_csv(written.path)[list(GENES)].to_numpy(np.float32), values)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_name_taken_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.csv").write_text("of another process")
    real_exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: self.name != "s.csv" and real_exists(self))
    written = write_submission(tmp_path / "s.csv", IDS, GENES, PREDICTIONS, small_competition())
    assert written.path.name == "s-2.csv"
    assert (tmp_path / "s.csv").read_text() == "of another process"


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("kit.submission.write.os.link", refuse)
    written = write_submission(tmp_path / "s.csv", IDS, GENES, PREDICTIONS, small_competition())
    assert [path.name for path in tmp_path.iterdir()] == [written.path.name] == ["s.csv"]


@pytest.mark.parametrize(
    ("ids", "targets", "values", "message"),
    [
        (IDS[:3], GENES, PREDICTIONS[:3], "1 id of the sample missing: '3'"),
        ((*IDS[:3], "9"), GENES, PREDICTIONS, "1 id that the sample has not: '9'"),
        (("0", "1", "2", "2"), GENES, PREDICTIONS, "1 id standing twice: '2'"),
        (IDS, GENES[:2], PREDICTIONS[:, :2], "1 column of the sample missing: 'ZYX'"),
        (IDS, (*GENES[:2], "ZYX2"), PREDICTIONS, r"missing: 'ZYX' \(is it 'ZYX2'\?\)"),
        (IDS, GENES, PREDICTIONS[:3], r"shape \(3, 3\) for 4 ids and 3 targets"),
        (IDS, GENES, np.where(PREDICTIONS == 3, np.nan, PREDICTIONS), "nan at id '1', column 'A1BG'"),
        (IDS, GENES, PREDICTIONS.astype(np.float64) * 1e300, "not finite"),
        (IDS, GENES, np.zeros((4, 3)), r"every value is 0\.0"),
    ],
)
def test_what_would_be_refused_is_never_written(
    ids: tuple[str, ...], targets: tuple[str, ...], values: np.ndarray, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SubmissionError, match=message):
        write_submission(tmp_path / "s.csv", ids, targets, values, small_competition())
    assert not list(tmp_path.iterdir())


def test_warnings_come_with_the_file(tmp_path: Path) -> None:
    values = PREDICTIONS.copy()
    values[:, 1] = 0.25
    written = write_submission(tmp_path / "s.csv", IDS, GENES, values, small_competition())
    assert len(written.warnings) == 1
    assert "'HLA.1'" in written.warnings[0]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill_up(file: BinaryIO, ids: list[bytes], place: int, values: np.ndarray) -> None:
        file.write(b"half a li")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kit.submission.write.write_rows", fill_up)
    with pytest.raises(RunError, match=r"No space left on device; free some space in "):
        write_submission(tmp_path / "s.csv", IDS, GENES, PREDICTIONS, small_competition())
    assert not list(tmp_path.iterdir())


def test_a_disk_that_writes_something_else_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupt(file: BinaryIO, ids: list[bytes], place: int, values: np.ndarray) -> None:
        write_rows(file, ids, place, values)
        file.seek(-2, 2)
        file.write(b"7")

    monkeypatch.setattr("kit.submission.write.write_rows", corrupt)
    with pytest.raises(RunError, match="reads back differently"):
        write_submission(tmp_path / "s.csv", IDS, GENES, PREDICTIONS, small_competition())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"cannot write .*file"):
        write_submission(tmp_path / "file" / "s.csv", IDS, GENES, PREDICTIONS, small_competition())


def test_submission_path() -> None:
    assert submission_path(Path("/out"), "op", "svd-0a1b2c3d") == Path("/out/op/op-svd-0a1b2c3d.csv").resolve()
    with pytest.raises(InputError, match="slashes"):
        submission_path(Path("out"), "op", "../svd-0a1b2c3d")
