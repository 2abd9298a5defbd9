"""Every block of code in the documents is executed: as a cell of a page, where the pages are built (`make docs`).

Commands that no page can execute have a reason, and are parsed.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from kit.cli.main import app
from kit.config import load_competition
from kit.config.search_recipe import load_search
from tests.documents import DOCUMENTS, ROOT, blocks, commands, fences

NOT_EXECUTED = {
    r"^kit .*competitions/open_problems": "takes minutes, on tables that the repository does not carry",
    r"^kit .*competitions/representation": "takes minutes; tests/test_representation.py has fewer draws",
    r"^kit .*competitions/rxrx1": "takes minutes; tests/test_rxrx1.py has the small design",
    r"^kit .*competitions/cell_typing": "takes minutes; tests/test_cell_typing.py has the small design",
    r"^kit .*\b(measured|wanted)\b": "on tables that the reader brings; tests/cli/test_init.py has others",
    r"^make ": "installs; `make run` and `make test` are what runs this test",
    r"^pip install ": "installs",
    r"^python -m benchmarks\.": "takes minutes",
    r"^optuna-dashboard ": "serves until it is stopped",
}
"""Commands that are only parsed, by what their line matches, and why."""

COMMANDS = {document: commands(document) for document in DOCUMENTS}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def reason(command: list[str]) -> str | None:
    """Return why a command is not executed here, or None when it is."""
    return next((why for pattern, why in NOT_EXECUTED.items() if re.search(pattern, " ".join(command))), None)


NO_CODE = re.compile(r"text|\{(?!code|literalinclude)[\w-]+\}.*")
"""What stands behind a fence of output, or of a directive that shows no code."""

SHIPPED = {path.read_text(encoding="utf-8") for path in ROOT.glob("competitions/**/*.yaml")}


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))], ids=named
)
def test_every_block_is_executed_somewhere(document: Path) -> None:
    """Cells by `make docs`; YAML is a file of the repository, or a cell writes it; commands have a reason."""
    executed, text = {"sh"}, document.read_text(encoding="utf-8")
    if document.parent.name == "docs" and text.startswith("---\nfile_format: mystnb\n"):
        executed.add("{code-cell}")
    yaml = {block.line: block.text for block in blocks(document, "yaml")}
    left = [
        f"{named(document)}:{line}: {what or 'no language'}"
        for line, what in fences(document)
        if what not in executed and not NO_CODE.fullmatch(what) and yaml.get(line + 1) not in SHIPPED
    ]
    assert left == [], "executed nowhere: make it a cell of a page in docs/"
    assert not re.search(r"skip-execution|raises-exception", text)


def test_the_pages_execute_their_cells() -> None:
    """A cell that fails is a warning, and warnings are errors."""
    settings, makefile = [(ROOT / name).read_text(encoding="utf-8") for name in ("docs/conf.py", "Makefile")]
    assert 'nb_execution_mode = "force"' in settings
    assert "allow_errors" not in settings
    assert "-m sphinx -W " in makefile


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=named)
def test_no_cell_hangs_on_which_command_ends_first(page: Path) -> None:
    """A command that still writes when `head` has seen enough is killed, now and then, and the cell fails."""
    assert not re.search(r"\|\s*head\b", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("notebook", sorted((ROOT / "docs").glob("*.ipynb")), ids=named)
def test_notebooks_keep_no_outputs(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_commands_outside_of_cells_have_a_reason(document: Path) -> None:
    left = [" ".join(command) for command in COMMANDS[document] if reason(command) is None]
    assert left == [], "make them cells of a page in docs/, or give a reason in NOT_EXECUTED"


@pytest.mark.parametrize("pattern", NOT_EXECUTED)
def test_every_reason_is_needed(pattern: str) -> None:
    assert any(re.search(pattern, " ".join(command)) for found in COMMANDS.values() for command in found)


@pytest.mark.parametrize(
    "command", [one for found in COMMANDS.values() for one in found if one[0] == "kit" and reason(one)], ids=" ".join
)
def test_other_commands_parse_and_their_recipes_load(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    name, *arguments = command[1:]
    parsed = typer.main.get_command(app).commands[name].make_context(name, arguments)  # type: ignore[attr-defined]
    given = parsed.params.get("recipes") or [parsed.params.get("recipe")]
    for recipe in given:
        if recipe is None or Path(recipe).parts[0] == "measured":  # which a command before it writes
            continue
        load_search(Path(recipe))
        load_competition(Path(recipe))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_make_targets_and_extras_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{named(document)}: make {target}"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for group in re.findall(r"pip install .*\.\[([\w,]+)\]", text):
        assert set(group.split(",")) <= extras.keys(), f"{named(document)}: .[{group}]"
