"""Puts the recipes of Open Problems into the wheel, as `kit/recipes`; all else about the build says pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

RECIPES = Path(__file__).parent / "competitions" / "open_problems"


class BuildWithRecipes(build_py):
    """Builds the package; a clone that is installed as editable reads the recipes where they are."""

    def run(self) -> None:
        """Copy the modules, then the recipes."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "kit" / "recipes"
            target.mkdir(parents=True, exist_ok=True)
            for recipe in RECIPES.glob("*.yaml"):
                shutil.copyfile(recipe, target / recipe.name)


setup(cmdclass={"build_py": BuildWithRecipes})
