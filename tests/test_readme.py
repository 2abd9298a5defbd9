"""The README says what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from kit.cli.main import app
from kit.config import load_recipe
from kit.config.search_recipe import load_search

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


COMMANDS = [
    shlex.split(line, comments=True)[1:] for block in blocks("sh") for line in block.splitlines() if line[:4] == "kit "
]


def test_the_recipe_shown_is_the_one_shipped() -> None:
    assert blocks("yaml")[0] == (ROOT / "competitions/open_problems_ranks/baseline.yaml").read_text(encoding="utf-8")


def block(key: str) -> str:
    """Return the YAML block in which a key stands at the beginning of a line."""
    return next(text for text in blocks("yaml")[1:] if re.search(rf"^{key}:", text, re.MULTILINE))


def on_the_demo(folder: Path, text: str) -> Path:
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"extends: {ROOT / 'competitions' / 'demo' / 'competition.yaml'}\n{text}")
    return recipe


def test_the_blocks_of_a_language_model_load(tmp_path: Path) -> None:
    models = "models: {ridge: {kind: ridge, features: [chemberta_32]}}\n"
    shown = next(text for text in blocks("yaml") if "chemberta" in text)
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


def existing(parameters: dict) -> list[Path]:
    """Return the recipes that a command names."""
    found = parameters.get("recipe") or parameters.get("recipes") or []
    return [Path(path) for path in (found if isinstance(found, (list, tuple)) else [found])]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_parse_and_their_files_exist(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    group = typer.main.get_command(app)
    name, *arguments = command
    expanded = [word for argument in arguments for word in braces(argument)]
    parsed = group.commands[name].make_context(name, expanded)  # type: ignore[attr-defined]
    assert all(path.is_file() for path in existing(parsed.params))
    assert existing(parsed.params) or name == "blend"


def braces(word: str) -> list[str]:
    """Return what a shell makes of ``a/{b,c}.yaml``."""
    found = re.fullmatch(r"(.*)\{([^{}:]*,[^{}:]*)\}(.*)", word)
    return [word] if found is None else [f"{found[1]}{part}{found[3]}" for part in found[2].split(",")]


@pytest.mark.parametrize("command", re.findall(r"^\| `kit (\w+)", README, re.MULTILINE))
def test_every_command_of_the_table_is_there(command: str) -> None:
    assert command in typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_the_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert f"\n{target}:" in makefile
