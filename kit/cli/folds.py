"""``kit folds``."""

from __future__ import annotations

import os

from kit.cli.options import DataRoot, Overrides, Recipe
from kit.cli.output import show_table


def folds(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
    data: DataRoot = None,
) -> None:
    """Show the folds of a recipe: which rows train and which validate, by group."""
    from kit.config import data_root, load_recipe
    from kit.data import read_competition
    from kit.reports.folds import fold_counts
    from kit.training.plan import make_folds

    loaded = load_recipe(recipe, overrides)
    competition = read_competition(loaded.config, data_root(loaded, data, os.environ))
    made = make_folds(loaded.config, competition)
    group = loaded.config.columns.group
    show_table(fold_counts(made, competition.rows[group]), f"Rows by {group}: training / validation", digits=1)
