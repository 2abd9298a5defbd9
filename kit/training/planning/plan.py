"""The plan of a recipe: every fit that it asks for, known before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kit.config.build import build_metric, build_plugin
from kit.config.checks.references.stages import LAST_STAGE
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.errors import InputError, at_place
from kit.files import digest
from kit.metrics.base import METRICS, Metric
from kit.splits.base import SPLITTERS, Fold
from kit.splits.together import folds_of_keys
from kit.training.planning.check_tables import check_tables
from kit.training.planning.plan_builder import PlanBuilder, joining_plugins
from kit.training.planning.recipe_model import RecipeModel, metric_content
from kit.training.planning.row_splits import RowSplit, final_split, fold_split, replicated_keys
from kit.training.planning.stages import Stage
from kit.training.planning.tasks import Output, Task
from kit.training.planning.versions import plugin_code


@dataclass(frozen=True)
class Plan:
    """Every fit that a recipe asks for on a competition.

    Attributes:
        folds: The folds of the cross-validation.
        stages: The recipe's stages in order.
        tasks: The fits, stage by stage; in each those on all rows last, whose open parameters the folds decide.
        outputs: The joined predictions that earlier stages hand on, in order.
        blend_splits: The inner splits on which a stage's blend is fitted, where it learns: by the stage's name and the
            directory of the split whose predictions it blends.
        key: The content key of the whole run.
        contents: What each task's key is the digest of, by the task's directory.
        metric: What everything is scored by, and chosen, stopped and blended by where nothing else is said.
    """

    folds: tuple[RowSplit, ...]
    stages: tuple[Stage, ...]
    tasks: tuple[Task, ...]
    outputs: tuple[Output, ...]
    blend_splits: Mapping[tuple[str, str], tuple[RowSplit, ...]]
    key: str
    contents: Mapping[str, Mapping[str, Any]]
    metric: Metric

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

    def tasks_of(self, stage: str = LAST_STAGE, split: RowSplit | None = None, model: str | None = None) -> list[Task]:
        """Return the tasks of a stage.

        Args:
            stage: The stage's name.
            split: The row split that they are fitted on (default: all).
            model: The model's name (default: all).
        """
        return [
            task
            for task in self.tasks
            if task.stage == stage
            and (split is None or task.split.directory == split.directory)
            and model in (None, task.model)
        ]

    def inside(self, *splits: RowSplit) -> Plan:
        """Return the plan of some folds (or of all rows) alone, with the folds inside of them."""
        kept = {split.directory for split in splits}
        return replace(
            self,
            tasks=tuple(task for task in self.tasks if task.split.outermost in kept),
            outputs=tuple(output for output in self.outputs if output.split.outermost in kept),
        )

    def fold_tasks(self, model: str | None = None, stage: str = LAST_STAGE) -> list[Task]:
        """Return the tasks of a stage on the recipe's folds, of one model or of all."""
        return [task for task in self.tasks_of(stage, model=model) if task.split.fold is not None]


def make_folds(recipe: RecipeConfig, competition: Competition) -> tuple[Fold, ...]:
    """Return the folds of the recipe's cross-validation.

    Raises:
        InputError: The rows do not allow them, or two have one name.
    """
    supplied = {"random_state": recipe.seed} | competition.without_targets
    with at_place("folds"):
        splitter = build_plugin(SPLITTERS, recipe.folds, supplied)
        folds = folds_of_keys(splitter, competition.rows, competition.Y, replicated_keys(competition))
        names = [fold.name for fold in folds]
        if len(set(names)) < len(names):
            raise InputError(
                f"two folds have the same name: {', '.join(names)}; give the schemes of a mix different kinds"
            )
    return tuple(folds)


def make_plan(recipe: RecipeConfig, competition: Competition, folds: Sequence[Fold] | None = None) -> Plan:
    """Unroll a recipe into tasks.

    Args:
        recipe: The recipe.
        competition: The tables.
        folds: Other folds than the recipe's own.

    Raises:
        InputError: The rows do not allow the folds, or lack what the feature blocks read.
        DataError: A table of unlabelled rows cannot be read.
    """
    metric = build_metric(recipe, competition.targets)
    with at_place("metric"):
        metric.check_targets(competition.n_targets)
    check_tables(recipe, competition)
    folds = make_folds(recipe, competition) if folds is None else folds
    builder = PlanBuilder(recipe, competition, tuple(fold_split(index, fold) for index, fold in enumerate(folds)))
    last = builder.stages[LAST_STAGE]
    for split in builder.folds:
        builder.fits_and_blend(last, split)
    everything = final_split(competition.n_rows)
    builder.learnt_from(last, everything)
    if recipe.final == "refit":
        builder.fits(last, everything)
    place = {name: index for index, name in enumerate(builder.stages)}
    models = {stage.name: list(stage.models) for stage in builder.stages.values()}
    # Model by model: a progress bar then compares like with like, and a model's mistake shows early.
    tasks = sorted(
        builder.tasks.values(),
        key=lambda task: (
            place[task.stage],
            task.split.is_final,
            models[task.stage].index(task.model),
            task.repeat,
        ),
    )
    outputs = sorted(builder.outputs.values(), key=lambda output: place[output.stage])
    used = {task.stage for task in tasks}
    return Plan(
        folds=builder.folds,
        stages=tuple(stage for stage in builder.stages.values() if stage.name in used),
        tasks=tuple(tasks),
        outputs=tuple(outputs),
        blend_splits=builder.blend_splits,
        key=_run_key(builder, tasks, outputs),
        contents=builder.contents,
        metric=metric,
    )


def _run_key(builder: PlanBuilder, tasks: Sequence[Task], outputs: Sequence[Output]) -> str:
    """Return the content key of a run.

    The tasks' keys hold models, repeats, rows and data; what is added decides what is made of their predictions.
    """
    recipe = builder.recipe
    used = [*joining_plugins(builder.stages[LAST_STAGE], recipe), (METRICS.family, recipe.metric)]
    # Inner folds count by their weights where a blend is fitted on them; the tasks' keys hold their rows.
    learnt = [
        [*where, [[split.directory, split.weight] for split in splits]]
        for where, splits in sorted(builder.blend_splits.items())
    ]
    content = {
        "tasks": [task.key for task in tasks],
        "paths": [str(task.path) for task in tasks],
        "outputs": [output.key for output in outputs],
        "learnt": learnt,
        "folds": [[fold.name, fold.weight] for fold in builder.folds],
        "plugins": plugin_code(used),
        "metric": metric_content(recipe.metric),
    }
    joining = {"repeats_blend", "blend", "postprocess", "final", "folds_blend", "weighted"}
    return digest(content | recipe.model_dump(include=joining))
