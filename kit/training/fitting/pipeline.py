"""A fitted model of a recipe: rows → features → model → coordinates → targets."""

from __future__ import annotations

import json
import types
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kit.arrays import Doubles, Floats
from kit.config.build import build_plugin
from kit.data.columns import group_labels
from kit.errors import KitWarning, at_place
from kit.features.base import FEATURES, FeatureBuilder
from kit.large import side_by_side, stacked
from kit.models.base import MODELS, Model
from kit.targets.base import TARGETS, TargetTransform
from kit.training.fitting.block_store import BlockStore, forget_supplied
from kit.training.fitting.nothing_learnt import why_nothing_learnt
from kit.training.fitting.training_matrix import TrainingMatrix, block_columns, build_model
from kit.training.planning.recipe_model import RecipeModel

Tables = Mapping[str, pd.DataFrame | None]
"""A competition's rows without targets (`kit.data.Competition.without_targets`)."""

_LAYOUT = "pipeline.json"

_MANY = 2**16
"""Rows whose features are made at a time."""


@dataclass(frozen=True)
class Pipeline:
    """Feature blocks and a model that were fitted on the same rows, behind a target transform.

    The target transform is shared by all fits on the same rows, so it is stored beside them, not in them.

    Attributes:
        target: Maps between targets and the model's coordinates.
        features: The fitted blocks, in the order of the matrix.
        model: The fitted model.
        group: The column whose labels the target transform may centre by.
    """

    target: TargetTransform
    features: Mapping[str, FeatureBuilder]
    model: Model
    group: str | None

    def matrix(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) matrix of new rows."""
        return feature_matrix(self.features, rows)

    def predict_reduced(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) predicted coordinates of rows."""
        return self.model.predict(self.matrix(rows))

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_targets) predicted targets of rows."""
        return self.target.inverse_transform(self.predict_reduced(rows), group_labels(rows, self.group))

    def report(self) -> dict[str, Any]:
        """Return the reports of model, target transform and blocks on their fits; empty reports are left out."""
        reports = {"model": self.model.report(), "target": self.target.report()} | {
            name: block.report() for name, block in self.features.items()
        }
        return {name: report for name, report in reports.items() if report}

    def save(self, directory: Path) -> None:
        """Write blocks and model (not the target transform) into a new directory."""
        for name, block in self.features.items():
            block.save(directory / "features" / name)
        self.model.save(directory / "model")
        layout = {"features": list(self.features), "group": self.group}
        (directory / _LAYOUT).write_text(json.dumps(layout), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, target: TargetTransform) -> Pipeline:
        """Read back what `save` wrote, behind the given target transform."""
        layout = json.loads((directory / _LAYOUT).read_text(encoding="utf-8"))
        features = {name: FeatureBuilder.load(directory / "features" / name) for name in layout["features"]}
        return cls(target, features, Model.load(directory / "model"), layout["group"])


def feature_matrix(features: Mapping[str, FeatureBuilder], rows: pd.DataFrame) -> Floats:
    """Return the (n_rows, n_features) matrix that fitted blocks make of rows, side by side in their order.

    Many rows go some at a time: no row's features depend on the rows that are transformed with it.
    """
    parts = (block_matrices(features, rows.iloc[start : start + _MANY]) for start in range(0, max(len(rows), 1), _MANY))
    return stacked((side_by_side(list(part.values())) for part in parts), len(rows))


def block_matrices(features: Mapping[str, FeatureBuilder], rows: pd.DataFrame) -> dict[str, Floats]:
    """Return the (n_rows, n_columns) matrices that fitted blocks make of rows, by the blocks' names."""
    matrices = {}
    for name, block in features.items():
        with at_place("features", name):
            matrices[name] = block.transform(rows)
    return matrices


def fit_target(spec: RecipeModel, rows: pd.DataFrame, Y: Floats) -> TargetTransform:
    """Fit the model's target transform.

    Args:
        spec: The model, whose entry names the transform.
        rows: (n_rows, …) training rows, for their groups.
        Y: (n_rows, n_targets) their targets.
    """
    target = build_plugin(TARGETS, spec.target, {})
    return target.fit(Y, group_labels(rows, spec.group))


def fit_matrix(
    spec: RecipeModel,
    rows: pd.DataFrame,
    Y: Floats,
    target: TargetTransform,
    seed: int,
    tables: Tables = types.MappingProxyType({}),
    store: BlockStore | None = None,
    weights: Doubles | None = None,
) -> tuple[dict[str, FeatureBuilder], TrainingMatrix]:
    """Fit the blocks on training rows and return them with the input of the model's fit, augmentation included.

    Args:
        spec: The model.
        rows: (n_rows, …) the training rows.
        Y: (n_rows, n_targets) their targets.
        target: The target transform, fitted on these rows.
        seed: The seed of every random number.
        tables: The competition's rows without targets, which some blocks read.
        store: Where fitted blocks are shared; nothing is kept without it.
        weights: (n_rows,) how much each row counts in the model's fit; features and targets know no weights.
    """
    fitted: dict[str, FeatureBuilder] = {}
    matrices: dict[str, Floats] = {}
    for name in spec.features:
        projector = target if spec.blocks[name].space == "reduced" else None
        supplied = {"random_state": seed, "projector": projector} | dict(tables)
        builder = build_plugin(FEATURES, spec.blocks[name], supplied, spec.blocks)
        with at_place("features", name):
            if store is not None:
                fitted[name], matrices[name] = store.fit_transform(name, spec.blocks, builder, rows, Y)
            else:
                fitted[name], matrices[name] = builder, builder.fit_transform(rows, Y)
                forget_supplied(builder)
    groups = group_labels(rows, spec.group)
    matrix = TrainingMatrix(
        X=side_by_side(list(matrices.values())),
        Z=target.transform(Y, groups),
        blocks=block_columns(matrices),
        full_width=target.full_width(Y, groups) if MODELS.get(spec.entry.kind).reads_full_width else None,
        weights=weights,
        starts={name: layers for name, block in fitted.items() if (layers := block.start_layers())},
    )
    return fitted, matrix.augmented(spec.entry.augment, seed)


def fit_pipeline(
    spec: RecipeModel,
    rows: pd.DataFrame,
    Y: Floats,
    seed: int,
    target: TargetTransform | None = None,
    tables: Tables = types.MappingProxyType({}),
    store: BlockStore | None = None,
    weights: Doubles | None = None,
) -> Pipeline:
    """Fit everything that a model of a recipe needs on training rows.

    Args:
        spec: The model.
        rows: (n_rows, …) keys and metadata.
        Y: (n_rows, n_targets) float32 targets.
        seed: The seed of every random number.
        target: The target transform, if it was fitted on these rows already.
        tables: See `fit_matrix`.
        store: See `fit_matrix`.
        weights: See `fit_matrix`.
    """
    target = target if target is not None else fit_target(spec, rows, Y)
    features, matrix = fit_matrix(spec, rows, Y, target, seed, tables, store, weights)
    model = build_model(spec.entry, seed, matrix.blocks, matrix.starts)
    model = model.fit(matrix.X, matrix.Z, **matrix.fit_params(model))
    forget_supplied(model)
    if (why := why_nothing_learnt(model, matrix.X, matrix.Z)) is not None:
        warnings.warn(f"{spec.name}: {why}", KitWarning, stacklevel=2)
    return Pipeline(target, features, model, spec.group)
