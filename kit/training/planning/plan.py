"""The recipe unrolled into tasks, before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kit.config.build import build_plugin
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.errors import InputError
from kit.files import digest
from kit.splits.base import SPLITTERS, Fold
from kit.training.planning.plan_builder import PlanBuilder
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.row_splits import RowSplit, final_split, fold_split
from kit.training.planning.stages import LAST, Stage
from kit.training.planning.tasks import Output, Task


@dataclass(frozen=True)
class Plan:
    """Every fit that a recipe asks for on a competition.

    Attributes:
        folds: The folds of the cross-validation, as parts.
        stages: The recipe's stages in order.
        tasks: The fits, stage by stage; in each those on all rows last, whose open parameters the folds decide.
        outputs: What earlier stages hand on, in order.
        blend_parts: For a stage with a learning blend, by the directory of a part: the inner parts it is fitted on.
        key: The content key of the whole run.
    """

    folds: tuple[RowSplit, ...]
    stages: tuple[Stage, ...]
    tasks: tuple[Task, ...]
    outputs: tuple[Output, ...]
    blend_splits: Mapping[tuple[str, str], tuple[RowSplit, ...]]
    key: str

    @property
    def last(self) -> Stage:
        """The last stage: the recipe's own models."""
        return self.stages[-1]

    def stage(self, name: str) -> Stage:
        """Return the stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)

    def model(self, task: Task) -> RecipeModel:
        """Return the model that a task fits."""
        return self.stage(task.stage).models[task.model]

    def tasks_of(self, stage: str = LAST, part: RowSplit | None = None, model: str | None = None) -> list[Task]:
        """Return the tasks of a stage, on one part or on all, of one model or of all."""
        return [
            task
            for task in self.tasks
            if task.stage == stage
            and (part is None or task.part.directory == part.directory)
            and model in (None, task.model)
        ]

    def inside(self, *parts: RowSplit) -> Plan:
        """Return the plan of some parts alone, with all that is fitted inside of them."""
        kept = {part.directory for part in parts}
        return replace(
            self,
            tasks=tuple(task for task in self.tasks if task.part.outermost in kept),
            outputs=tuple(output for output in self.outputs if output.part.outermost in kept),
        )

    def fold_tasks(self, model: str | None = None, stage: str = LAST) -> list[Task]:
        """Return the tasks of a stage on the recipe's folds, of one model or of all."""
        return [task for task in self.tasks_of(stage, model=model) if task.part.fold is not None]

    def final_tasks(self, model: str | None = None, stage: str = LAST) -> list[Task]:
        """Return the tasks of a stage on all training rows, of one model or of all."""
        return [task for task in self.tasks_of(stage, model=model) if task.part.is_final]


def make_folds(recipe: RecipeConfig, competition: Competition) -> tuple[Fold, ...]:
    """Return the folds of the recipe's cross-validation.

    Raises:
        InputError: The rows do not allow them, or two have one name.
    """
    supplied = {"random_state": recipe.seed, "test_rows": competition.test}
    folds = build_plugin(SPLITTERS, recipe.folds, supplied).folds(competition.rows, competition.Y)
    names = [fold.name for fold in folds]
    if len(set(names)) < len(names):
        raise InputError(f"two folds have the same name: {', '.join(names)}; give the schemes of a mix different kinds")
    return tuple(folds)


def make_plan(recipe: RecipeConfig, competition: Competition, folds: Sequence[Fold] | None = None) -> Plan:
    """Unroll a recipe into tasks.

    Args:
        recipe: The recipe.
        competition: The tables.
        folds: Other folds than the recipe's own.

    Raises:
        InputError: The rows do not allow the folds.
        DataError: A table of unlabelled rows cannot be read.
    """
    folds = make_folds(recipe, competition) if folds is None else folds
    unroll = PlanBuilder(recipe, competition, tuple(fold_split(index, fold) for index, fold in enumerate(folds)))
    last = unroll.stages[LAST]
    for part in unroll.folds:
        unroll.fits_and_blend(last, part)
    everything = final_split(competition.n_rows)
    unroll.learnt_from(last, everything)
    if recipe.final == "refit":
        unroll.fits(last, everything)
    order = list(unroll.stages)
    # Model by model: a progress bar then compares like with like, and a model's mistake shows early.
    names = {stage.name: list(stage.models) for stage in unroll.stages.values()}
    tasks = sorted(
        unroll.tasks.values(),
        key=lambda task: (
            order.index(task.stage),
            task.part.is_final,
            names[task.stage].index(task.model),
            task.repeat,
        ),
    )
    outputs = sorted(unroll.outputs.values(), key=lambda output: order.index(output.stage))
    # The tasks' keys hold models, repeats, rows and data; the rest decides what is made of their predictions.
    joining = recipe.model_dump(include={"repeats_blend", "blend", "postprocess", "final", "folds_blend", "metric"})
    of_tasks = {"tasks": [task.key for task in tasks], "paths": [str(task.path) for task in tasks]}
    of_outputs = {"outputs": [output.key for output in outputs]}
    # Inner folds count by their weights where a blend is fitted on them; the tasks' keys hold their rows.
    learnt = [
        [*where, [[one.directory, one.weight] for one in parts]] for where, parts in sorted(unroll.blend_splits.items())
    ]
    key = digest(
        of_tasks | of_outputs | {"learnt": learnt} | {"folds": [[fold.name, fold.weight] for fold in folds]} | joining
    )
    used = tuple(stage for stage in unroll.stages.values() if any(task.stage == stage.name for task in tasks))
    return Plan(unroll.folds, used, tuple(tasks), tuple(outputs), unroll.blend_splits, key)
