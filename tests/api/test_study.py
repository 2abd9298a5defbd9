"""Studies in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import kit
from kit.errors import InputError
from kit.features import OneHot
from kit.models import Ridge
from tests.tiny import SINGLE, Tiny


def test_a_study_finds_the_recipe_that_it_writes(tiny: Tiny, tmp_path: Path) -> None:
    text = SINGLE.replace("penalty: 10.0", "penalty: {search: [0.1, 1000.0], log: true, value: 10.0}")
    file = tmp_path / "search.yaml"
    file.write_text(f"extends: {tiny.folder / 'competition.yaml'}\n{text}")
    study = kit.tune(kit.load_recipe(file, {"seed": 2}), 3, out=tmp_path / "out", progress=False)
    assert len(study.trials) == 3
    assert study.file == tmp_path / "search.tuned.yaml"
    assert study.recipe.config.models["ridge"].params["penalty"] == study.best["values"]["models.ridge.params.penalty"]
    assert kit.train(study.recipe, out=tmp_path / "out", progress=False).score == pytest.approx(study.best["score"])
    assert study._repr_html_().count("<table") == 1


def test_a_recipe_without_a_file_says_how_to_get_one(tiny: Tiny) -> None:
    recipe = kit.Recipe(
        tiny.folder / "competition.yaml",
        models=[Ridge()],
        features=[OneHot(["cell_type"])],
    )
    with pytest.raises(InputError, match=r"write it with recipe\.to_yaml"):
        kit.tune(recipe, 3)
