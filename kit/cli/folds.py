"""``kit folds``."""

from __future__ import annotations

from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Overrides, Recipe
from kit.cli.output import Document, answer, is_quiet, note, say, show_table

_MOST_CLASSES = 50
"""Of more classes the rarest are shown."""


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
    if (classes := loaded.config.problem.answers(competition.Y, competition.targets)) is not None:
        say()
        by_class = fold_counts(made, pd.Series(classes)).set_index("fold").drop(columns=["weight", "all"]).T
        rarest = pd.Series(classes).value_counts(ascending=True).index[:_MOST_CLASSES]
        of_many = f", the {len(rarest)} rarest of {len(by_class)}" if len(by_class) > len(rarest) else ""
        label = loaded.config.columns.label
        shown = by_class[by_class.index.isin(rarest)].rename_axis(label).reset_index()
        show_table(shown, f"Rows by {label}{of_many}: training / validation")
    for warning in loaded.config.problem.fold_warnings(made, competition.Y, competition.targets):
        note(f"warning: {warning}")
    if is_quiet():
        for fold in made:
            answer(fold.name)
    return counts
