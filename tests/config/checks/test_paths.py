from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import load_recipe

COMPETITION = """
competition: tiny
data: {train: a.parquet, test: b.csv, sample_submission: c.csv}
columns: {keys: [cell_type, sm_name], group: cell_type, metadata: [SMILES]}
folds: {kind: groups, params: {column: sm_name, n_splits: 4}}
"""
RECIPE = """
extends: ../competition.yaml
features:
  vectors: {kind: vectors, params: {path: PATH}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  both: {kind: interaction, params: {left: {kind: vectors, params: {path: PATH}}, right: cell}}
models: {ridge: ridge}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "competition.yaml").write_text(COMPETITION)
    (tmp_path / "models").mkdir()
    (tmp_path / "vectors.npz").touch()
    return tmp_path / "models" / "recipe.yaml"


def paths(recipe: Path, *overrides: str) -> tuple[str, str]:
    features = load_recipe(recipe, overrides).config.features
    return features["vectors"].params["path"], features["both"].params["left"]["params"]["path"]


@pytest.mark.parametrize("written", ["../vectors.npz", "../absent.npz"])
def test_a_path_is_relative_to_the_file_it_is_written_in(recipe: Path, written: str) -> None:
    recipe.write_text(RECIPE.replace("PATH", written))
    wanted = str(recipe.parent.parent / Path(written).name)
    assert paths(recipe) == (wanted, wanted)


def test_an_override_is_relative_to_the_current_folder(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe.write_text(RECIPE.replace("PATH", "../absent.npz"))
    monkeypatch.chdir(recipe.parent.parent)
    overridden, _ = paths(recipe, "features.vectors.params.path=vectors.npz")
    assert overridden == str(recipe.parent.parent / "vectors.npz")


def test_a_word_that_is_no_path_stays(recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("PATH", "somebody/some-model"))
    assert paths(recipe) == ("somebody/some-model", "somebody/some-model")
