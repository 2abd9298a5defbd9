"""``kit train`` on a competition that has no recipe."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Kit, is_wrong_input


@pytest.fixture
def homeless(tiny: Path, tmp_path: Path) -> Path:
    """The folder of a competition that names no recipe."""
    folder = tmp_path / "competition"
    folder.mkdir()
    shutil.copytree(tiny / "data", folder / "data")
    text = (tiny / "competition.yaml").read_text()
    (folder / "competition.yaml").write_text(re.sub("default_recipe: .*", "", text))
    return folder


@pytest.mark.parametrize("given", [".", "competition.yaml"])
def test_it_gets_a_start_that_is_written_beside_it(kit: Kit, homeless: Path, given: str, tmp_path: Path) -> None:
    first = kit("train", homeless / given, "--out", tmp_path / "out", "--jobs", "1", "--dry-run")
    assert first.code == 0, first.err
    assert "wrote" in first.err
    start = homeless / "start.yaml"
    assert first.out.startswith("tiny: start\n")
    # From then on it is the user's.
    start.write_text(start.read_text().replace("  additive: {", "  mine: {"))
    again = kit("train", homeless / given, "--out", tmp_path / "out", "--jobs", "1", "--dry-run")
    assert again.code == 0, again.err
    assert "mine" in again.out
    assert "wrote" not in again.err


def test_tables_that_are_wrong_are_said_and_nothing_is_written(kit: Kit, homeless: Path) -> None:
    (homeless / "data" / "id_map.csv").unlink()
    result = kit("train", homeless)
    assert is_wrong_input(result)
    assert "id_map.csv" in result.err
    assert not (homeless / "start.yaml").exists()


def test_a_folder_without_a_competition_is_wrong_input(kit: Kit, tmp_path: Path) -> None:
    result = kit("train", tmp_path)
    assert is_wrong_input(result)
    assert "competition.yaml" in result.err


def test_a_recipe_whose_models_are_misspelt_is_no_competition(kit: Kit, homeless: Path) -> None:
    recipe = homeless / "mine.yaml"
    recipe.write_text("extends: competition.yaml\nmodel: {ridge: {kind: ridge}}\n")
    result = kit("train", recipe)
    assert is_wrong_input(result)
    assert "did you mean 'models'" in result.err
    assert not (homeless / "start.yaml").exists()
