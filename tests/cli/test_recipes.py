"""``kit recipes``."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import Kit, is_wrong_input


def test_the_list_has_names_and_a_line_each(kit: Kit) -> None:
    result = kit("recipes")
    assert result.code == 0, result.err
    assert "third_place   The third place (okon2000" in result.out


def test_a_recipe_is_copied_and_trained(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    # Other tests write recipes of their own beside the competition file.
    mine = shutil.copytree(tiny, tmp_path / "mine", ignore=shutil.ignore_patterns("process.yaml", "quick.yaml"))
    result = kit("recipes", "copy", "quick", mine)
    assert result.code == 0, result.err
    assert result.out.splitlines() == [
        f"recipe: {mine / 'quick.yaml'}",
        f"recipe: {mine / 'process.yaml'}",
        f"next: kit train {mine / 'quick.yaml'}",
    ]
    planned = kit("train", mine / "quick.yaml", "--out", tmp_path / "runs", "--dry-run")
    assert planned.code == 0, planned.err
    (mine / "quick.yaml").write_text("extends: linear.yaml\n")
    refused = kit("recipes", "copy", "quick", mine)
    assert is_wrong_input(refused)
    assert "--force replaces it" in refused.err
    assert kit("recipes", "copy", "quick", mine, "--force").code == 0


def test_other_names_of_columns_are_said(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    text = (tiny / "competition.yaml").read_text()
    (tmp_path / "competition.yaml").write_text(text.replace("sm_name", "drug"))
    result = kit("recipes", "copy", "baseline", tmp_path)
    assert result.code == 0, result.err
    assert "sm_name is called drug here" in result.err


def test_wrong_input(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    assert is_wrong_input(kit("recipes", "copy", "third", tiny))
    assert is_wrong_input(kit("recipes", "copy", "third_place", tmp_path))
    assert kit("recipes", "coppy").code == 2
