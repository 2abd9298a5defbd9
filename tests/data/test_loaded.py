"""Where the tables of a loaded recipe are read, and where they may be generated (more in tests/cli/test_inputs)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import load_competition
from kit.data.loaded import read_loaded
from kit.errors import InputError

TABLES = "{train: de_train.parquet, test: id_map.csv, sample_submission: sample_submission.csv, simulate: {like: demo}"
COLUMNS = "{keys: [cell_type, sm_name], group: cell_type, metadata: [sm_lincs_id, SMILES, control]}"


def test_generating_is_told_and_done_in_the_files_own_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KIT_DATA", raising=False)
    path = tmp_path / "here" / "competition.yaml"
    path.parent.mkdir()
    told: list[str] = []
    path.write_text(f"competition: made\ndata: {TABLES}, root: ../there}}\ncolumns: {COLUMNS}\nfolds: kfold\n")
    with pytest.raises(InputError, match="may not have tables generated there"):
        read_loaded(load_competition(path), None, told.append)
    assert not (tmp_path / "there").exists()
    path.write_text(f"competition: made\ndata: {TABLES}}}\ncolumns: {COLUMNS}\nfolds: kfold\n")
    competition = read_loaded(load_competition(path), None, told.append)
    assert competition.root == tmp_path / "here" / "data"
    assert told == [f"generating the tables of made in {tmp_path / 'here' / 'data'}"]
    elsewhere = read_loaded(load_competition(path), tmp_path / "said", told.append)
    assert elsewhere.hashes == competition.hashes
