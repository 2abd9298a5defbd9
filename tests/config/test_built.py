"""Recipes of plain values, without a file (more in tests/api/test_recipe)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import load_recipe
from kit.config.built import build_recipe, changed_values, write_built
from kit.errors import ConfigError

COMPETITION = """\
competition: built
data: {train: a.csv, test: b.csv, sample_submission: c.csv}
columns: {keys: [cell], group: cell}
folds: {kind: kfold, params: {n_splits: 4}}
"""
VALUES = {"features": {"cell": {"kind": "one_hot", "params": {"columns": ["cell"]}}}, "models": {"ridge": "ridge"}}


@pytest.fixture
def competition(tmp_path: Path) -> Path:
    path = tmp_path / "here" / "competition.yaml"
    path.parent.mkdir()
    path.write_text(COMPETITION)
    return path


def test_values_merge_into_the_competition_as_a_file_does(competition: Path) -> None:
    recipe = build_recipe({**VALUES, "folds": {"params": {"n_splits": 3}}}, competition, "mine", ["seed=7"])
    assert (recipe.config.folds.kind, recipe.config.folds.params, recipe.config.seed) == ("kfold", {"n_splits": 3}, 7)
    assert recipe.name == "mine"
    assert recipe.root == competition.parent / "data"


def test_mistakes_are_placed_in_the_recipe_or_its_competition(competition: Path) -> None:
    with pytest.raises(ConfigError, match=r"^recipe mine: models\.ridge\.params\.penlty"):
        build_recipe({**VALUES, "models": {"ridge": {"kind": "ridge", "params": {"penlty": 1}}}}, competition, "mine")
    competition.write_text(COMPETITION.replace("kfold", "kfolt"))
    with pytest.raises(ConfigError, match=r"competition\.yaml:4: folds"):
        build_recipe(VALUES, competition, "mine")


def test_changes_become_values(competition: Path) -> None:
    changed = changed_values(VALUES, ["models.ridge.params.penalty=3.0", "folds.params.n_splits=2"])
    recipe = build_recipe(changed, competition, "mine")
    assert recipe.config.models["ridge"].params == {"penalty": 3.0}
    assert recipe.config.folds.params == {"n_splits": 2}
    with pytest.raises(ConfigError, match="models has no entry 'rigde'"):
        changed_values(VALUES, ["models.rigde.params.penalty=3.0"])


def test_a_file_elsewhere_means_the_same(competition: Path, tmp_path: Path) -> None:
    recipe = build_recipe(VALUES, competition, "mine")
    write_built(VALUES, competition, recipe, tmp_path / "there" / "mine.yaml")
    again = load_recipe(tmp_path / "there" / "mine.yaml")
    assert again.config == recipe.config
    assert again.root.resolve() == recipe.root.resolve()
