"""Files are written whole, read back equal, and an interrupted write is recognised."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import DESIGNS, SimulatedCompetition, is_complete, simulate, write
from kit.data.simulate.files import FILES, MARKER
from kit.errors import RunError

SMALL = replace(DESIGNS["demo"], n_genes=20)


@pytest.fixture(scope="module")
def small() -> SimulatedCompetition:
    return simulate(SMALL, seed=5)


@pytest.fixture
def written(small: SimulatedCompetition, tmp_path: Path) -> Path:
    return write(small, tmp_path / "nested" / "data")


def test_every_file_and_nothing_else_is_written(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == {*FILES, MARKER}


@pytest.mark.parametrize("name", ["de_train", "train_noise_free"])
def test_training_tables_read_back_equal(small: SimulatedCompetition, written: Path, name: str) -> None:
    table = pd.read_parquet(written / f"{name}.parquet")
    pd.testing.assert_frame_equal(table[list(small.train)], small.train)
    expected = small.train_targets if name == "de_train" else small.train_noise_free
    assert list(table.columns[5:]) == list(small.genes)
    values = table.iloc[:, 5:].to_numpy()
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("name", ["truth", "truth_noise_free"])
def test_truth_tables_read_back_equal(small: SimulatedCompetition, written: Path, name: str) -> None:
    table = pd.read_parquet(written / f"{name}.parquet")
    assert list(table.columns) == ["id", *small.genes]
    assert table["id"].tolist() == small.test["id"].tolist()
    expected = small.test_targets if name == "truth" else small.test_noise_free
    np.testing.assert_array_equal(table.iloc[:, 1:].to_numpy(), expected)


def test_csv_files_are_plain(small: SimulatedCompetition, written: Path) -> None:
    pd.testing.assert_frame_equal(pd.read_csv(written / "id_map.csv"), small.test)
    assert b'"' not in (written / "id_map.csv").read_bytes() + (written / "sample_submission.csv").read_bytes()
    with (written / "sample_submission.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["id", *small.genes]
    assert [int(line[0]) for line in lines] == small.test["id"].tolist()
    assert {float(value) for line in lines for value in line[1:]} == {0.0}


def test_the_same_seed_writes_the_same_bytes(written: Path, tmp_path: Path) -> None:
    again = write(simulate(SMALL, seed=5), tmp_path / "again")
    for name in (*FILES, MARKER):
        assert (again / name).read_bytes() == (written / name).read_bytes(), name


def test_complete_only_for_its_own_design_and_seed(written: Path) -> None:
    assert is_complete(written, SMALL, 5)
    assert not is_complete(written, SMALL, 6)
    assert not is_complete(written, replace(SMALL, n_genes=21), 5)
    assert not is_complete(written, replace(SMALL, rank=7), 5)
    assert not is_complete(written.parent, SMALL, 5)


def test_a_design_that_an_older_version_wrote_without_later_fields_is_known(written: Path) -> None:
    marker = json.loads((written / MARKER).read_text())
    del marker["design"]["form"], marker["design"]["strength"]
    (written / MARKER).write_text(json.dumps(marker))
    assert is_complete(written, SMALL, 5)
    assert not is_complete(written, replace(SMALL, form="ranks"), 5)


def test_the_marker_says_what_is_there(written: Path) -> None:
    marker = json.loads((written / MARKER).read_text())
    assert marker["counts"] == {"train_rows": 120, "test_rows": 69, "compounds": 48, "genes": 20}
    assert marker["seed"] == 5
    assert marker["design"]["name"] == "demo"


@pytest.mark.parametrize("name", [*FILES, MARKER])
def test_a_missing_or_cut_file_is_noticed(written: Path, name: str) -> None:
    content = (written / name).read_bytes()
    (written / name).write_bytes(content[: len(content) // 2])
    assert not is_complete(written, SMALL, 5)
    (written / name).unlink()
    assert not is_complete(written, SMALL, 5)


@pytest.mark.parametrize("marker", ["[]", "null", "{}", '{"files": 3}'])
def test_a_foreign_marker_is_not_taken_for_ours(written: Path, marker: str) -> None:
    (written / MARKER).write_text(marker)
    assert not is_complete(written, SMALL, 5)


@pytest.mark.parametrize("stop_at", range(len(FILES) + 1))
def test_a_write_interrupted_anywhere_is_not_complete(
    small: SimulatedCompetition, written: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    """Over an older complete competition too: its marker must be gone before the first file changes."""
    rename, renamed = os.replace, []

    def stop(source: Path, target: Path) -> None:
        if len(renamed) == stop_at:
            raise KeyboardInterrupt
        renamed.append(target)
        rename(source, target)

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write(small, written)
    assert not is_complete(written, SMALL, 5)
    assert not [path for path in written.iterdir() if path.suffix == ".tmp"]


def test_a_directory_that_cannot_be_made_is_an_error_that_says_so(small: SimulatedCompetition, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunError, match="taken"):
        write(small, tmp_path / "taken")
