"""Predicting new rows with a finished run."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from kit.arrays import Floats
from kit.blends.base import Blend
from kit.config import load_recipe
from kit.errors import InputError, StateError
from kit.postprocess.base import Postprocessor
from kit.training.fitting import METRICS, load_target
from kit.training.joining import Coordinates, Fits, join
from kit.training.pipeline import Pipeline, group_labels
from kit.training.store import finished_key, read_json


class SavedRun:
    """A finished run that predicts rows, also pairs and compounds that it has never seen.

    Args:
        path: The run's directory.

    Raises:
        StateError: The directory is no finished run.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if finished_key(self.path) is None:
            raise StateError(f"{path} is no finished run; `kit train` makes one, and finishes an interrupted one")
        self.recipe = load_recipe(self.path / "config.resolved.yaml").config
        self.manifest = read_json(self.path / "manifest.json")
        self.blend = Blend.load(self.path / "joining" / "blend")
        steps = range(len(self.recipe.postprocess))
        self.steps = [Postprocessor.load(self.path / "joining" / "postprocess" / str(index)) for index in steps]

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_targets) float32 predictions of rows.

        A compound or cell type that no training row has falls back to what the features know of it besides (its
        structure, the overall mean); a warning names it.

        Args:
            rows: (n_rows, …) the key columns, and the metadata that the recipe's features read.

        Raises:
            InputError: A column is missing.
        """
        missing = [name for name in self.recipe.columns.keys if name not in rows.columns]
        if missing:
            raise InputError(f"the rows have no column {missing[0]!r}; every row needs {self.recipe.columns.keys}")
        rows = rows.reset_index(drop=True)
        for column, known in self.manifest["categories"].items():
            unseen = sorted(set(rows[column].astype(str)) - set(known))
            if unseen:
                shown = ", ".join(unseen[:5]) + (" …" if len(unseen) > 5 else "")
                warnings.warn(
                    f"{len(unseen)} values of {column!r} are in no training row, their rows fall back: {shown}",
                    stacklevel=2,
                )
        fits = {name: self._fits(name, rows) for name in self.recipe.models}
        return join(fits, self.recipe, group_labels(rows, self.recipe.columns.group), self.blend, self.steps).blend

    def _fits(self, model: str, rows: pd.DataFrame) -> Fits:
        found: dict[str, list[Coordinates]] = {}
        last = "final" if self.recipe.final == "refit" else "fold=*"
        for directory in sorted((self.path / "tasks").glob(f"*/{model}/seed=*/{last}")):
            target = load_target(self.path, read_json(directory / METRICS)["target"])
            values = Pipeline.load(directory / "model", target).predict_reduced(rows)
            found.setdefault(directory.name, []).append(Coordinates(values, target.inverse_transform))
        return list(found.values())
