"""The README says what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from kit.cli.main import app
from kit.config import load_recipe

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


COMMANDS = [
    shlex.split(line, comments=True)[1:] for block in blocks("sh") for line in block.splitlines() if line[:4] == "kit "
]


def test_the_recipe_shown_is_the_one_shipped() -> None:
    assert blocks("yaml")[0] == (ROOT / "competitions/open_problems_ranks/baseline.yaml").read_text(encoding="utf-8")


def test_the_blocks_of_a_language_model_load(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    competition = ROOT / "competitions" / "demo" / "competition.yaml"
    models = "models: {ridge: {kind: ridge, features: [chemberta_32]}}"
    recipe.write_text(f"extends: {competition}\n{blocks('yaml')[1]}{models}\n")
    assert list(load_recipe(recipe).config.features) == ["chemberta", "chemberta_32"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_parse_and_their_files_exist(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    group = typer.main.get_command(app)
    name, *arguments = command
    parsed = group.commands[name].make_context(name, list(arguments))  # type: ignore[attr-defined]
    assert Path(parsed.params["recipe"]).is_file()


@pytest.mark.parametrize("command", re.findall(r"^\| `kit (\w+)", README, re.MULTILINE))
def test_every_command_of_the_table_is_there(command: str) -> None:
    assert command in typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_the_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert f"\n{target}:" in makefile
