"""A file says which versions of the kit it is for."""

from __future__ import annotations

import pytest

from kit import version
from kit.config import load_competition, load_recipe
from kit.config.show.resolved import dump
from kit.errors import ConfigError
from tests.config.conftest import Write

MODELS = "models: {ridge: {kind: ridge}}\nfeatures: {cell: {kind: one_hot, params: {columns: [cell_type]}}}\n"


@pytest.fixture(autouse=True)
def kit_of_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "__version__", "1.3.0.dev2")


def recipe(head: str) -> str:
    return f"extends: competition.yaml\n{head}{MODELS}"


@pytest.mark.parametrize("asked", [">=1.3", ">=0.1", "~=1.2", ">=1,<2", "==1.3.*"])
def test_a_version_that_fits(write: Write, asked: str) -> None:
    loaded = load_recipe(write(recipe(f"kit_version: '{asked}'\n")))
    assert loaded.config.kit_version == asked
    assert load_recipe(write(dump(loaded))).config.kit_version == asked


@pytest.mark.parametrize("asked", [">=1.4", "<1.3", "==1.2.*"])
def test_another_version_is_said_before_what_this_kit_does_not_know(write: Write, asked: str) -> None:
    path = write(recipe(f"kit_version: '{asked}'\nfrom_the_future: 3\n"))
    for load in (load_recipe, load_competition):
        with pytest.raises(ConfigError) as caught:
            load(path)
        (line,) = str(caught.value).splitlines()
        assert "recipe.yaml:2: kit_version: this file is for kit " in line
        assert asked in line
        assert "this is kit 1.3.0; install" in line


@pytest.mark.parametrize("asked", ["1.3", "'1.3'", "''", "newest", "[]", "'>=1.3 or so'"])
def test_no_condition(write: Write, asked: str) -> None:
    with pytest.raises(ConfigError, match=r"recipe.yaml:2: kit_version: .* is no condition on versions; write it as"):
        load_recipe(write(recipe(f"kit_version: {asked}\n")))


def test_what_is_extended_and_what_is_overridden_count_too(write: Write) -> None:
    child = write("extends: base.yaml\nkit_version: '>=1.0'\n", base=recipe("kit_version: '>=1.4'\n"))
    with pytest.raises(ConfigError, match=r"base.yaml:2: kit_version"):
        load_recipe(child)
    with pytest.raises(ConfigError, match=r"--set kit_version=.*: kit_version: this file is for kit >=9"):
        load_recipe(write(recipe("")), ["kit_version='>=9'"])


def test_what_is_written_says_which_kit_wrote_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write(dump(load_recipe(write(recipe("")))))
    assert load_recipe(written).config.kit_version == ">=1.3"
    monkeypatch.setattr(version, "__version__", "1.2.7")
    with pytest.raises(ConfigError, match=r"this file is for kit >=1.3, and this is kit 1.2.7"):
        load_recipe(written)


def test_a_kit_that_was_never_installed_knows_no_version(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "__version__", version.UNKNOWN)
    assert "kit_version: '>=9'" in dump(load_recipe(write(recipe("kit_version: '>=9'\n"))))
    assert "kit_version" not in dump(load_recipe(write(recipe(""))))
