"""The README shows a recipe that is there, and the pages know every command."""

from __future__ import annotations

import re

import typer.main

from kit.cli.main import app
from tests.documents import ROOT, blocks


def test_the_recipe_shown_is_the_one_shipped() -> None:
    (shown,) = blocks(ROOT / "README.md", "yaml")
    assert shown.text == (ROOT / "competitions/open_problems_ranks/baseline.yaml").read_text(encoding="utf-8")


def test_every_command_has_its_line() -> None:
    table = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    told = {line.split()[0] for line in re.findall(r"^\| `kit ([\w -]+)", table, re.MULTILINE)}
    assert told == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
