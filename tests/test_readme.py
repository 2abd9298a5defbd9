"""The README says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from kit.cli.main import app
from kit.config import load_recipe
from kit.config.search_recipe import load_search
from tests.documents import ROOT, blocks

README = (ROOT / "README.md").read_text(encoding="utf-8")


YAML = [block.text for block in blocks(ROOT / "README.md", "yaml")]


def test_the_recipe_shown_is_the_one_shipped() -> None:
    assert YAML[0] == (ROOT / "competitions/open_problems_ranks/baseline.yaml").read_text(encoding="utf-8")


def block(key: str) -> str:
    """Return the YAML block in which a key stands at the beginning of a line."""
    return next(text for text in YAML[1:] if re.search(rf"^{key}:", text, re.MULTILINE))


def on_the_demo(folder: Path, text: str) -> Path:
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"extends: {ROOT / 'competitions' / 'demo' / 'competition.yaml'}\n{text}")
    return recipe


def test_the_blocks_of_a_language_model_load(tmp_path: Path) -> None:
    models = "models: {ridge: {kind: ridge, features: [chemberta_32]}}\n"
    shown = next(text for text in YAML if "chemberta" in text)
    found = load_recipe(on_the_demo(tmp_path, shown + models))
    assert list(found.config.features) == ["chemberta", "chemberta_32"]


def test_the_stages_shown_load(tmp_path: Path) -> None:
    text = block("stages").replace(
        "features:\n",
        "features:\n"
        "  profile: {kind: target_profile, params: {by: sm_name}}\n"
        "  cell: {kind: one_hot, params: {columns: [cell_type]}}\n",
    )
    path = on_the_demo(tmp_path, text + "models: {ridge: {kind: ridge, features: [cell, stacked]}}\n")
    assert load_recipe(path).config.stages["teachers"].repeats == 10
    assert load_recipe(path, ["preset=small"]).config.stages["teachers"].repeats == 1


def test_the_search_shown_is_one(tmp_path: Path) -> None:
    learning_rate, _, hidden, enabled = block("learning_rate").splitlines()
    path = on_the_demo(
        tmp_path,
        f"""\
features: {{cell: {{kind: one_hot, params: {{columns: [cell_type]}}}}}}
models:
  ridge: {{kind: ridge}}
  mlp:
    kind: mlp
    {enabled}
    params:
      {learning_rate}
      {hidden}
""",
    )
    search = load_search(path)
    assert search.present_values() == {
        "models.mlp.enabled": True,
        "models.mlp.params.learning_rate": 1e-3,
        "models.mlp.params.hidden": [256],
    }


@pytest.mark.parametrize("command", re.findall(r"^\| `kit (\w+)", README, re.MULTILINE))
def test_every_command_of_the_table_is_there(command: str) -> None:
    assert command in typer.main.get_command(app).commands  # type: ignore[attr-defined]
