"""``kit config``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import Kit, is_wrong_input


def _origin(out: str, line: str) -> str:
    """Return the comment of the only line that begins like this, indents aside."""
    (found,) = [text for text in out.splitlines() if text.strip().startswith(line)]
    return found.partition("  # ")[2]


def test_every_value_has_its_origin(kit: Kit, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny)
    result = kit("config", "linear.yaml", "--set", "models.ridge.params.penalty=7.5")
    assert (result.code, result.err) == (0, "")
    written = {name: (tiny / name).read_text().splitlines() for name in ("linear.yaml", "competition.yaml")}
    for file, key in (("linear.yaml", "n_components"), ("competition.yaml", "group")):
        number = next(i for i, line in enumerate(written[file], 1) if key in line)
        assert _origin(result.out, f"{key}:") == f"{file}:{number}"
    assert _origin(result.out, "penalty: 7.5") == "--set models.ridge.params.penalty=7.5"
    assert _origin(result.out, "fit_intercept:") == "default"


def test_it_is_yaml_without_extends(kit: Kit, tiny: Path) -> None:
    out = kit("config", tiny / "linear.yaml").out
    tree = YAML(typ="safe", pure=True).load(out)
    assert tree["competition"] == "tiny"
    assert tree["models"]["ridge"]["params"]["penalty"] == 10.0
    assert "extends" not in tree
    assert not out.endswith("\n\n")


def test_a_competition_file_leads_to_its_recipe(kit: Kit, tiny: Path) -> None:
    assert kit("config", tiny / "competition.yaml").out == kit("config", tiny / "linear.yaml").out


def test_tables_are_not_needed(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    for name in ("competition.yaml", "linear.yaml"):
        (tmp_path / name).write_text((tiny / name).read_text())
    assert kit("config", tmp_path / "linear.yaml").code == 0
    assert sorted(os.listdir(tmp_path)) == ["competition.yaml", "linear.yaml"]


@pytest.mark.parametrize(
    ("name", "override", "told"),
    [
        ("absent.yaml", "seed=1", "no such file"),
        ("linear.yaml", "sede=1", "'sede'"),
        ("linear.yaml", "models.ridge.kind=rigde", "'ridge'"),
        ("homeless.yaml", "seed=1", "default_recipe"),
    ],
)
def test_wrong_input(kit: Kit, tiny: Path, name: str, override: str, told: str) -> None:
    result = kit("config", tiny / name, "--set", override)
    assert is_wrong_input(result)
    assert told in result.err


def test_all_problems_are_listed(kit: Kit, tiny: Path) -> None:
    result = kit("config", tiny / "linear.yaml", "--set", "seed=-1", "--set", "blend=meen")
    assert is_wrong_input(result)
    headline, *problems = result.err.splitlines()
    assert headline == "error: several problems:"
    assert len(problems) == 2
