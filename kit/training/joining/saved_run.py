"""Predicting new rows with a finished run."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.blends.base import Blend
from kit.blends.by_variance import VarianceBlend
from kit.config import load_recipe
from kit.config.checks.references.stages import LAST_STAGE
from kit.data.columns import group_labels
from kit.errors import InputError, KitWarning, StateError
from kit.features.stage_predictions import with_predictions
from kit.files import check_intact, finished_key, read_array, read_json
from kit.models.base import MODELS, Model, PredictsVariance
from kit.postprocess.base import Postprocessor
from kit.postprocess.rows import for_rows
from kit.sets import parts_of
from kit.training.fitting.pipeline import Pipeline
from kit.training.fitting.target_store import TargetTransformCache
from kit.training.joining.join import Aggregators, Coordinates, join_blend
from kit.training.joining.stage_outputs import load_joining
from kit.training.planning.row_sets import VALIDATION
from kit.training.planning.row_splits import FINAL, fold_directory
from kit.training.planning.stages import Stage, stages_of


class SavedRun:
    """A finished run that predicts rows, also pairs and compounds that it has never seen.

    Args:
        path: The run's directory.

    Raises:
        StateError: The directory is no finished run, or a file in it was changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if finished_key(self.path) is None:
            raise StateError(f"{path} is no finished run; `kit train` makes one, and finishes an interrupted one")
        check_intact(self.path)
        self.recipe = load_recipe(self.path / "config.resolved.yaml").config
        self.manifest = read_json(self.path / "manifest.json")
        self._targets = TargetTransformCache(self.path)
        self._pipelines: dict[Path, Pipeline] = {}
        self.stages = {stage.name: stage for stage in stages_of(self.recipe)}

    def predict(self, rows: pd.DataFrame, warn: bool = True) -> Floats:
        """Return the (n_rows, n_targets) float32 predictions of rows.

        A compound or cell type that no training row has falls back to what the features know of it besides (its
        structure, the overall mean); a warning names it.

        Args:
            rows: (n_rows, …) the key columns, and the metadata that the recipe's features read.
            warn: Whether to warn of what no training row has.

        Raises:
            InputError: A column is missing, or there are no rows.
        """
        missing = [name for name in self.recipe.columns.keys if name not in rows.columns]
        if missing:
            raise InputError(f"the rows have no column {missing[0]!r}; every row needs {self.recipe.columns.keys}")
        if rows.empty:
            raise InputError("there are no rows to predict")
        rows = rows.reset_index(drop=True)
        for column, unseen in self.unseen(rows).items() if warn else ():
            warnings.warn(unseen_warning(column, unseen), KitWarning, stacklevel=2)
        return self._predict(self.stages[LAST_STAGE], self._fitted_on(), rows, FINAL)

    def unseen(self, rows: pd.DataFrame) -> dict[str, list[str]]:
        """Return what no training row has, by key column: values, or members of sets; columns without are left out."""
        found = {
            column: sorted(
                parts_of(rows[column].astype(str), column in self.recipe.columns.sets)
                - parts_of(known, column in self.recipe.columns.sets)
            )
            for column, known in self.manifest["categories"].items()
        }
        return {column: unseen for column, unseen in found.items() if unseen}

    def final_models(self, able: type, rows: pd.DataFrame) -> Iterator[tuple[str, Model, Floats]]:
        """Yield the last stage's models of some ability that were fitted on all training rows.

        Args:
            able: A protocol or class, such as `kit.models.base.PredictsCovariance`.
            rows: (n_rows, …) rows, as `predict` takes them.

        Yields:
            For every repeat, the model's name, the model, and the (n_rows, n_features) matrix of the rows.
        """
        stage = self.stages[LAST_STAGE]
        names = [name for name, model in stage.models.items() if issubclass(MODELS.get(model.entry.kind), able)]
        if not names or self.recipe.final != "refit":
            return
        seen = self._with_stages(stage, FINAL, rows)
        for name in names:
            for repeat in stage.fits(name):
                # Not kept in memory: it is as large as the targets, and asked for once.
                pipeline = self._load(self._task(stage, name, repeat, FINAL), self._targets)
                yield name, pipeline.model, pipeline.matrix(seen)

    @property
    def last_stage(self) -> Stage:
        """The stage whose prediction is handed in."""
        return self.stages[LAST_STAGE]

    def fold_pipelines(self, fold: int) -> dict[str, Pipeline] | None:
        """Return the last stage's models as a fold fitted them, each by its first repeat; None where one is not kept.

        Args:
            fold: The fold's position.

        Raises:
            StateError: A file of a fit was changed.
        """
        stage = self.last_stage
        tasks = {name: self._task(stage, name, 0, fold_directory(fold)) for name in stage.models}
        if not all((task / "model").is_dir() for task in tasks.values()):
            return None
        # Not kept in memory: who asks for one fold after another needs one at a time.
        targets = TargetTransformCache(self.path)
        return {name: self._load(task, targets) for name, task in tasks.items()}

    def hidden_rows(self, fold: int, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that a fold hid as its last stage's models read them: with what earlier stages predicted.

        Args:
            fold: The fold's position.
            rows: (n_rows, …) all rows that the fold hid, in its order, numbered from 0.
        """
        for name in self.last_stage.reads:
            file = self.path / "stages" / name / fold_directory(fold) / VALIDATION
            rows = with_predictions(rows, name, read_array(file))
        return rows

    def joining(self) -> tuple[Blend, list[Postprocessor]]:
        """Return the blend and the post-processing that predictions of the last stage go through."""
        return load_joining(self.path / "stages" / LAST_STAGE / FINAL, len(self.recipe.postprocess))

    def expected_errors(self, name: str, rows: pd.DataFrame) -> Doubles:
        """Return the (n_rows,) root mean squared errors that a model of the last stage expects of its predictions.

        Args:
            name: A model that forecasts its errors (`kit.models.base.PredictsVariance`).
            rows: (n_rows, …) rows, as `predict` takes them.
        """
        stage, variances = self.stages[LAST_STAGE], []
        for directory in self._fitted_on():
            seen = self._with_stages(stage, directory, rows)
            for repeat in stage.fits(name):
                pipeline = self._pipeline(stage, name, repeat, directory)
                assert isinstance(pipeline.model, PredictsVariance)
                variances.append(pipeline.model.predict_variance(pipeline.matrix(seen)))
        errors: Doubles = np.sqrt(np.mean(variances, axis=0))
        return errors

    def _fitted_on(self) -> list[str]:
        """Return the splits whose models predict, by their directories."""
        return [FINAL] if self.recipe.final == "refit" else self._folds()

    def _folds(self) -> list[str]:
        folds = pd.read_parquet(self.path / "folds.parquet", columns=["fold"])["fold"].unique()
        return [fold_directory(index) for index in sorted(folds)]

    def _predict(self, stage: Stage, directories: list[str], rows: pd.DataFrame, joining: str) -> Floats:
        """Return the (n_rows, n_targets) predictions of a stage for new rows.

        Args:
            stage: The stage.
            directories: The splits whose models predict, by their directories.
            rows: The rows.
            joining: The split whose blend and post-processing joins them.
        """
        blend, steps = load_joining(self.path / "stages" / stage.name / joining, len(self.recipe.postprocess))
        forecasts = isinstance(blend, VarianceBlend)
        fits: dict[str, list[list[Coordinates]]] = {name: [] for name in stage.models}
        for directory in directories:
            seen = self._with_stages(stage, directory, rows)
            for name in stage.models:
                fits[name].append(
                    [self._coordinates(stage, name, repeat, directory, seen, forecasts) for repeat in stage.fits(name)]
                )
        groups = group_labels(rows, self.recipe.columns.group)
        return join_blend(fits, Aggregators.of(self.recipe, stage), groups, blend, for_rows(steps, rows))

    def _with_stages(self, stage: Stage, directory: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with what the stages that a stage reads, fitted on the same split, predict for them."""
        seen = rows
        for name in stage.reads:
            seen = with_predictions(seen, name, self._predict(self.stages[name], [directory], rows, directory))
        return seen

    def _coordinates(
        self, stage: Stage, model: str, repeat: int, directory: str, rows: pd.DataFrame, forecasts: bool
    ) -> Coordinates:
        pipeline = self._pipeline(stage, model, repeat, directory)
        X, target = pipeline.matrix(rows), pipeline.target
        asked = forecasts and target.is_identity and isinstance(pipeline.model, PredictsVariance)
        variance = pipeline.model.predict_variance(X) if asked else None
        return Coordinates(pipeline.model.predict(X), target.inverse_transform, variance)

    def _pipeline(self, stage: Stage, model: str, repeat: int, directory: str) -> Pipeline:
        task = self._task(stage, model, repeat, directory)
        if task not in self._pipelines:
            self._pipelines[task] = self._load(task, self._targets)
        return self._pipelines[task]

    def _task(self, stage: Stage, model: str, repeat: int, directory: str) -> Path:
        return self.path / "tasks" / stage.name / model / f"seed={repeat}" / directory

    def _load(self, task: Path, targets: TargetTransformCache) -> Pipeline:
        check_intact(task)
        return Pipeline.load(task / "model", targets.of(task))


def unseen_warning(column: str, unseen: Sequence[str]) -> str:
    """Return the warning of values that no training row has in a key column."""
    shown = ", ".join(unseen[:5]) + (" …" if len(unseen) > 5 else "")
    return f"{len(unseen)} values of {column!r} are in no training row, their rows fall back: {shown}"
