"""``kit folds``."""

from __future__ import annotations

from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Overrides, Recipe
from kit.cli.output import Document, answer, is_quiet, show_table


def folds(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
    data: DataRoot = None,
) -> Document:
    """Show which rows train and validate in each fold."""
    import pandas as pd

    from kit.config import load_recipe
    from kit.data.columns import group_labels
    from kit.reports.folds import fold_counts
    from kit.training.planning.plan import make_folds

    loaded = load_recipe(recipe, overrides)
    competition = read_tables(loaded, data)
    with loaded.placing():
        made = make_folds(loaded.config, competition)
    group = loaded.config.columns.group
    labels = pd.Series(group_labels(competition.rows, group))
    counts = fold_counts(made, labels)
    show_table(counts, f"Rows{f' by {group}' if group else ''}: training / validation", digits=1)
    if is_quiet():
        for fold in made:
            answer(fold.name)
    return counts
