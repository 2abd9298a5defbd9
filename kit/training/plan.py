"""The recipe unrolled into tasks, before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

import numpy as np

from kit import __file__ as package_file
from kit.arrays import Ints
from kit.config.build import build_plugin
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.errors import InputError
from kit.splits.base import SPLITTERS, Fold
from kit.training.choosing import has_choices
from kit.training.recipe_model import RecipeModel
from kit.training.seeds import task_seed
from kit.training.store import array_digest, digest

FINAL = "final"
"""The fold of a fit on all training rows."""

STAGE = "fit"
"""The stage of every task, as long as recipes have one stage."""

# Rooms whose code does not change what a fit computes.
_NOT_COMPUTING = ("cli", "reports", "submission", "testing")
_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "lightgbm",
    "xgboost",
    "xgboost-cpu",
    "catboost",
    "torch",
    "transformers",
    "tokenizers",
    "rdkit",
)


@dataclass(frozen=True)
class Task:
    """One fit.

    Attributes:
        stage: The stage's name.
        model: The model's name in the recipe.
        repeat: The repeat, from 0.
        fold: The fold's position, or None for the fit on all training rows.
        fold_name: The fold's name, or `FINAL`.
        seed: The seed of every random number in the fit.
        key: The content key: equal for fits that compute the same.
    """

    stage: str
    model: str
    repeat: int
    fold: int | None
    fold_name: str
    seed: int
    key: str

    @property
    def path(self) -> PurePosixPath:
        """The task's directory within the run."""
        last = FINAL if self.fold is None else f"fold={self.fold}"
        return PurePosixPath("tasks", self.stage, self.model, f"seed={self.repeat}", last)

    def __str__(self) -> str:
        return f"{self.model}, repeat {self.repeat}, {self.fold_name}"


@dataclass(frozen=True)
class Plan:
    """Every fit that a recipe asks for on a competition.

    Attributes:
        folds: The folds of the cross-validation.
        models: The recipe's models by name.
        tasks: The fits: the folds' first, then those on all rows, whose open parameters the folds decide.
        key: The content key of the whole run.
    """

    folds: tuple[Fold, ...]
    models: Mapping[str, RecipeModel]
    tasks: tuple[Task, ...]
    key: str

    def fold_tasks(self, model: str | None = None) -> list[Task]:
        """Return the tasks of the folds, of one model or of all."""
        return [task for task in self.tasks if task.fold is not None and model in (None, task.model)]

    def final_tasks(self, model: str | None = None) -> list[Task]:
        """Return the tasks on all training rows, of one model or of all."""
        return [task for task in self.tasks if task.fold is None and model in (None, task.model)]

    def training_rows(self, task: Task, n_rows: int) -> Ints:
        """Return the positions of the rows that a task is fitted on."""
        return np.arange(n_rows) if task.fold is None else self.folds[task.fold].train


def make_folds(recipe: RecipeConfig, competition: Competition) -> tuple[Fold, ...]:
    """Return the folds of the recipe's cross-validation."""
    supplied = {"random_state": recipe.seed, "test_rows": competition.test}
    folds = build_plugin(SPLITTERS, recipe.folds, supplied).folds(competition.rows, competition.Y)
    names = [fold.name for fold in folds]
    if len(set(names)) < len(names):
        raise InputError(f"two folds have the same name: {', '.join(names)}; give the schemes of a mix different kinds")
    return tuple(folds)


def make_plan(recipe: RecipeConfig, competition: Competition) -> Plan:
    """Unroll a recipe into tasks.

    Raises:
        InputError: The rows do not allow the folds.
    """
    folds = make_folds(recipe, competition)
    models = {name: RecipeModel.of(recipe, name) for name in recipe.models}
    base = {"code": code_digest(), "libraries": library_versions(), "data": competition.fingerprint}
    tasks: list[Task] = []
    for spec in models.values():
        repeats = spec.entry.repeats or recipe.repeats
        content = base | spec.content()
        if not has_choices(spec):
            # Nothing is chosen on inner folds, so how they would be made changes nothing.
            del content["inner"]
        of_folds = [
            _task(recipe, content, spec, repeat, index, fold)
            for repeat in range(repeats)
            for index, fold in enumerate(folds)
        ]
        tasks += of_folds
        if recipe.final == "refit":
            # What the folds chose goes into the final fit, so their keys are a part of its key.
            decided = content | ({"folds": [task.key for task in of_folds]} if has_choices(spec) else {})
            tasks += [_task(recipe, decided, spec, repeat, None, None) for repeat in range(repeats)]
    tasks.sort(key=lambda task: task.fold is None)
    # The tasks' keys hold models, repeats, rows and data; the rest decides what is made of their predictions.
    joining = recipe.model_dump(include={"repeats_blend", "blend", "postprocess", "final", "folds_blend", "metric"})
    of_tasks = {"tasks": [task.key for task in tasks], "paths": [str(task.path) for task in tasks]}
    key = digest(of_tasks | {"folds": [[fold.name, fold.weight] for fold in folds]} | joining)
    return Plan(folds, models, tuple(tasks), key)


def _task(
    recipe: RecipeConfig, content: dict, spec: RecipeModel, repeat: int, index: int | None, fold: Fold | None
) -> Task:
    fold_name = FINAL if fold is None else fold.name
    seed = task_seed(recipe.seed, STAGE, spec.name, repeat, fold_name)
    rows = None if fold is None else [array_digest(fold.train), array_digest(fold.validation)]
    return Task(STAGE, spec.name, repeat, index, fold_name, seed, digest(content | {"seed": seed, "rows": rows}))


@cache
def code_digest() -> str:
    """Return the SHA-256 of the kit's own code that computes something: a changed kit does not reuse old fits."""
    root = Path(package_file).parent
    files = sorted(path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in _NOT_COMPUTING)
    return digest({str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files})


@cache
def library_versions() -> dict[str, str]:
    """Return the versions of the installed libraries that fits depend on."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
