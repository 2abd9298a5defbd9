"""What tables and recipe say of each other, checked before the first fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from kit.config.build import build_plugin
from kit.config.schema import PseudoLabelsConfig, RecipeConfig
from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.errors import InputError, at_place
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.columns import with_names
from kit.plugins import inner_plugins
from kit.training.planning.recipe_model import needed_blocks


def check_tables(recipe: RecipeConfig, competition: Competition) -> None:
    """Check that every table has what the feature blocks read: columns, without gaps and of their types; lookups.

    Args:
        recipe: The recipe.
        competition: Its tables.

    Raises:
        InputError: A table of more rows is missing, or a block would refuse a table's rows; the message names the
            table and its row, the error knows the place in the recipe.
    """
    data = competition.config.data
    tables = [
        (data.train, competition.rows, True),
        *([(data.test, competition.test, False)] if data.test is not None else []),
        *((name, rows, False) for name, rows in _more_rows(recipe, competition)),
    ]
    read = {
        name
        for models in [recipe.models, *(stage.models for stage in recipe.stages.values())]
        for entry in models.values()
        for name in (entry.features if entry.features is not None else recipe.features)
    }
    supplied = {"random_state": recipe.seed, "test_rows": competition.test, "projector": None}
    for name in needed_blocks(recipe.features, [name for name in recipe.features if name in read]):
        with at_place("features", name):
            block = build_plugin(FEATURES, recipe.features[name], supplied, recipe.features)
            for builder in inner_plugins(block):
                if isinstance(builder, FeatureBuilder):
                    named = with_names(builder, competition.rows)
                    for table, rows, fitting in tables:
                        _check(named, table, rows, fitting)


def _check(builder: FeatureBuilder, table: str, rows: pd.DataFrame, fitting: bool) -> None:
    try:
        builder.check_rows(rows, fitting)
    except InputError as error:
        raise type(error)(f"{table}: {error}") from error


def _more_rows(recipe: RecipeConfig, competition: Competition) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the tables of rows to be pseudo-labelled, each by its file's name."""
    of_stages = [(("stages", name), stage.pseudo_labels) for name, stage in recipe.stages.items()]
    entries: list[tuple[tuple[str, ...], PseudoLabelsConfig | None]] = [*of_stages, ((), recipe.pseudo_labels)]
    for place, entry in entries:
        if entry is None:
            continue
        with at_place(*place, "pseudo_labels", "rows"):
            if entry.rows != "test":
                yield Path(entry.rows).name, read_pairs(Path(entry.rows), competition)
            elif competition.config.data.test is None:
                raise InputError("the competition names no test table (data.test); name a table of rows here")
