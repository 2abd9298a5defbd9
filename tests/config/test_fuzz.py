"""A sample of the changes of `tests.config.fuzz`, which says how to try thousands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kit.errors import ConfigError
from tests.config import fuzz
from tests.config.fuzz import CHANGES, COMPETITIONS, RECIPES, Change, changes, try_change

SAMPLE = 24
HANGING = 20.0
"""Seconds of CPU time; on a busy machine a second is not long."""


@pytest.fixture(autouse=True)
def toy_plugins() -> None:
    """Real recipes name real plug-ins."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(COMPETITIONS, tmp_path_factory.mktemp("fuzz") / "competitions"))


@pytest.mark.parametrize("change", list(changes(SAMPLE, 7)), ids=lambda change: f"{change.what}-{change.recipe.stem}")
def test_a_changed_recipe_loads_or_is_refused_at_its_place(change: Change, folder: Path) -> None:
    end = try_change(change, folder, HANGING)
    assert not end.is_wrong, f"{end.outcome}\n{end.detail}"


def test_changes_are_the_same_for_the_same_seed() -> None:
    made = list(changes(40, 3))
    assert made == list(changes(40, 3))
    assert {change.what for change in made} <= {one.__name__.strip("_") for one in CHANGES}


def test_an_error_of_python_and_a_message_without_place_are_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = RECIPES[0]
    change = Change(recipe, "nothing", (COMPETITIONS / recipe).read_bytes())
    assert try_change(change, folder, HANGING).outcome == "loaded"
    for error, outcome in ((RecursionError(), "error"), (ConfigError("something is wrong"), "no place")):

        def fail(path: Path, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(fuzz, "load_search", fail)
        assert try_change(change, folder, HANGING).outcome == outcome
