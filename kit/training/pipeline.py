"""A fitted model of a recipe: rows → features → model → coordinates → targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.config.build import build_plugin
from kit.features.base import FEATURES, FeatureBuilder
from kit.models.base import MODELS, Model
from kit.targets.base import TARGETS, TargetTransform
from kit.training.recipe_model import RecipeModel

_LAYOUT = "pipeline.json"


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
    group: str

    def matrix(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) matrix of new rows."""
        return np.hstack([block.transform(rows) for block in self.features.values()])

    def predict_reduced(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) predicted coordinates of rows."""
        return self.model.predict(self.matrix(rows))

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_targets) predicted targets of rows."""
        return self.target.inverse_transform(self.predict_reduced(rows), group_labels(rows, self.group))

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


def group_labels(rows: pd.DataFrame, column: str) -> np.ndarray:
    """Return a row's group labels as strings; rows without the column belong to no known group."""
    if column not in rows.columns:
        return np.full(len(rows), "", dtype=str)
    return rows[column].astype(str).to_numpy(dtype=str)


def fit_target(spec: RecipeModel, rows: pd.DataFrame, Y: Floats) -> TargetTransform:
    """Fit the model's target transform on training rows."""
    target = build_plugin(TARGETS, spec.target, {})
    return target.fit(Y, group_labels(rows, spec.group))


def fit_features(
    spec: RecipeModel, rows: pd.DataFrame, Y: Floats, target: TargetTransform, seed: int
) -> tuple[dict[str, FeatureBuilder], Floats]:
    """Fit the blocks on training rows and return them with the rows' matrix, free of the rows' own targets."""
    fitted: dict[str, FeatureBuilder] = {}
    parts = []
    for name in spec.features:
        block = spec.blocks[name]
        projector = target if block.space == "reduced" else None
        builder = build_plugin(FEATURES, block, {"random_state": seed, "projector": projector}, spec.blocks)
        parts.append(builder.fit_transform(rows, Y))
        # The projector is the shared target transform again; a fitted builder does not read it, so it is not kept.
        fitted[name] = builder.set_params(**{key: None for key in builder.get_params() if _is_projector(key)})
    return fitted, np.hstack(parts)


def fit_model(spec: RecipeModel, X: Floats, Z: Floats, seed: int) -> Model:
    """Fit the model on a matrix and the coordinates of its rows."""
    return build_plugin(MODELS, spec.entry, {"random_state": seed}).fit(X, Z)


def fit_pipeline(
    spec: RecipeModel, rows: pd.DataFrame, Y: Floats, seed: int, target: TargetTransform | None = None
) -> Pipeline:
    """Fit everything that a model of a recipe needs on training rows.

    Args:
        spec: The model.
        rows: (n_rows, …) keys and metadata.
        Y: (n_rows, n_targets) float32 targets.
        seed: The seed of every random number.
        target: The target transform, if it was fitted on these rows already.
    """
    target = target if target is not None else fit_target(spec, rows, Y)
    features, X = fit_features(spec, rows, Y, target, seed)
    Z = target.transform(Y, group_labels(rows, spec.group))
    return Pipeline(target, features, fit_model(spec, X, Z, seed), spec.group)


def _is_projector(parameter: str) -> bool:
    return parameter.rsplit("__", 1)[-1] == "projector"
