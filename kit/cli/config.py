"""``kit config``."""

from __future__ import annotations

from kit.cli.options import Overrides, Recipe
from kit.cli.output import say


def config(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
) -> None:
    """Print a resolved recipe, every value with its file and line."""
    from kit.config import load_recipe
    from kit.config.show.resolved import render

    say(render(load_recipe(recipe, overrides)).rstrip("\n"))
