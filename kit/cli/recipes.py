"""``kit recipes``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.commands import add, epilog, with_options
from kit.cli.output import Document, answer, is_quiet, note, say, show_table

recipes = typer.Typer(name="recipes", help="List the recipes that the kit brings, or copy one.", rich_markup_mode=None)


def list_recipes(context: typer.Context) -> Document:
    """List the recipes that the kit brings: the winning solutions of Open Problems, and its own."""
    if context.invoked_subcommand is not None:
        return None
    import pandas as pd

    from kit.starting.shipped import shipped_recipes

    lines = [{"recipe": recipe.name, "what it is": recipe.line} for recipe in shipped_recipes()]
    show_table(pd.DataFrame(lines), "Recipes; kit recipes copy NAME DIR puts one beside a competition.yaml")
    if is_quiet():
        for line in lines:
            answer(line["recipe"])
    return lines


def copy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of those that `kit recipes` lists.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a competition.yaml.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> Document:
    """Put a recipe beside a competition file.

    What the recipe extends comes with it. Where the competition calls its groups and compounds otherwise, so does the
    copy.
    """
    from kit.starting.shipped import copy_recipe

    copied = copy_recipe(name, folder, force)
    for known, column in copied.renamed.items():
        note(f"{known} is called {column} here")
    for file in copied.files:
        answer(f"recipe: {file}")
    say(f"next: kit train {shlex.quote(str(copied.files[0]))}")
    return {"recipes": copied.files, "renamed": copied.renamed}


recipes.callback(invoke_without_command=True, epilog=epilog("kit recipes"))(with_options(list_recipes))
add(recipes, copy, "kit recipes copy third_place competitions/demo")
