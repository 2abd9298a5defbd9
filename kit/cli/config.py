"""``kit config``."""

from __future__ import annotations

from kit.cli.options import Overrides, Recipe
from kit.cli.output import say


def config(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
) -> None:
    """Print a recipe as it is resolved, with the file and line that each value comes from."""
    from kit.config import load_recipe
    from kit.config.resolved import render

    say(render(load_recipe(recipe, overrides)))
