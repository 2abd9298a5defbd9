"""The recipe unrolled into tasks, before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from kit.blends.base import BLENDS
from kit.cache import file_sha256
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig, RecipeConfig
from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.errors import InputError
from kit.splits.base import SPLITTERS, Fold
from kit.training.choosing import has_choices
from kit.training.parts import Part, final_part, fold_part, inner_parts, require_every_row
from kit.training.recipe_model import RecipeModel
from kit.training.seeds import task_seed
from kit.training.stages import LAST, Stage, Teaching, stages_of
from kit.training.store import array_digest, digest
from kit.training.versions import code_digest, library_versions

_FOR_BLEND = "blend"
"""Names the inner parts on whose predictions a stage's blend is fitted."""


@dataclass(frozen=True)
class Task:
    """One fit.

    Attributes:
        stage: The stage's name.
        model: The model's name in the recipe.
        repeat: The repeat, from 0.
        part: Its training rows, and the rows hidden from it.
        seed: The seed of every random number in the fit.
        key: The content key: equal for fits that compute the same.
        reads: The earlier stages whose predictions are its features, with the parts of its training rows whose
            predictions together are out-of-fold.
        teaching: Where its pseudo-labelled rows come from.
    """

    stage: str
    model: str
    repeat: int
    part: Part
    seed: int
    key: str
    reads: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    teaching: Teaching | None = None

    @property
    def path(self) -> PurePosixPath:
        """The task's directory within the run."""
        return PurePosixPath("tasks", self.stage, self.model, f"seed={self.repeat}", self.part.directory)

    def __str__(self) -> str:
        stage = "" if self.stage == LAST else f"{self.stage}: "
        return f"{stage}{self.model}, repeat {self.repeat}, {self.part.name}"


@dataclass(frozen=True)
class Output:
    """What a stage predicts with a part: its models joined, for later stages to take.

    Attributes:
        stage: The stage's name.
        part: The part.
        key: The content key.
    """

    stage: str
    part: Part
    key: str

    @property
    def path(self) -> PurePosixPath:
        """Its directory within the run."""
        return output_path(self.stage, self.part)


def output_path(stage: str, part: Part) -> PurePosixPath:
    """Return the directory of a stage's predictions with a part, within the run."""
    return PurePosixPath("stages", stage, part.directory)


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

    folds: tuple[Part, ...]
    stages: tuple[Stage, ...]
    tasks: tuple[Task, ...]
    outputs: tuple[Output, ...]
    blend_parts: Mapping[tuple[str, str], tuple[Part, ...]]
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

    def tasks_of(self, stage: str = LAST, part: Part | None = None, model: str | None = None) -> list[Task]:
        """Return the tasks of a stage, on one part or on all, of one model or of all."""
        return [
            task
            for task in self.tasks
            if task.stage == stage
            and (part is None or task.part.directory == part.directory)
            and model in (None, task.model)
        ]

    def inside(self, *parts: Part) -> Plan:
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
    unroll = _Unrolling(recipe, competition, tuple(fold_part(index, fold) for index, fold in enumerate(folds)))
    last = unroll.stages[LAST]
    for part in unroll.folds:
        unroll.fits_and_blend(last, part)
    everything = final_part(competition.n_rows)
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
        [*where, [[one.directory, one.weight] for one in parts]] for where, parts in sorted(unroll.blend_parts.items())
    ]
    key = digest(
        of_tasks | of_outputs | {"learnt": learnt} | {"folds": [[fold.name, fold.weight] for fold in folds]} | joining
    )
    used = tuple(stage for stage in unroll.stages.values() if any(task.stage == stage.name for task in tasks))
    return Plan(unroll.folds, used, tuple(tasks), tuple(outputs), unroll.blend_parts, key)


class _Unrolling:
    """What a recipe's last stage needs, and what that needs in turn, each thing once."""

    def __init__(self, recipe: RecipeConfig, competition: Competition, folds: tuple[Part, ...]) -> None:
        self.recipe, self.competition, self.folds = recipe, competition, folds
        self.stages = {stage.name: stage for stage in stages_of(recipe)}
        self.tasks: dict[str, Task] = {}
        self.outputs: dict[tuple[str, str], Output] = {}
        self.blend_parts: dict[tuple[str, str], tuple[Part, ...]] = {}
        self._inner: dict[tuple[str, str], tuple[Part, ...]] = {}
        self._base = {"code": code_digest(), "libraries": library_versions(), "data": competition.fingerprint}
        self._tables: dict[Path, str] = {}
        for path in dict.fromkeys(path for stage in self.stages.values() for path in stage.tables):
            # Before any fit: a table that cannot be read is no reason to fit its teachers first.
            read_pairs(path, competition)
            self._tables[path] = file_sha256(path)

    def fits_and_blend(self, stage: Stage, part: Part) -> list[Task]:
        """Return the tasks of a stage on a part and, where its blend learns, on the parts that it learns from."""
        tasks = self.fits(stage, part)
        return tasks + [task for one in self.learnt_from(stage, part) for task in self.fits(stage, one)]

    def learnt_from(self, stage: Stage, part: Part) -> tuple[Part, ...]:
        """Return the parts that a stage's blend of a part is fitted on, none where it learns nothing."""
        if not BLENDS.get(stage.blend.kind).learns:
            return ()
        inner = self.folds if part.is_final else self._parts(part, _inner_splitter(stage), _FOR_BLEND)
        self.blend_parts[stage.name, part.directory] = inner
        return inner

    def output(self, stage: Stage, part: Part) -> Output:
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
            weights = [[one.directory, one.weight] for one in self.blend_parts.get(where, ())]
            self.outputs[where] = Output(stage.name, part, digest(content | {"weights": weights}))
        return self.outputs[where]

    def fits(self, stage: Stage, part: Part) -> list[Task]:
        """Return the tasks of a stage on a part."""
        return [
            task
            for spec in stage.models.values()
            for repeat in stage.fits(spec.name)
            for task in [self._task(stage, spec, repeat, part)]
        ]

    def _task(self, stage: Stage, spec: RecipeModel, repeat: int, part: Part) -> Task:
        seed = task_seed(self.recipe.seed, stage.name, spec.name, repeat, part.name)
        reads = {name: self._out_of_fold(self.stages[name], part) for name in spec.reads}
        task = Task(stage.name, spec.name, repeat, part, seed, "", reads, stage.teaching)
        known = self.tasks.get(str(task.path))
        if known is not None:
            return known
        content = self._base | spec.content() | {"seed": seed, "rows": None}
        if not part.is_final:
            content["rows"] = [array_digest(part.train), array_digest(part.validation)]
        if not has_choices(spec):
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
        return task

    def _inputs(self, stage: Stage, reads: Mapping[str, tuple[Part, ...]], part: Part) -> dict[str, Any]:
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

    def _out_of_fold(self, stage: Stage, part: Part) -> tuple[Part, ...]:
        inner = self._parts(part, stage.out_of_fold, f"oof-{stage.name}")
        require_every_row(part, inner, stage.name, stage.out_of_fold)
        return inner

    def _parts(self, part: Part, splitter: PluginConfig, label: str) -> tuple[Part, ...]:
        where = (part.directory, label)
        if where not in self._inner:
            self._inner[where] = inner_parts(part, splitter, label, self.competition, self.recipe.seed)
        return self._inner[where]


def _inner_splitter(stage: Stage) -> PluginConfig:
    return next(iter(stage.models.values())).inner
