"""Unrolls a recipe: the tasks, outputs and row splits that its last stage needs, directly or not, with their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.blends.base import BLENDS
from kit.config.checks.limits import MOST_FITS
from kit.config.checks.references.stages import LAST_STAGE
from kit.config.schema import PluginConfig, RecipeConfig
from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.errors import InputError, at_place
from kit.files import array_digest, digest, file_sha256
from kit.metrics.base import METRICS
from kit.postprocess.base import POSTPROCESSORS
from kit.training.planning.recipe_model import RecipeModel, metric_content
from kit.training.planning.row_splits import RowSplit, inner_splits, require_every_row
from kit.training.planning.seeds import task_seed
from kit.training.planning.stages import Stage, stages_of
from kit.training.planning.tasks import Output, Task
from kit.training.planning.versions import code_digest, common_libraries, plugin_code

_FOR_BLEND = "blend"
"""Names the inner splits on whose predictions a stage's blend is fitted."""

_FOR_CHOICES = "choices"
"""Names the inner splits on which a model's parameters are chosen."""

_LONGEST = 200
"""Letters in the name of a split's directory: file systems take 255, and what is being written has a longer name."""


class PlanBuilder:
    """Collects the tasks and outputs that a recipe's last stage needs, and those that they need in turn, each once.

    Args:
        recipe: The recipe.
        competition: The tables.
        folds: The folds of the cross-validation.

    Attributes:
        stages: The recipe's stages by name, in order.
        tasks: The tasks collected so far, by path.
        outputs: What earlier stages hand on, by the stage's name and the directory of the split.
        blend_splits: For stages whose blend learns, by the same: the inner splits that it is fitted on.

    Raises:
        InputError: There are too many fits, or no folds inside of a fold.
        DataError: A table of unlabelled rows cannot be read.
    """

    def __init__(self, recipe: RecipeConfig, competition: Competition, folds: tuple[RowSplit, ...]) -> None:
        self.recipe, self.competition, self.folds = recipe, competition, folds
        self.stages = {stage.name: stage for stage in stages_of(recipe)}
        self._refuse_more_than_most(len(folds) * sum(self.stages[LAST_STAGE].repeats.values()))
        self.tasks: dict[str, Task] = {}
        self.outputs: dict[tuple[str, str], Output] = {}
        self.blend_splits: dict[tuple[str, str], tuple[RowSplit, ...]] = {}
        self._inner: dict[tuple[str, str], tuple[RowSplit, ...]] = {}
        self.contents: dict[str, dict[str, Any]] = {}
        self._base = {"code": code_digest(), "libraries": common_libraries(), "data": competition.fingerprint}
        self._of_models: dict[tuple[str, str], dict[str, Any]] = {}
        self._tables: dict[Path, str] = {}
        for path in dict.fromkeys(path for stage in self.stages.values() for path in stage.tables):
            # Before any fit: a table that cannot be read is no reason to fit its teachers first.
            read_pairs(path, competition)
            self._tables[path] = file_sha256(path)

    def fits_and_blend(self, stage: Stage, split: RowSplit) -> list[Task]:
        """Return the tasks of a stage on a split and, where its blend learns, on the splits that it learns from."""
        tasks = self.fits(stage, split)
        return tasks + [task for inner in self.learnt_from(stage, split) for task in self.fits(stage, inner)]

    def learnt_from(self, stage: Stage, split: RowSplit) -> tuple[RowSplit, ...]:
        """Return the inner splits of a split that a stage's blend is fitted on; none where the blend learns nothing."""
        if not BLENDS.get(stage.blend.kind).learns:
            return ()
        inner = self.folds if split.is_final else self._inner_folds(split, _inner_splitter(stage), _FOR_BLEND)
        self.blend_splits[stage.name, split.directory] = inner
        return inner

    def output(self, stage: Stage, split: RowSplit) -> Output:
        """Return the joined predictions that a stage, fitted on a split, hands on."""
        where = (stage.name, split.directory)
        if where not in self.outputs:
            tasks = self.fits_and_blend(stage, split)
            several = max(stage.repeats.values()) > 1
            joining = {
                "repeats_blend": stage.repeats_blend if several else None,
                "blend": stage.blend.model_dump(),
                "asked": stage.asked,
                # A blend that learns weights may learn them by the recipe's metric.
                "metric": metric_content(self.recipe.metric) if BLENDS.get(stage.blend.kind).learns else None,
            }
            steps = [step.model_dump() for step in self.recipe.postprocess]
            content = {"tasks": [[str(task.path), task.key] for task in tasks], "steps": steps} | joining
            content["plugins"] = plugin_code(joining_plugins(stage, self.recipe))
            # How much each split counts matters where the blend is fitted on several.
            weights = [[inner.directory, inner.weight] for inner in self.blend_splits.get(where, ())]
            self.outputs[where] = Output(stage.name, split, digest(content | {"weights": weights}))
        return self.outputs[where]

    def fits(self, stage: Stage, split: RowSplit) -> list[Task]:
        """Return the tasks of a stage on a split."""
        return [
            self._task(stage, spec, repeat, split) for spec in stage.models.values() for repeat in stage.fits(spec.name)
        ]

    def _task(self, stage: Stage, spec: RecipeModel, repeat: int, split: RowSplit) -> Task:
        seed = task_seed(self.recipe.seed, stage.name, spec.name, repeat, split.name)
        reads = {name: self._out_of_fold(self.stages[name], split) for name in spec.reads}
        task = Task(stage.name, spec.name, repeat, split, seed, "", reads, stage.teaching)
        if known := self.tasks.get(str(task.path)):
            return known
        content = self._base | self._content(stage, spec) | {"seed": seed, "rows": None}
        if not split.is_final:
            content["rows"] = [array_digest(split.train), array_digest(split.validation)]
        if spec.has_choices and not split.is_final:
            # Made again in the fit; here, only to know before the first fit whether there are any.
            self._inner_folds(split, spec.inner, _FOR_CHOICES)
        elif spec.has_choices:
            # What the folds chose goes into the final fit, so their keys are in its key.
            content["folds"] = [
                self._task(stage, spec, other, fold).key for other in stage.fits(spec.name) for fold in self.folds
            ]
        content |= self._inputs(stage, reads, split)
        task = replace(task, key=digest(content))
        self.tasks[str(task.path)] = task
        self._refuse_more_than_most(len(self.tasks))
        self.contents[str(task.path)] = content
        return task

    def _content(self, stage: Stage, spec: RecipeModel) -> dict[str, Any]:
        """Return what decides a model's fits whatever their rows; files are hashed for it, once a plan."""
        place = stage.name, spec.name
        if place not in self._of_models:
            self._of_models[place] = spec.content()
        return self._of_models[place]

    def _refuse_more_than_most(self, fits: int) -> None:
        if fits > MOST_FITS:
            raise InputError(
                f"more than {MOST_FITS:,} fits with {len(self.folds)} folds; give fewer folds, repeats, rounds, or "
                "stages that read each other"
            )

    def _inputs(self, stage: Stage, reads: Mapping[str, tuple[RowSplit, ...]], split: RowSplit) -> dict[str, Any]:
        """Return what a fit takes from earlier stages, as plain values; empty where it takes nothing."""
        inputs: dict[str, Any] = {}
        if reads:
            inputs["reads"] = {
                name: [self.output(self.stages[name], each).key for each in (split, *inner)]
                for name, inner in reads.items()
            }
        if stage.teaching is not None:
            teaching = stage.teaching
            inputs["taught"] = {
                "labels": self.output(self.stages[teaching.stage], split).key,
                "table": None if teaching.table is None else self._tables[teaching.table],
                "weight": teaching.weight,
                "by_variance": teaching.by_variance,
                "keep": teaching.keep.model_dump(),
                "hard": teaching.hard,
            }
        if stage.tables:
            inputs["tables"] = [self._tables[path] for path in stage.tables]
        return inputs

    def _out_of_fold(self, stage: Stage, split: RowSplit) -> tuple[RowSplit, ...]:
        with at_place(*stage.place, "out_of_fold"):
            inner = self._splits_inside(split, stage.out_of_fold, f"oof-{stage.name}")
            require_every_row(split, inner, stage.out_of_fold)
            if len(inner[0].directory) > _LONGEST:
                raise InputError(
                    f"the stages inside of each other make a file's name of {len(inner[0].directory)} letters; give "
                    "shorter names to the stages"
                )
        return inner

    def _inner_folds(self, split: RowSplit, splitter: PluginConfig, label: str) -> tuple[RowSplit, ...]:
        with at_place("folds") if self.recipe.folds.inner is None else at_place("folds", "inner"):
            return self._splits_inside(split, splitter, label)

    def _splits_inside(self, split: RowSplit, splitter: PluginConfig, label: str) -> tuple[RowSplit, ...]:
        where = (split.directory, label)
        if where not in self._inner:
            self._inner[where] = inner_splits(split, splitter, label, self.competition, self.recipe.seed)
        return self._inner[where]


def joining_plugins(stage: Stage, recipe: RecipeConfig) -> list[tuple[str, PluginConfig]]:
    """Return the family and the entry of what makes one prediction of a stage's fits."""
    learnt_by = [(METRICS.family, recipe.metric)] if BLENDS.get(stage.blend.kind).learns else []
    steps = [(POSTPROCESSORS.family, step) for step in recipe.postprocess]
    return [(BLENDS.family, stage.blend), *learnt_by, *steps]


def _inner_splitter(stage: Stage) -> PluginConfig:
    return next(iter(stage.models.values())).inner
