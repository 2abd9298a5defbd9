"""The code in the documents does what they say: Python runs, commands run on the demo or are parsed at least.

Cells of the pages in docs/ are executed where the pages are built (`make docs`, which a cell that fails fails).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import cycle
from pathlib import Path

import pytest
import typer.main

from kit.cli.main import app
from kit.config import load_competition
from kit.config.search_recipe import load_search
from tests.cli.conftest import call
from tests.documents import DOCUMENTS, ROOT, blocks, commands, fences
from tests.tiny import PROCESS

NOT_EXECUTED = {
    r"^kit .*competitions/open_problems": "takes minutes, on tables that the repository does not carry",
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


@pytest.mark.parametrize("document", sorted(ROOT.glob("docs/*.md")), ids=named)
def test_every_block_is_executed_somewhere(document: Path) -> None:
    """Shell and Python by this file, cells by `make docs`; YAML is a file of the repository, or a cell writes it."""
    executed, text = {"sh", "python"}, document.read_text(encoding="utf-8")
    if document.parent.name == "docs" and text.startswith("---\nfile_format: mystnb\n"):
        executed.add("{code-cell}")
    yaml = {block.line: block.text for block in blocks(document, "yaml")}
    left = [
        f"{named(document)}:{line}: {what or 'no language'}"
        for line, what in fences(document)
        if what not in executed and not NO_CODE.fullmatch(what) and yaml.get(line + 1) not in SHIPPED
    ]
    assert left == [], "executed nowhere: make it a cell of a page, a command or Python"
    assert not re.search(r"skip-execution|raises-exception", text)


def test_the_pages_execute_their_cells() -> None:
    settings = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    assert 'nb_execution_mode = "force"' in settings
    assert "nb_execution_raise_on_error = True" in settings


@pytest.mark.parametrize("notebook", sorted((ROOT / "docs").glob("*.ipynb")), ids=named)
def test_notebooks_keep_no_outputs(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.parametrize("pattern", NOT_EXECUTED)
def test_every_reason_is_needed(pattern: str) -> None:
    assert any(re.search(pattern, " ".join(command)) for found in COMMANDS.values() for command in found)


@pytest.mark.slow
@pytest.mark.parametrize("document", [path for path in DOCUMENTS if blocks(path, "python")], ids=named)
def test_python_runs(document: Path, tmp_path: Path) -> None:
    """A block that begins with ``# name.py`` becomes that file; every block is run, where the later find the former.

    The demo's folder stands where it stands in the repository.
    """
    copy_demo(tmp_path)
    for block in blocks(document, "python"):
        head = re.match(r"# (\w+\.py)\n", block.text)
        file = tmp_path / (head[1] if head else f"block_{block.line}.py")
        file.write_text(block.text, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "KIT_CACHE": str(tmp_path / "cache")}
        done = subprocess.run([sys.executable, file], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{block}:\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", [path for path, found in COMMANDS.items() if not all(map(reason, found))], ids=named
)
def test_commands_run(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the demo competition, in order; ``RUN`` stands for finished runs of it, ``public.csv`` for a submission,
    ``new.csv`` for new rows.

    The run of `kit design` is one of a process.
    """
    demo = copy_demo(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KIT_DATA", raising=False)
    for name, penalty in {"boosted": 30.0, "strong": 1000.0}.items():
        change = f"models: {{ridge: {{params: {{penalty: {penalty}}}}}}}"
        (demo / f"{name}.yaml").write_text(f"extends: baseline.yaml\n{change}\n")
    runs = [trained(demo / f"{name}.yaml") for name in ("baseline", "boosted", "strong")]
    (submission,) = Path("submissions/demo").glob("demo-strong-*.csv")
    shutil.copy(submission, "public.csv")
    shutil.copy(demo / "data" / "id_map.csv", "new.csv")
    for command in COMMANDS[document]:
        if reason(command) is None:
            assert command[0] == "kit", f"{' '.join(command)}: give it a reason in NOT_EXECUTED, or teach this test"
            if command[1] == "design":
                (demo / "process.yaml").write_text(f"extends: competition.yaml\n{PROCESS}")
            next_run = cycle([trained(demo / "process.yaml")] if command[1] == "design" else runs)
            words = [
                word.replace("RUN", str(next(next_run)), 1) if re.match("RUN(:|$)", word) else word
                for word in command[1:]
            ]
            result = call(*words)
            assert result.code == 0, f"{' '.join(command)}\n{result.err}"


def copy_demo(folder: Path) -> Path:
    """Return the demo's folder below a folder, its tables yet to be generated."""
    demo = folder / "competitions" / "demo"
    shutil.copytree(ROOT / "competitions" / "demo", demo, ignore=shutil.ignore_patterns("data", "cache"))
    return demo


def trained(recipe: Path) -> Path:
    """Return the finished run of a recipe."""
    result = call("train", recipe, "--jobs", "1")
    assert result.code == 0, result.err
    (found,) = Path("submissions/demo/runs").glob(f"{recipe.stem}-*")
    return found


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
