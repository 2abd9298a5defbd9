from __future__ import annotations

import csv
import multiprocessing
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import DataError, RunBusyError, RunError
from kit.submission import LedgerEntry, ledger
from kit.submission.ledger import COLUMNS, append, parse_scores, read


def entry(**changes: object) -> LedgerEntry:
    given = {"competition": "op", "recipe": "svd", "run": "svd-0a1b", "file": "op-svd-0a1b.csv", "sha256": "ab"}
    return LedgerEntry(**{**given, **changes})  # type: ignore[arg-type]


def test_a_line_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "submissions" / "ledger.csv"
    folds = {"B cells": 0.5, "a;b=c": 0.25}
    append(path, entry(cv=0.5571234, cv_sd=0.01, cv_by_fold=folds, message='first, "bold"\ntry'))
    append(path, entry(recipe="knn"))
    table = read(path)
    assert tuple(table.columns) == COLUMNS
    assert table["recipe"].tolist() == ["svd", "knn"]
    assert table["cv"].iloc[0] == pytest.approx(0.557123)
    assert parse_scores(table["cv_by_fold"].iloc[0]) == {"B cells": 0.5, "a,b=c": 0.25}
    assert table["message"].iloc[0] == 'first, "bold" try'
    assert np.isnan(table["cv"].iloc[1])
    assert table["public"].isna().all()
    assert datetime.fromisoformat(table["time"].iloc[0]).utcoffset().total_seconds() == 0  # type: ignore[union-attr]
    assert len(path.read_text().splitlines()) == 3


def test_an_absent_ledger_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path / "ledger.csv").empty
    assert tuple(read(tmp_path / "ledger.csv").columns) == COLUMNS


def test_leaderboard_scores_filled_in_by_hand_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    append(path, entry())
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["public"] = "0.561"
    # As a spreadsheet saves it: byte-order mark, Windows line ends; and no end of the last line.
    path.write_bytes(("\ufeff" + table.to_csv(index=False, lineterminator="\r\n")).rstrip("\r\n").encode())
    append(path, entry(recipe="second"))
    assert read(path)["public"].tolist()[0] == 0.561
    assert read(path)["recipe"].tolist() == ["svd", "second"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (",".join(COLUMNS[:-1]), "lacks message"),
        (",".join([*COLUMNS, "gap"]), "has 'gap' besides"),
        (",".join(reversed(COLUMNS)), "another order"),
    ],
)
def test_another_header_is_an_error_and_the_file_stays(header: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(header + "\n")
    with pytest.raises(DataError, match=message):
        append(path, entry())
    with pytest.raises(DataError, match=message):
        read(path)
    assert path.read_text() == header + "\n"


def test_a_score_that_is_no_number_names_its_column(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    append(path, entry())
    lines = path.read_text().replace(",,,", ',,"0,561",')
    path.write_text(lines)
    with pytest.raises(DataError, match=r"column '.*numbers with a point"):
        read(path)


def _append_ten(path: Path, number: int) -> None:
    for i in range(10):
        append(path, entry(run=f"{number}-{i}", message="x" * 500))


@pytest.mark.slow
def test_four_processes_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append_ten, args=(path, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with path.open(newline="") as file:
        lines = list(csv.reader(file))
    assert tuple(lines[0]) == COLUMNS
    assert {len(line) for line in lines} == {len(COLUMNS)}
    assert sorted(line[3] for line in lines[1:]) == sorted(f"{n}-{i}" for n in range(4) for i in range(10))


def test_a_lock_held_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr(ledger, "_LOCK_SECONDS", 0.01)
    with FileLock(str(tmp_path / "ledger.csv.lock")), pytest.raises(RunBusyError, match="another process"):
        append(tmp_path / "ledger.csv", entry())


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.csv"
    append(path, entry())
    before = path.read_bytes()
    write = os.write
    monkeypatch.setattr("kit.submission.ledger.os.write", lambda fd, content: write(fd, content[:10]))
    with pytest.raises(RunError, match=r"No space left.*submission itself is complete"):
        append(path, entry())
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        append(tmp_path / "file" / "ledger.csv", entry())
