"""``kit tune``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import LINEAR, Kit, is_wrong_input

SEARCHED = LINEAR.replace("penalty: 10.0", "penalty: {search: [0.1, 1000.0], log: true, value: 10.0}")


@pytest.fixture(scope="module")
def recipe(tiny: Path) -> Path:
    (tiny / "searched.yaml").write_text(SEARCHED)
    return tiny / "searched.yaml"


def test_a_study_ends_in_a_recipe_that_trains_to_its_score(kit: Kit, recipe: Path, tmp_path: Path) -> None:
    output = recipe.parent / "found.yaml"
    result = kit("tune", recipe, "--trials", "6", "--out", tmp_path, "--output", output)
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0] == "tiny: searched, 1 values searched"
    best = json.loads((tmp_path / "tiny" / "studies" / "searched" / "best.json").read_text())
    assert any(line.startswith(f"score: mrrmse {best['score']:.4f} (present values: ") for line in lines)
    assert lines[-1] == f"recipe: {output}"
    assert "6 of 6 trials" in result.err
    trained = kit("train", output, "--out", tmp_path, "--jobs", "1")
    assert f"score: mrrmse {best['score']:.4f}" in trained.out
    head = output.read_text().splitlines()[2]
    assert head == f"# kit tune {recipe} --trials 6"  # where things lie on this machine is nobody's business


def test_the_hold_out_is_reported_beside_the_present_values(kit: Kit, recipe: Path, tmp_path: Path) -> None:
    given = ("tune", recipe, "--trials", "3", "--out", tmp_path, "--output", tmp_path / "competition.yaml")
    result = kit(*given, "--holdout", "last", "--report")
    assert result.code == 0, result.err
    page = tmp_path / "tiny" / "studies" / "searched" / "report.html"
    assert result.out.rstrip().endswith(f"report: {page}")
    again = kit("report", page.parent, "-o", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text() == page.read_text(), again.err
    assert "on which no trial was scored" in result.out
    assert "change of score by tuning: " in result.out
    wrong = kit(*given, "--holdout", "no fold")
    assert is_wrong_input(wrong)
    assert "--holdout: there is no fold 'no fold'" in wrong.err


def test_the_front_is_printed(kit: Kit, recipe: Path, tmp_path: Path) -> None:
    given = ("--objective", "pareto", "--out", tmp_path, "--output", tmp_path / "p.yaml", "--study", "p")
    result = kit("tune", recipe, "--trials", "3", *given)
    assert result.code == 0, result.err
    assert "Trials that no other beats in score and CPU seconds" in result.out
    assert "no trial is pruned" in result.err


def test_a_password_does_not_go_into_the_recipe(kit: Kit, recipe: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'secret.db'}"
    given = ("--storage", url, "--out", tmp_path, "--output", tmp_path / "s.yaml")
    assert kit("tune", recipe, "--trials", "1", *given).code == 0
    assert "--storage" not in (tmp_path / "s.yaml").read_text()
    assert "secret.db" not in (tmp_path / "s.yaml").read_text()


def test_what_is_wrong(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    assert "nothing to search" in kit("tune", tiny / "linear.yaml", "--trials", "1", "--out", tmp_path).err
    assert is_wrong_input(kit("tune", tiny / "linear.yaml", "--trials", "1", "--out", tmp_path))
    assert is_wrong_input(kit("tune", tiny / "linear.yaml"))


def test_without_optuna_the_extra_is_named(
    kit: Kit, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("kit.tuning")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)
    result = kit("tune", recipe, "--trials", "1", "--out", tmp_path)
    assert is_wrong_input(result)
    assert "pip install optuna" in result.err


def test_help(kit: Kit) -> None:
    result = kit("tune", "--help")
    assert result.code == 0
    assert "--holdout" in result.out
    words = " ".join(result.out.replace("│", " ").split())
    assert "Its rows stay training rows of the other folds." in words
    assert "which trials share" in words


def test_the_shown_command_holds_what_decides_the_trials() -> None:
    from kit.cli.tune import shown_command

    given = ["tune", "r.yaml", "--out", "/home/me/x", "--out=/home/me", "--data", "/d", "--storage=sqlite:///s.db"]
    given += ["--quiet", "--set", "data.root=/d", "--set", "seed=4", "--output", "/o.yaml", "--study", "my study"]
    assert shown_command(given) == "kit tune r.yaml --set seed=4 --study 'my study'"


def test_a_study_that_has_more_trials_than_asked_for_says_so(kit: Kit, recipe: Path, tmp_path: Path) -> None:
    given = ("--out", tmp_path, "--output", tmp_path / "m.yaml")
    assert kit("tune", recipe, "--trials", "3", *given).code == 0
    result = kit("tune", recipe, "--trials", "1", *given)
    assert result.code == 0
    assert "the study has 3 trials already; none is begun" in result.err
    assert "3 of 1 " not in result.err
