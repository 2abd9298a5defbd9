"""What all commands have: ``--quiet``, ``--json``, an example that works."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer.main

from kit.cli.commands import example_of
from kit.cli.main import app
from tests.cli.conftest import Kit, Result
from tests.data.cells.planted import draw, written
from tests.documents import ROOT
from tests.tiny import PROCESS

DEMO = ROOT / "competitions" / "demo"

SEARCHED = """\
extends: baseline.yaml
models:
  lightgbm: {enabled: false}
  ridge: {params: {penalty: {search: [100.0, 1000.0], log: true, value: 300.0}}}
"""

EXPENSIVE = {"kit calibrate", "kit blend", "kit tune"}
"""Commands that compute anew each time: --quiet is tried with the others."""

IN_THE_WAY = {
    "kit init": "measured",
    "kit export": "model",
    "kit data pseudobulk": "train.parquet",
    "kit data cells": "cells.parquet",
    "kit data cover": "chosen.csv",
}
"""What an example wrote, and does not write twice."""

CELLS = ("kit data pseudobulk", "kit data cells", "kit data cover")
NEEDED = {**dict.fromkeys(CELLS, "anndata"), "kit track": "mlflow"}
"""The extras that examples need."""

TWICE = {"kit predict": ["--overwrite"], "kit recipes copy": ["--force"]}
"""What lets an example write twice."""

ELSEWHERE = {"kit report": "a page costs seconds; tests/cli/test_report.py writes one with --json"}
"""Commands whose example is carried out once, and why."""


def commands(group: Any = None, name: str = "kit") -> Iterator[tuple[str, Any]]:
    """Every command by its full name, and every group that does something by itself."""
    group = typer.main.get_command(app) if group is None else group
    for part, command in group.commands.items():
        if not hasattr(command, "commands"):
            yield f"{name} {part}", command
        else:
            if {option.name for option in command.params} - {"help"}:
                yield f"{name} {part}", command
            yield from commands(command, f"{name} {part}")


COMMANDS = dict(commands())


@pytest.fixture(scope="module")
def home(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the demo, its runs, and the tables that the examples name."""
    folder = tmp_path_factory.mktemp("home")
    demo = folder / "competitions" / "demo"
    shutil.copytree(DEMO, demo, ignore=shutil.ignore_patterns("data", "cache"))
    text = (demo / "baseline.yaml").read_text()
    (demo / "baseline.yaml").write_text(text.replace("n_estimators: 40", "n_estimators: 4"))
    (demo / "stronger.yaml").write_text("extends: baseline.yaml\nmodels: {ridge: {params: {penalty: 900.0}}}\n")
    (demo / "searched.yaml").write_text(SEARCHED)
    (demo / "process.yaml").write_text(f"extends: competition.yaml\n{PROCESS}")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for recipe in ("process", "stronger", "baseline"):
            result = kit("train", demo / f"{recipe}.yaml", "--jobs", "1")
            assert result.code == 0, result.err
        # What was got by hand is laid out without a network.
        shutil.copytree(demo / "data", folder / "competitions" / "open_problems" / "downloaded")
        rows = pd.read_csv(demo / "data" / "id_map.csv")
        rows.head(12).to_csv("new.csv", index=False)
        measured = pd.read_parquet(demo / "data" / "de_train.parquet").drop(columns=["sm_lincs_id", "control"])
        measured.iloc[:, :20].to_csv("measured.csv", index=False)
        rows.drop(columns="id").to_csv("wanted.csv", index=False)
        yield folder


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_quiet_and_speak_to_programs(name: str) -> None:
    assert {"--quiet", "--json"} <= {text for option in COMMANDS[name].params for text in option.opts}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_every_command_works(name: str, home: Path, kit: Kit) -> None:
    """As it stands below the help; then with ``--json`` and ``--quiet``, which take from disk what there is."""
    words = example_of(COMMANDS[name].epilog)
    assert words is not None, f"{name}: no example; give `kit.cli.commands.add` one"
    assert " ".join(words).startswith(name)
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    if "cells.h5ad" in words:
        written(home / "cells.h5ad", *draw(np.random.default_rng(5)))
    shown = done(kit(*words[1:]), words)
    if name in ELSEWHERE:
        return
    again = [*words[1:], *TWICE.get(name, [])]
    make_way(name)
    assert json.loads(done(kit(*again, "--json"), words).out, parse_constant=refuse)
    if name in EXPENSIVE:
        return
    make_way(name)
    quiet = done(kit(*again, "--quiet"), words)
    assert len(quiet.out.splitlines()) <= len(shown.out.splitlines())
    assert quiet.err == ""


def make_way(name: str) -> None:
    if name in IN_THE_WAY:
        written = Path(IN_THE_WAY[name])
        shutil.rmtree(written) if written.is_dir() else written.unlink()


def done(result: Result, words: list[str]) -> Result:
    assert result.code == 0, f"{' '.join(words)}\n{result.err}"
    return result


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def test_quiet_and_json_exclude_each_other(kit: Kit) -> None:
    result = kit("list", "--quiet", "--json")
    assert result.code == 2
    assert "one of them" in result.err


def test_what_failed_in_part_is_told_to_programs_too(home: Path, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, and still one document; the error is on standard error."""
    broken = "extends: baseline.yaml\nmodels: {lightgbm: {enabled: false}}\npostprocess: [{kind: clip}]\n"
    (home / "competitions/demo/broken.yaml").write_text(broken)
    recipes = [f"competitions/demo/{name}.yaml" for name in ("baseline", "broken")]

    def fail(*arguments: Any, **options: Any) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr("kit.models.ridge.Ridge.fit", fail)
    result = kit("compare", *recipes, "--jobs", "1", "--set", "seed=3", "--json")
    assert result.code == 1
    assert json.loads(result.out)["failures"].keys() == {"baseline", "broken"}
    assert re.search(r"^error: baseline failed: .*overflow", result.err, re.MULTILINE)


def test_missing_numbers_and_odd_texts_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    from kit.cli.output import put_document

    frame = pd.DataFrame({"score": [0.5, np.nan, np.inf], "name": ["\x7f\x1b[31m", "é", None]})
    put_document({"table": frame, "path": Path("a/b"), "n": np.int64(3), "flags": (True, None), "array": np.eye(1)})
    found = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert [line["score"] for line in found["table"]] == [0.5, None, None]
    assert [line["name"] for line in found["table"]] == ["\x7f\x1b[31m", "é", None]
    assert (found["path"], found["n"], found["flags"], found["array"]) == ("a/b", 3, [True, None], [[1.0]])
