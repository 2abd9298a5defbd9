"""What tables and recipe say of each other, checked before the first fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.config.build import build_metric, build_plugin
from kit.config.schema import ModelConfig, PseudoLabelsConfig, RecipeConfig
from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.errors import InputError, at_place
from kit.features.base import FEATURES, FeatureBuilder, reading_rows
from kit.features.columns import check_columns, with_names
from kit.metrics.base import RowMetric
from kit.models.base import MODELS
from kit.plugins import Plugin, Registry, inner_plugins
from kit.postprocess.base import POSTPROCESSORS
from kit.targets.base import TARGETS
from kit.training.planning.recipe_model import RecipeModel, needed_blocks


def check_tables(recipe: RecipeConfig, competition: Competition) -> None:
    """Check that every table has what blocks and steps read: columns, without gaps and of their types; lookups.

    And, where targets have gaps, that whatever is given targets takes such.

    Args:
        recipe: The recipe.
        competition: Its tables.

    Raises:
        InputError: A table of more rows is missing, or a block would refuse a table's rows; the message names the
            table and its row, the error knows the place in the recipe.
    """
    if recipe.weighted and recipe.columns.weight is None:
        with at_place("weighted"):
            raise InputError("weighted: true counts rows by their weights; name their column (columns.weight)")
    if competition.has_gaps:
        _check_gaps(recipe)
    _check_classes(recipe)
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
    supplied = {"random_state": recipe.seed, "projector": None} | competition.without_targets
    for name in needed_blocks(recipe.features, [name for name in recipe.features if name in read]):
        with at_place("features", name):
            block = build_plugin(FEATURES, recipe.features[name], supplied, recipe.features)
            for builder in reading_rows(block):
                named = with_names(builder, competition.rows)
                for table, rows, fitting in tables:
                    _check(named, table, rows, fitting)
                if builder.passes_gaps and not block.passes_gaps:
                    raise InputError(
                        f"{block.kind} cannot be made of features with gaps, which {builder.kind} passes on "
                        "(missing: pass); take the block `impute` for these columns"
                    )
    _check_takes_gaps(recipe, tables)
    for index, step in enumerate(recipe.postprocess):
        with at_place("postprocess", index):
            for _, rows, fitting in tables:
                check_columns(build_plugin(POSTPROCESSORS, step, {}), rows, fitting)


def _check_classes(recipe: RecipeConfig) -> None:
    """Check that models of classes are given classes: not numbers, nor what a target transform makes of classes.

    Raises:
        InputError: One is not; the error knows the place in the recipe.
    """
    for place, models in _models(recipe):
        for name, entry in models.items():
            spec = RecipeModel.of(recipe, name, entry)
            spec = spec.with_values({path: values[0] for path, values in spec.entry.choose.items()})
            if not build_plugin(MODELS, spec.entry, {"random_state": 0, "blocks": None}).reads_classes:
                continue
            if not recipe.problem.reads_labels:
                with at_place(*place, "models", name):
                    raise InputError(
                        f"the model {spec.entry.kind!r} learns classes, as it is set up here, and problem_type is "
                        f"{recipe.problem_type}; take a model, or a loss, of numbers"
                    )
            if not build_plugin(TARGETS, spec.target, {}).is_identity:
                with at_place(*(("target",) if entry.target is None else (*place, "models", name, "target"))):
                    raise InputError(
                        f"the model {spec.entry.kind!r} learns classes, and the target transform {spec.target.kind!r} "
                        "makes numbers of them; leave it out, or take a model of numbers, such as ridge"
                    )


def _models(recipe: RecipeConfig) -> list[tuple[tuple[str, ...], Mapping[str, ModelConfig]]]:
    """Return the models of the recipe and of its stages, with the places in front of their ``models``."""
    return [((), recipe.models), *((("stages", name), stage.models) for name, stage in recipe.stages.items())]


def _check_takes_gaps(recipe: RecipeConfig, tables: Sequence[tuple[str, pd.DataFrame, bool]]) -> None:
    """Check that a block whose features have gaps is read by models that take such.

    Raises:
        InputError: One does not; the message names block, column and remedy.
    """
    for place, models in _models(recipe):
        for name, entry in models.items():
            spec = RecipeModel.of(recipe, name, entry)
            gaps = [(block, _first_gap(spec, block, tables)) for block in spec.features]
            found = [(block, gap) for block, gap in gaps if gap is not None]
            if not found:
                continue
            spec = spec.with_values({path: values[0] for path, values in spec.entry.choose.items()})
            if build_plugin(MODELS, spec.entry, {"random_state": 0, "blocks": None}).allow_nan_features:
                continue
            able = sorted(cls.kind for cls in MODELS if cls.allow_nan_features is True)
            with at_place(*place, "models", name):
                raise InputError(
                    f"the model {spec.entry.kind!r} cannot be given features with gaps, and the block {found[0][0]!r} "
                    f"passes them on (missing: pass): {found[0][1]}; give it the columns by a block of kind `impute`. "
                    f"Models that can: {', '.join(able)}"
                )


def _first_gap(spec: RecipeModel, block: str, tables: Sequence[tuple[str, pd.DataFrame, bool]]) -> str | None:
    """Return where the first gap is that the features of a block have; None where they have none."""
    with at_place("features", block):
        outer = build_plugin(FEATURES, spec.blocks[block], {"projector": None}, spec.blocks)
        if not outer.passes_gaps:
            return None
        for builder in reading_rows(outer):
            if not (builder.passes_gaps and hasattr(builder, "columns")):
                continue
            columns = with_names(builder, tables[0][1]).columns
            for table, rows, _ in tables:
                for column in columns:
                    empty = np.flatnonzero(rows[column].isna().to_numpy())
                    if len(empty):
                        return f"column {column!r} is empty in {table}, row {empty[0]} ({len(empty)} rows in all)"
    return None


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


def _check_gaps(recipe: RecipeConfig) -> None:
    """Check that whatever a recipe gives targets takes such with gaps.

    Raises:
        InputError: Something does not; the message lists what does, the error knows the place in the recipe.
    """
    metric = build_metric(recipe)
    if not (isinstance(metric, RowMetric) or metric.allow_nan_targets):
        with at_place("metric"):
            raise _refusal(metric, "a mean over rows, such as mrrmse")
    for index, step in enumerate(recipe.postprocess):
        with at_place("postprocess", index):
            _require(build_plugin(POSTPROCESSORS, step, {}), POSTPROCESSORS)
    for place, name, entry in [(place, *one) for place, models in _models(recipe) for one in models.items()]:
        spec = RecipeModel.of(recipe, name, entry)
        spec = spec.with_values({path: values[0] for path, values in spec.entry.choose.items()})
        with at_place(*(("target",) if spec.entry.target is None else (*place, "models", name, "target"))):
            target = build_plugin(TARGETS, spec.target, {})
            _require(target, TARGETS)
        for block in spec.features:
            with at_place("features", block):
                for builder in inner_plugins(
                    build_plugin(FEATURES, spec.blocks[block], {"projector": None}, spec.blocks)
                ):
                    if isinstance(builder, FeatureBuilder) and builder.uses_targets:
                        _require(builder, FEATURES)
        if not target.fills_gaps:
            with at_place(*place, "models", name):
                model = build_plugin(MODELS, spec.entry, {"random_state": 0, "blocks": None})
                _require(model, MODELS, "; or give it coordinates, which are whole: target: {kind: svd}")


def _require(plugin: Plugin, family: Registry[Any], instead: str = "") -> None:
    if not plugin.allow_nan_targets:
        able = sorted(cls.kind for cls in family if cls.allow_nan_targets is True and cls.kind != plugin.kind)
        raise _refusal(plugin, f"{', '.join(able)}{instead}")


def _refusal(plugin: Plugin, able: str) -> InputError:
    return InputError(
        f"the {plugin.family} {plugin.kind!r} cannot be given targets with gaps (columns.missing_targets: allow, and "
        f"some values are missing); those that can: {able}"
    )
