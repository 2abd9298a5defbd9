from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.own_tables import OWN_TABLES
from kit.config import load_competition, load_recipe
from kit.data import read_competition
from kit.data.simulate import simulate, write
from kit.errors import DataError, InputError
from kit.starting.begin import Beginning, OwnTables, begin, refuse_existing
from tests.starting.tables import own
from tests.tiny import DESIGN


def begun(folder: Path, train: Path, test: Path | None = None) -> None:
    tables = OwnTables.open(train, test)
    begin(tables, Beginning.of(tables, {}), folder, "kit init TRAIN TEST")


@pytest.mark.parametrize("name", OWN_TABLES)
def test_what_is_written_reads_as_what_was_guessed(name: str, tmp_path: Path) -> None:
    table = own(name)
    begun(tmp_path / "mine", *table.write(tmp_path / "tables"))
    loaded = load_competition(tmp_path / "mine" / "competition.yaml")
    competition = read_competition(loaded.config, tmp_path / "tables", tmp_path / "cache")
    assert competition.targets == tuple(table.truth.columns)
    assert len(competition.test) == len(table.test)
    assert loaded.config.competition == "mine"
    assert (tmp_path / "mine" / loaded.config.data.root).resolve() == tmp_path / "tables"
    assert set(load_recipe(tmp_path / "mine" / "competition.yaml").config.models)
    text = (tmp_path / "mine" / "competition.yaml").read_text()
    assert text.startswith("# A guess, written by `kit init TRAIN TEST`")
    assert max(map(len, text.splitlines())) <= 120


def test_gaps_and_weights_go_into_the_file_and_weights_are_no_feature(tmp_path: Path) -> None:
    train, _ = own("batches").write(tmp_path / "tables")
    begun(tmp_path / "mine", train)
    loaded = load_recipe(tmp_path / "mine" / "start.yaml")
    assert (loaded.config.columns.weight, loaded.config.columns.missing_targets) == ("weight", "allow")
    assert "weight" not in str(loaded.config.features)
    assert "temperature" in str(loaded.config.features)
    assert "cells of the targets have no value" in (tmp_path / "mine" / "competition.yaml").read_text()


def test_tables_may_lie_in_several_folders(tmp_path: Path) -> None:
    table = own("digits")
    train, test = table.write(tmp_path / "tables")
    (tmp_path / "new").mkdir()
    test = test.rename(tmp_path / "new" / test.name)
    begun(tmp_path / "mine", train, test)
    config = load_competition(tmp_path / "mine" / "competition.yaml").config
    assert config.data.test == f"../new/{test.name}"
    assert len(read_competition(config, tmp_path / "tables", tmp_path / "cache").test) == len(table.test)


def test_the_layout_of_a_submission_is_found_beside_the_rows_to_predict(tmp_path: Path) -> None:
    write(simulate(DESIGN, 1), tmp_path / "kaggle")
    begun(tmp_path / "mine", tmp_path / "kaggle" / "de_train.parquet", tmp_path / "kaggle" / "id_map.csv")
    config = load_competition(tmp_path / "mine" / "competition.yaml").config
    assert config.data.sample_submission == "sample_submission.csv"
    assert config.folds.kind == "held_out_compounds"
    # One of another table is none of this one.
    pd.DataFrame({"id": [1], "other": [0.0], "third": [0.0]}).to_csv(tmp_path / "sample_submission.csv", index=False)
    train, test = own("digits").write(tmp_path)
    assert OwnTables.open(train, test).sample is None


def test_nothing_is_overwritten_and_nothing_is_left_by_what_fails(tmp_path: Path) -> None:
    train, test = own("screen").write(tmp_path / "tables")
    begun(tmp_path / "mine", train, test)
    before = {path: path.read_text() for path in (tmp_path / "mine").iterdir()}
    with pytest.raises(InputError, match=r"mine/competition.yaml is there already and is not overwritten"):
        begun(tmp_path / "mine", train, test)
    assert {path: path.read_text() for path in (tmp_path / "mine").iterdir()} == before
    with pytest.raises(InputError, match="is a file; name another folder"):
        refuse_existing(train)
    pairs = pd.read_csv(test)
    pd.concat([pairs, pairs[:1]]).to_csv(test, index=False)
    with pytest.raises(DataError, match="have the same cell_line"):
        begun(tmp_path / "other", train, test)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.txt", "hello", "a table's name must end in one of"),
        ("empty.csv", "", "is empty"),
        ("folder", None, "is a folder"),
    ],
)
def test_what_is_no_table_is_refused(name: str, content: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        OwnTables.open(path)
