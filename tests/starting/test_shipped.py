"""The recipes that the kit brings go beside another competition, whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kit
from kit.config import load_recipe, shipped
from kit.errors import ConfigError, InputError
from kit.starting.shipped import WINNERS, copy_recipe, shipped_recipes
from tests.tiny import COMPETITION

RECIPES = [recipe.name for recipe in shipped_recipes()]
PLAIN = re.sub("folds: .*", "folds: kfold", COMPETITION)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "competition.yaml").write_text(COMPETITION)
    return tmp_path


def test_they_are_those_of_the_competition_each_with_a_line() -> None:
    of_competition = Path(kit.__file__).parents[1] / "competitions" / "open_problems"
    assert set(RECIPES) == {file.stem for file in of_competition.glob("*.yaml")} - {"competition"}
    assert RECIPES[: len(WINNERS)] == list(WINNERS)
    for recipe in shipped_recipes():
        assert re.fullmatch(r"[A-Z].{20,120}\.", recipe.line), f"{recipe.file}: begin it with a short sentence"


@pytest.mark.parametrize("name", RECIPES)
def test_a_copy_is_the_recipe_of_another_competition(folder: Path, name: str) -> None:
    copied = copy_recipe(name, folder)
    assert copied.files[0] == folder / f"{name}.yaml"
    assert copied.renamed == {}
    original = {recipe.name: recipe.file for recipe in shipped_recipes()}[name]
    found, expected = load_recipe(copied.files[0]).config, load_recipe(original).config
    assert found.competition == "tiny"
    for part in ("features", "target", "models", "stages", "blend", "postprocess", "repeats"):
        assert getattr(found, part) == getattr(expected, part)


@pytest.mark.parametrize("name", RECIPES)
def test_a_copy_speaks_of_the_columns_that_are_there(folder: Path, name: str) -> None:
    text = PLAIN.replace("sm_name", "compound").replace("cell_type", "tissue").replace("SMILES", "smiles")
    (folder / "competition.yaml").write_text(text)
    copied = copy_recipe(name, folder)
    assert copied.renamed.items() >= {"cell_type": "tissue", "sm_name": "compound"}.items()
    load_recipe(copied.files[0])
    assert not any(re.search(r"\b(cell_type|sm_name|SMILES)\b", file.read_text()) for file in copied.files)


def test_columns_may_change_places(folder: Path) -> None:
    swapped = PLAIN.replace("group: cell_type", "group: sm_name").replace("compound: sm_name", "compound: cell_type")
    (folder / "competition.yaml").write_text(swapped)
    load_recipe(copy_recipe("process", folder).files[0])
    features = load_recipe(copy_recipe("baseline", folder).files[0]).config.features
    assert features["profile"].params["by"] == "cell_type"
    assert features["cell"].params["columns"] == ["sm_name"]


def test_files_that_are_there_stay(folder: Path) -> None:
    copy_recipe("best", folder)
    copy_recipe("best", folder)  # the same again is nothing new
    mine = folder / "quick.yaml"
    mine.write_text("extends: competition.yaml\n")
    (folder / "best.yaml").unlink()
    with pytest.raises(InputError, match=r"holds another quick\.yaml already"):
        copy_recipe("best", folder)
    assert not (folder / "best.yaml").exists()
    assert mine.read_text() == "extends: competition.yaml\n"
    copy_recipe("best", folder, replace=True)
    assert load_recipe(folder / "best.yaml").config.models.keys() >= {"process", "ridge"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("  group: cell_type\n", ""), "names no columns.group"),
        (("  smiles: SMILES\n", ""), "names no columns.smiles"),
        (("cell_type", "'cell type'"), "a column is a word"),
        (("cell_type", "cell"), "a block of features called 'cell'"),
    ],
)
def test_a_competition_for_which_there_is_no_such_recipe(folder: Path, change: tuple[str, str], said: str) -> None:
    (folder / "competition.yaml").write_text(PLAIN.replace(*change))
    with pytest.raises(InputError, match=re.escape(said)):
        copy_recipe("fourth_place" if "smiles" in said else "quick", folder)
    assert [file.name for file in folder.iterdir()] == ["competition.yaml"]


def test_wrong_names_and_folders(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"did you mean 'third_place'\?"):
        copy_recipe("thirdplace", folder)
    with pytest.raises(InputError, match=r"has no competition\.yaml"):
        copy_recipe("third_place", tmp_path / "elsewhere")
    (folder / "competition.yaml").write_text("competition: [\n")
    with pytest.raises(ConfigError):
        copy_recipe("third_place", folder)


def test_an_installed_package_has_them_inside(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "kit"
    (package / "recipes").mkdir(parents=True)
    for recipe in shipped_recipes():
        (package / "recipes" / recipe.file.name).write_bytes(recipe.file.read_bytes())
    competition = shipped_recipes()[0].file.with_name("competition.yaml")
    (package / "recipes" / competition.name).write_bytes(competition.read_bytes())
    monkeypatch.setattr(shipped, "__file__", str(package / "config" / "shipped.py"))
    assert [recipe.name for recipe in shipped_recipes()] == RECIPES
    assert shipped_recipes()[0].file.parent == package / "recipes"
    assert len(copy_recipe("best", folder).files) == 3
