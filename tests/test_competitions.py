"""The competition files and recipes that are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import load_competition, load_recipe

COMPETITIONS = Path(__file__).parents[1] / "competitions"
FILES = sorted(COMPETITIONS.glob("*/*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_loads(path: Path) -> None:
    loaded = load_recipe(path)
    assert loaded.config.models
    assert loaded.config.competition == path.parent.name


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda path: path.name)
def test_a_competition_file_leads_to_its_default_recipe(folder: Path) -> None:
    competition = load_competition(folder / "competition.yaml")
    assert competition.config.default_recipe is not None
    by_competition = load_recipe(folder / "competition.yaml")
    assert by_competition.path == folder / competition.config.default_recipe
    assert by_competition.config == load_recipe(by_competition.path).config


def test_an_override_reaches_the_default_recipe() -> None:
    loaded = load_recipe(COMPETITIONS / "demo" / "competition.yaml", ["models.lightgbm=null"])
    assert list(loaded.config.models) == ["ridge"]


def test_an_override_names_another_recipe() -> None:
    path = COMPETITIONS / "open_problems_ranks" / "competition.yaml"
    assert load_recipe(path, ["default_recipe=baseline_cv.yaml"]).name == "baseline_cv"
