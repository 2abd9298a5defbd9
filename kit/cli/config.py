"""``kit config``."""

from __future__ import annotations

from kit.cli.options import Overrides, Recipe
from kit.cli.output import Document, answer


def config(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
) -> Document:
    """Print a resolved recipe, every value with its file and line."""
    from kit.config import load_recipe
    from kit.config.show.resolved import plain, render

    loaded = load_recipe(recipe, overrides)
    answer(render(loaded).rstrip("\n"))
    return plain(loaded)
