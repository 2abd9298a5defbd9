from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from kit.errors import DataError, SubmissionError
from kit.submission import check, check_submission
from kit.submission.layout import check_values
from tests.never_whole import NeverWhole
from tests.submission.small import GENES, small_competition, submission_frame

Change = Callable[[pd.DataFrame], pd.DataFrame]


def put(row: int, column: str, value: float) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row, column] = value
        return frame

    return change


def as_given(frame: pd.DataFrame, folder: Path, form: str) -> Path | pd.DataFrame:
    if form == "frame":
        return frame
    path = folder / f"s.{form}"
    frame.to_csv(path, index=False) if form == "csv" else frame.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("form", ["frame", "csv", "parquet"])
def test_a_good_submission_has_no_warnings(form: str, tmp_path: Path) -> None:
    assert check_submission(as_given(submission_frame(), tmp_path, form), small_competition()) == []


WRONG: dict[str, tuple[Change, list[str]]] = {
    "column missing": (lambda f: f.drop(columns="ZYX"), ["1 column of the sample missing: 'ZYX'"]),
    "column misspelt": (
        lambda f: f.rename(columns={"HLA.1": "HLA-1"}),
        ["1 column of the sample missing: 'HLA.1' (is it 'HLA-1'?)", "1 column that the sample has not: 'HLA-1'"],
    ),
    "column too many": (lambda f: f.assign(cell_type=1.0), ["1 column that the sample has not: 'cell_type'"]),
    "columns in another order": (
        lambda f: f[["id", "HLA.1", "A1BG", "ZYX"]],
        ["columns are in another order", "column 2 is 'HLA.1', the sample has 'A1BG' there"],
    ),
    "id column not first": (lambda f: f[[*GENES, "id"]], ["column 1 is 'A1BG', the sample has 'id' there"]),
    "id column missing": (lambda f: f.drop(columns="id"), ["1 column of the sample missing: 'id'"]),
    "ids in another order": (
        lambda f: f.iloc[[0, 2, 1, 3]],
        ["ids are in another order", "row 1 has '2', the sample has '1'"],
    ),
    "id missing": (lambda f: f.iloc[:3], ["1 id of the sample missing: '3'"]),
    "id unknown": (put(3, "id", 33), ["1 id of the sample missing: '3'", "1 id that the sample has not: '33'"]),
    "id twice": (put(3, "id", 2), ["1 id of the sample missing: '3'", "1 id standing twice: '2'"]),
    "NaN": (put(2, "ZYX", np.nan), ["1 value not finite, the first is nan at id '2', column 'ZYX'"]),
    "infinite": (put(1, "A1BG", -np.inf), ["1 value not finite, the first is -inf at id '1', column 'A1BG'"]),
    "the sample itself": (lambda f: f.assign(**dict.fromkeys(GENES, 0.0)), ["every value is 0.0", "the sample itself"]),
    "a constant that is not zero": (lambda f: f.assign(**dict.fromkeys(GENES, 0.5)), ["every value is 0.5"]),
    "several at once": (
        lambda f: f.drop(columns="ZYX").iloc[:2],
        ["2 problems", "column of the sample missing: 'ZYX'", "2 ids of the sample missing: '2', '3'"],
    ),
}


@pytest.mark.parametrize("form", ["frame", "csv", "parquet"])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_listed(name: str, form: str, tmp_path: Path) -> None:
    change, expected = WRONG[name]
    with pytest.raises(SubmissionError) as caught:
        check_submission(as_given(change(submission_frame()), tmp_path, form), small_competition())
    for fragment in expected:
        assert fragment in str(caught.value)


@pytest.mark.parametrize("form", ["frame", "csv", "parquet"])
def test_text_is_no_prediction(form: str, tmp_path: Path) -> None:
    frame = submission_frame().assign(ZYX=["1", "2", "much", "4"])
    with pytest.raises(SubmissionError, match="numbers"):
        check_submission(as_given(frame, tmp_path, form), small_competition())


def test_a_column_twice() -> None:
    frame = submission_frame()
    frame.columns = pd.Index(["id", "A1BG", "ZYX", "ZYX"])
    with pytest.raises(SubmissionError, match=r"missing: 'HLA.1'[\s\S]*standing twice: 'ZYX'"):
        check_submission(frame, small_competition())


ODD: dict[str, tuple[Change, str]] = {
    "constant column": (lambda f: f.assign(ZYX=1.0), "1 column the same for all ids: 'ZYX'"),
    "constant row": (
        lambda f: put(2, "A1BG", 1)(put(2, "HLA.1", 1)(put(2, "ZYX", 1)(f))),
        "1 row the same for all targets: id '2'",
    ),
    "far outside": (
        put(3, "HLA.1", 12.5),
        "1 value far outside the training range -4 to 4, the first is 12.5 at id '3', column 'HLA.1'",
    ),
    "far below": (put(0, "ZYX", -1e6), "-1e+06 at id '0', column 'ZYX'"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_a_warning(name: str) -> None:
    change, expected = ODD[name]
    [warning] = check_submission(change(submission_frame()), small_competition())
    assert expected in warning


def test_values_a_little_outside_are_no_warning() -> None:
    assert check_submission(put(3, "HLA.1", 11.5)(submission_frame()), small_competition()) == []


def test_a_large_file_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "LARGE_FILE_BYTES", 10)
    [warning] = check_submission(as_given(submission_frame(), tmp_path, "csv"), small_competition())
    assert "compress" in warning


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="does not exist"):
        check_submission(tmp_path / "s.csv", small_competition())
    (tmp_path / "s.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match="zip archive"):
        check_submission(tmp_path / "s.csv", small_competition())


@pytest.mark.parametrize(
    "odd",
    [{}, {(7, 2): np.nan, (9, 0): np.inf}, {(3, 1): 40.0, (8, 0): -40.0}, {5: 0.25}],
    ids=["nothing", "not finite", "far", "the same in a row"],
)
def test_values_of_blocks_of_rows_are_found_as_of_the_whole(
    odd: dict[Any, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    values, Y = (rng.normal(size=(12, 3)).astype(np.float32) for _ in range(2))
    values[:, 1] = 1.5
    for place, value in odd.items():
        values[place] = value
    ids = [f"row {row}" for row in range(12)]
    whole = check_values(values, ids, GENES, Y)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 6)
    cut = check_values(cast(Any, NeverWhole(values, 2)), ids, GENES, cast(Any, NeverWhole(Y, 2)))
    assert cut == whole
    assert len(cut.mistakes) + len(cut.warnings) >= 1
