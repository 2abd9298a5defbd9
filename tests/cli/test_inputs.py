"""Files that exist, and where tables are looked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kit.cli.inputs import present
from kit.errors import InputError
from tests.cli.conftest import Kit, is_wrong_input

SIMULATED = """\
competition: made
data:
  root: data
  train: de_train.parquet
  test: id_map.csv
  sample_submission: sample_submission.csv
  simulate: {like: demo}
columns: {keys: [cell_type, sm_name], group: cell_type, compound: sm_name, metadata: [sm_lincs_id, SMILES, control]}
models: {mean: {kind: mean_outcome, features: [cell]}}
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
"""


def test_a_path_that_exists_is_returned(tmp_path: Path) -> None:
    assert present(tmp_path) == tmp_path


def test_the_nearest_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "truth.parquet").touch()
    with pytest.raises(InputError, match=r"truht\.parquet: no such file \(did you mean 'truth\.parquet'\?\)"):
        present(tmp_path / "truht.parquet")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no folder .*absent"):
        present(tmp_path / "absent" / "x.csv")


def test_paths_are_relative_to_the_file_they_are_written_in(
    kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.yaml").write_text((tiny / "linear.yaml").read_text().replace("extends: ", f"extends: {tiny}/"))
    monkeypatch.chdir(tmp_path)
    result = kit("folds", "other.yaml")
    assert result.code == 0, result.err


def test_data_wins_over_the_environment_which_wins_over_the_file(
    kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second / "tiny"):  # KIT_DATA may hold one folder a competition
        shutil.copytree(tiny / "data", folder)

    def root(*arguments: str) -> str:
        out = kit("train", tiny / "linear.yaml", "--dry-run", "--out", tmp_path / "out", *arguments).out
        return out.splitlines()[1].partition("from ")[2]

    assert root() == str(tiny / "data")
    monkeypatch.setenv("KIT_DATA", str(second))
    assert root() == str(second / "tiny")
    monkeypatch.setenv("KIT_DATA", str(second / "tiny"))
    assert root() == str(second / "tiny")
    assert root("--data", str(first)) == str(first)


def test_a_folder_without_tables_is_wrong_input(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    result = kit("folds", tiny / "linear.yaml", "--data", tmp_path / "absent")
    assert is_wrong_input(result)
    assert "absent" in result.err
    assert "--data" in result.err


def test_generating_tables_is_said(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text(SIMULATED)
    made = tmp_path / "misspelt"
    result = kit("folds", tmp_path / "made.yaml", "--data", made, "--set", "folds.kind=kfold")
    assert result.code == 0
    assert result.err == f"generating the tables of made in {made}\n"
    assert kit("folds", tmp_path / "made.yaml", "--data", made, "--set", "folds.kind=kfold").err == ""


@pytest.mark.parametrize("root", ["../victim", "{tmp}/victim", "link/victim"])
def test_a_file_from_somebody_else_has_nothing_generated_outside_its_folder(
    kit: Kit, tmp_path: Path, root: str
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    written = SIMULATED.replace("root: data", f"root: {root.format(tmp=tmp_path)}")
    (folder / "made.yaml").write_text(written)
    result = kit("folds", folder / "made.yaml", "--set", "folds.kind=kfold")
    assert is_wrong_input(result)
    assert "inside of the folder of the file" in result.err
    assert not (tmp_path / "victim").exists()


def test_a_run_has_no_tables_generated(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "config.resolved.yaml").write_text(SIMULATED + "folds: kfold\n")
    result = kit("folds", tmp_path / "config.resolved.yaml")
    assert is_wrong_input(result)
    assert not (tmp_path / "data").exists()
    # Where the user says so, they are.
    assert kit("folds", tmp_path / "config.resolved.yaml", "--data", tmp_path / "here").code == 0


def test_unfinished_tables_elsewhere_are_left_alone(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".simulating").touch()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "made.yaml").write_text(SIMULATED.replace("root: data", "root: ../elsewhere"))
    assert is_wrong_input(kit("folds", tmp_path / "theirs" / "made.yaml", "--set", "folds.kind=kfold"))
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [".simulating"]
