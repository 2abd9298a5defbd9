"""``kit check``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Finished, Kit, is_wrong_input

Damage = Callable[[pd.DataFrame], pd.DataFrame]


def _with_cell(value: object) -> Damage:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.astype({frame.columns[3]: object})
        changed.iloc[2, 3] = value
        return changed

    return damage


DAMAGES: dict[str, tuple[Damage, str]] = {
    "a row less": (lambda frame: frame.iloc[1:], "1 id of the sample missing"),
    "a row twice": (lambda frame: pd.concat([frame, frame.head(1)]), "standing twice"),
    "another order": (lambda frame: frame.iloc[::-1], "another order"),
    "columns in another order": (lambda frame: frame[frame.columns[::-1]], "another order"),
    "a column less": (lambda frame: frame.drop(columns=frame.columns[4]), "1 column of the sample missing"),
    "no id": (lambda frame: frame.rename(columns={"id": "idd"}), "'idd'"),
    "a hole": (_with_cell(np.nan), "not finite"),
    "a word": (_with_cell("high"), "'high'"),
    "the sample": (lambda frame: frame * [1, *[0] * (frame.shape[1] - 1)], "every value is"),
}


@pytest.mark.parametrize("given", ["file", "run", "parquet"])
@pytest.mark.parametrize("by", ["competition.yaml", "linear.yaml"])
def test_a_valid_submission(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path, given: str, by: str) -> None:
    paths = {"file": finished.submission, "run": finished.run, "parquet": tmp_path / "submission.parquet"}
    frame = pd.read_csv(finished.submission)
    frame.to_parquet(paths["parquet"])
    result = kit("check", paths[given], tiny / by)
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{paths[given]}: valid for tiny ({len(frame)} rows, {frame.shape[1] - 1} targets)\n"


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_submission(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path, name: str) -> None:
    damage, told = DAMAGES[name]
    path = tmp_path / "damaged.csv"
    damage(pd.read_csv(finished.submission)).to_csv(path, index=False)
    result = kit("check", path, tiny / "competition.yaml")
    assert is_wrong_input(result)
    assert result.err.startswith(f"error: {path} is no valid submission for tiny: ")
    assert told in result.err
    assert result.out == ""


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "empty"),
        ("binary.csv", b"\x00\xff\xfe" * 100, "UTF-8"),
        ("binary.parquet", b"\x00\xff\xfe" * 100, "no parquet file"),
        ("submission.txt", b"id,a\n", ".csv"),
    ],
)
def test_a_file_that_is_no_table(kit: Kit, tiny: Path, tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    result = kit("check", tmp_path / name, tiny / "competition.yaml")
    assert is_wrong_input(result)
    assert name in result.err
    assert told in result.err


def test_a_file_that_is_cut_off(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    content = finished.submission.read_bytes()
    path.write_bytes(content[: content.rindex(b",")])
    result = kit("check", path, tiny / "competition.yaml")
    assert is_wrong_input(result)
    assert "cut.csv" in result.err


def test_missing_files(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    missing = kit("check", finished.submission.with_suffix(".cvs"), tiny / "competition.yaml")
    assert is_wrong_input(missing)
    assert f"'{finished.submission.name}'" in missing.err
    assert is_wrong_input(kit("check", finished.submission, tiny / "absent.yaml"))
    assert is_wrong_input(kit("check", tmp_path, tiny / "competition.yaml"))


def test_what_is_odd_is_a_note(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(finished.submission)
    frame.iloc[:, 1] = 0.5
    frame.to_csv(tmp_path / "odd.csv", index=False)
    result = kit("check", tmp_path / "odd.csv", tiny / "competition.yaml")
    assert result.code == 0
    assert result.err.startswith("warning: ")
    assert frame.columns[1] in result.err
    assert "warning" not in result.out
