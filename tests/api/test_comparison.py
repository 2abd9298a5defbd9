"""Comparisons in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import kit
from kit.errors import InputError
from tests.tiny import Tiny


def test_recipes_are_compared_as_the_command_does(tiny: Tiny, tmp_path: Path) -> None:
    weak = kit.load_recipe(tiny.folder / "standard.yaml", {"models.trees": None, "blend": "mean"})
    weak.to_yaml(tmp_path / "alone.yaml")
    found = kit.compare([tiny.folder / "standard.yaml", tmp_path / "alone.yaml"], out=tmp_path, progress=False)
    recipes = found.table[found.table["kind"] == "recipe"].set_index("member")
    assert list(recipes.index) == ["standard", "alone"]
    run = kit.load_run(found.runs.set_index("member").loc["alone", "run"])
    assert recipes.loc["alone", "mrrmse"] == pytest.approx(run.score)
    (difference,) = found.differences.to_dict("records")
    assert difference["difference"] == pytest.approx(recipes.loc["alone", "mrrmse"] - recipes.loc["standard", "mrrmse"])
    assert repr(found) == "<Comparison of standard, alone by mrrmse>"
    assert found._repr_html_().count("<table") == 2


def test_recipes_of_the_same_name_are_told_apart_or_refused(tiny: Tiny, tmp_path: Path) -> None:
    recipe = kit.load_recipe(tiny.folder / "standard.yaml")
    with pytest.raises(InputError, match="given twice"):
        kit.compare([recipe, recipe.changed({"seed": 4})], out=tmp_path, progress=False)
    with pytest.raises(InputError, match="nothing to compare"):
        kit.compare([], out=tmp_path)
