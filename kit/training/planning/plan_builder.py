"""What a recipe's last stage needs, and what that needs in turn: its tasks, outputs and parts, with their keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kit.blends.base import BLENDS
from kit.config.checks.limits import MOST_FITS
from kit.config.schema import PluginConfig, RecipeConfig
from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.errors import InputError
from kit.files import array_digest, digest, file_sha256
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.row_splits import RowSplit, inner_splits, require_every_row
from kit.training.planning.seeds import task_seed
from kit.training.planning.stages import LAST, Stage, stages_of
from kit.training.planning.tasks import Output, Task
from kit.training.planning.versions import code_digest, library_versions

_FOR_BLEND = "blend"
"""Names the inner parts on whose predictions a stage's blend is fitted."""


class PlanBuilder:
    """What a recipe's last stage needs, and what that needs in turn, each thing once."""

    def __init__(self, recipe: RecipeConfig, competition: Competition, folds: tuple[RowSplit, ...]) -> None:
        self.recipe, self.competition, self.folds = recipe, competition, folds
        self.stages = {stage.name: stage for stage in stages_of(recipe)}
        self._refuse_more_than_most(len(folds) * sum(self.stages[LAST].repeats.values()))
        self.tasks: dict[str, Task] = {}
        self.outputs: dict[tuple[str, str], Output] = {}
        self.blend_splits: dict[tuple[str, str], tuple[RowSplit, ...]] = {}
        self._inner: dict[tuple[str, str], tuple[RowSplit, ...]] = {}
        self._base = {"code": code_digest(), "libraries": library_versions(), "data": competition.fingerprint}
        self._tables: dict[Path, str] = {}
        for path in dict.fromkeys(path for stage in self.stages.values() for path in stage.tables):
            # Before any fit: a table that cannot be read is no reason to fit its teachers first.
            read_pairs(path, competition)
            self._tables[path] = file_sha256(path)

    def fits_and_blend(self, stage: Stage, part: RowSplit) -> list[Task]:
        """Return the tasks of a stage on a part and, where its blend learns, on the parts that it learns from."""
        tasks = self.fits(stage, part)
        return tasks + [task for one in self.learnt_from(stage, part) for task in self.fits(stage, one)]

    def learnt_from(self, stage: Stage, part: RowSplit) -> tuple[RowSplit, ...]:
        """Return the parts that a stage's blend of a part is fitted on, none where it learns nothing."""
        if not BLENDS.get(stage.blend.kind).learns:
            return ()
        inner = self.folds if part.is_final else self._parts(part, _inner_splitter(stage), _FOR_BLEND)
        self.blend_splits[stage.name, part.directory] = inner
        return inner

    def output(self, stage: Stage, part: RowSplit) -> Output:
        """Return what a stage hands on of a part."""
        where = (stage.name, part.directory)
        if where not in self.outputs:
            tasks = self.fits_and_blend(stage, part)
            several = max(stage.repeats.values()) > 1
            joining = {
                "repeats_blend": stage.repeats_blend if several else None,
                "blend": stage.blend.model_dump(),
                "asked": stage.asked,
            }
            steps = [step.model_dump() for step in self.recipe.postprocess]
            content = {"tasks": [[str(task.path), task.key] for task in tasks], "steps": steps} | joining
            # A weight of a part counts where the blend is fitted on several.
            weights = [[one.directory, one.weight] for one in self.blend_splits.get(where, ())]
            self.outputs[where] = Output(stage.name, part, digest(content | {"weights": weights}))
        return self.outputs[where]

    def fits(self, stage: Stage, part: RowSplit) -> list[Task]:
        """Return the tasks of a stage on a part."""
        return [
            task
            for spec in stage.models.values()
            for repeat in stage.fits(spec.name)
            for task in [self._task(stage, spec, repeat, part)]
        ]

    def _task(self, stage: Stage, spec: RecipeModel, repeat: int, part: RowSplit) -> Task:
        seed = task_seed(self.recipe.seed, stage.name, spec.name, repeat, part.name)
        reads = {name: self._out_of_fold(self.stages[name], part) for name in spec.reads}
        task = Task(stage.name, spec.name, repeat, part, seed, "", reads, stage.teaching)
        known = self.tasks.get(str(task.path))
        if known is not None:
            return known
        content = self._base | spec.content() | {"seed": seed, "rows": None}
        if not part.is_final:
            content["rows"] = [array_digest(part.train), array_digest(part.validation)]
        if not spec.has_choices:
            # Nothing is chosen on inner folds, so how they would be made changes nothing.
            del content["inner"]
        elif part.is_final:
            # What the folds chose goes into the final fit, so their keys are a part of its key.
            content["folds"] = [
                self._task(stage, spec, other, fold).key for other in stage.fits(spec.name) for fold in self.folds
            ]
        key = digest(content | self._inputs(stage, reads, part))
        task = Task(
            stage.name,
            spec.name,
            repeat,
            part,
            seed,
            key,
            reads,
            stage.teaching,
        )
        self.tasks[str(task.path)] = task
        self._refuse_more_than_most(len(self.tasks))
        return task

    def _refuse_more_than_most(self, fits: int) -> None:
        if fits > MOST_FITS:
            raise InputError(
                f"more than {MOST_FITS:,} fits with {len(self.folds)} folds; give fewer folds, repeats, rounds, or "
                "stages that read each other"
            )

    def _inputs(self, stage: Stage, reads: Mapping[str, tuple[RowSplit, ...]], part: RowSplit) -> dict[str, Any]:
        """Return what a fit takes from earlier stages, as plain values; empty where it takes nothing."""
        found: dict[str, Any] = {}
        if reads:
            found["reads"] = {
                name: [self.output(self.stages[name], one).key for one in (part, *parts)]
                for name, parts in reads.items()
            }
        if stage.teaching is not None:
            teaching = stage.teaching
            found["taught"] = {
                "labels": self.output(self.stages[teaching.stage], part).key,
                "table": None if teaching.table is None else self._tables[teaching.table],
                "weight": teaching.weight,
                "keep": teaching.keep.model_dump(),
            }
        if stage.tables:
            found["tables"] = [self._tables[path] for path in stage.tables]
        return found

    def _out_of_fold(self, stage: Stage, part: RowSplit) -> tuple[RowSplit, ...]:
        inner = self._parts(part, stage.out_of_fold, f"oof-{stage.name}")
        require_every_row(part, inner, stage.name, stage.out_of_fold)
        return inner

    def _parts(self, part: RowSplit, splitter: PluginConfig, label: str) -> tuple[RowSplit, ...]:
        where = (part.directory, label)
        if where not in self._inner:
            self._inner[where] = inner_splits(part, splitter, label, self.competition, self.recipe.seed)
        return self._inner[where]


def _inner_splitter(stage: Stage) -> PluginConfig:
    return next(iter(stage.models.values())).inner
