"""``kit recipes``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.output import note, say, show_table

recipes = typer.Typer(name="recipes", help="List the recipes that the kit brings, or copy one.", rich_markup_mode=None)


@recipes.callback(invoke_without_command=True)
def list_recipes(context: typer.Context) -> None:
    """List the recipes that the kit brings: the winning solutions of Open Problems, and its own.

    kit recipes
    """
    if context.invoked_subcommand is not None:
        return
    import pandas as pd

    from kit.starting.shipped import shipped_recipes

    lines = [{"recipe": recipe.name, "what it is": recipe.line} for recipe in shipped_recipes()]
    show_table(pd.DataFrame(lines), "Recipes; kit recipes copy NAME DIR puts one beside a competition.yaml")


@recipes.command()
def copy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of those that `kit recipes` lists.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a competition.yaml.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Put a recipe beside a competition file.

    kit recipes copy third_place competitions/demo

    What the recipe extends comes with it. Where the competition calls its groups and compounds otherwise, so does the
    copy.
    """
    from kit.starting.shipped import copy_recipe

    copied = copy_recipe(name, folder, force)
    for known, column in copied.renamed.items():
        note(f"{known} is called {column} here")
    for file in copied.files:
        say(f"recipe: {file}")
    say(f"next: kit train {shlex.quote(str(copied.files[0]))}")
