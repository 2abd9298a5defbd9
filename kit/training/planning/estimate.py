"""Estimated CPU time and memory of a plan's fits, before anything is fitted; `expense` has what is beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.config.build import build_plugin
from kit.data import Competition
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.stage_predictions import with_predictions
from kit.large import private_bytes
from kit.models.base import MODELS
from kit.plugins import Plugin, inner_plugins
from kit.targets.base import TARGETS
from kit.training.planning.plan import Plan
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.row_sets import pseudo_label_file, row_sets
from kit.training.planning.stages import Stage
from kit.training.planning.tasks import Task

_PROBE = 8
"""Targets that a block of features is fitted on to see how wide it gets."""

_COMPONENTS = 64
"""Coordinates assumed where the recipe leaves their number to the data."""

_FIT_S, _NUMBER_S = 0.05, 4.5e-8
"""What every fit takes beside its model's: a directory; and for each number of its targets taking rows, transform and
features, for each of its outputs predicting and keeping (measured at 614 × 18,211, AMD EPYC)."""


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of one model.

    Attributes:
        stage: Its stage.
        model: Its name in the recipe.
        kind: Its plug-in.
        fits: The number of fits, those inside `choose` not counted.
        n_features: The width of its matrix.
        n_outputs: The number of coordinates it predicts.
        cpu_seconds: CPU time of all its fits together.
        memory_bytes: What a fit adds to the memory of its process that no file holds (see `kit.large`).
    """

    stage: str
    model: str
    kind: str
    fits: int
    n_features: int
    n_outputs: int
    cpu_seconds: float
    memory_bytes: int


def estimate(plan: Plan, competition: Competition) -> list[Estimate]:
    """Return what every model of a plan costs, roughly.

    Feature blocks are fitted on a few targets to learn their width; nothing else is computed.

    Raises:
        InputError: A feature block does not fit the tables.
    """
    return [_of_model(plan, stage, spec, competition) for stage in plan.stages for spec in stage.models.values()]


def foreseen_seconds(plan: Plan, competition: Competition) -> dict[str, float]:
    """Return the CPU seconds that every task of a plan takes, roughly, by the task's key.

    Raises:
        InputError: A feature block does not fit the tables.
    """
    seconds: dict[str, float] = {}
    for stage in plan.stages:
        for spec in stage.models.values():
            seconds |= _costs(plan, stage, spec, competition)[2]
    return seconds


def _of_model(plan: Plan, stage: Stage, spec: RecipeModel, competition: Competition) -> Estimate:
    n_rows, n_targets = competition.Y.shape
    n_features, n_outputs, seconds, pairs = _costs(plan, stage, spec, competition)
    # The table, the targets of the training rows, their coordinates, those predicted, the blocks and their matrix: of
    # what is kept in files, blocks alone are memory of the process, which `expense` counts. What a model makes of its
    # features is its own at any size, and so is the basis.
    memory = sum(2 * private_bytes(n_rows, n_columns) for n_columns in (n_targets, n_outputs, n_features))
    memory += 4 * n_rows * n_features + (4 * n_outputs * n_targets if n_outputs < n_targets else 0) + round(pairs)
    n_fits, total = len(seconds), sum(seconds.values())
    return Estimate(stage.name, spec.name, spec.entry.kind, n_fits, n_features, n_outputs, total, memory)


def _costs(
    plan: Plan, stage: Stage, spec: RecipeModel, competition: Competition
) -> tuple[int, int, dict[str, float], float]:
    """Return numbers of features and of outputs, the seconds of each task by key, the bytes of pairs of rows."""
    n_rows, n_targets = competition.Y.shape
    first = spec.with_values({key: values[0] for key, values in spec.entry.choose.items()})
    n_outputs = foreseen_outputs(first, n_rows, n_targets)
    n_features = sum(_width(spec, name, competition, n_outputs) for name in spec.features)
    model = build_plugin(MODELS, first.entry, {"random_state": 0})
    tasks = plan.tasks_of(stage.name, model=spec.name)
    tries = int(np.prod([len(values) for values in spec.entry.choose.values()], initial=1)) + int(model.chooses)
    chooses = bool(spec.entry.choose or model.chooses)
    seconds = {}
    for task in tasks:
        n_fitted = len(task.split.train)
        once = model.estimate_seconds(n_fitted + taught_rows(task, competition), n_features, n_outputs)
        once += _NUMBER_S * n_fitted * (n_targets + n_outputs)
        seconds[task.key] = _FIT_S + once * (tries + 1 if chooses and not task.split.is_final else 1)
    return n_features, n_outputs, seconds, model.estimate_memory(n_rows, n_features, n_outputs)


def libraries_of(spec: RecipeModel) -> set[str]:
    """Return the libraries that a model and its feature blocks name, with those of the plug-ins inside of them."""
    first = spec.with_values({key: values[0] for key, values in spec.entry.choose.items()})
    plugins: list[Plugin] = [build_plugin(MODELS, first.entry, {"random_state": 0, "blocks": None})]
    plugins += [build_plugin(FEATURES, spec.blocks[name], {}, spec.blocks) for name in spec.features]
    return {name for plugin in plugins for inner in inner_plugins(plugin) for name in inner.libraries}


def taught_rows(task: Task, competition: Competition) -> int:
    """Return the number of pseudo-labelled rows that a task is fitted on."""
    if task.teaching is None:
        return 0
    tables = [] if task.teaching.table is None else [task.teaching.table]
    rows = row_sets(competition, task.split, tables)[pseudo_label_file(task.split, task.teaching.table)]
    keep = task.teaching.keep
    return round(len(rows) * min(keep.agreement or 1.0, keep.margin or 1.0, keep.variance or 1.0))


def foreseen_outputs(spec: RecipeModel, n_rows: int, n_targets: int) -> int:
    """Return the number of outputs of a model on so many rows; a usual one where it is left to the data."""
    target = build_plugin(TARGETS, spec.target, {})
    return target.expected_components(n_rows, n_targets) or min(_COMPONENTS, n_rows, n_targets)


def _width(spec: RecipeModel, name: str, competition: Competition, n_outputs: int) -> int:
    """Return a block's width: that on a few targets, scaled where it grows with the number of targets."""
    expected = _builder(spec, name, competition).expected_features(competition.rows)
    if expected is not None:
        return expected
    widths: list[int] = []
    for n_targets in (_PROBE, _PROBE // 2):
        rows, Y = competition.rows, np.nan_to_num(competition.Y[:, :n_targets])
        for stage in spec.reads:
            # An earlier stage predicts as many targets as there are; the targets themselves stand for them here.
            rows = with_predictions(rows, stage, Y)
        builder = _builder(spec, name, competition).fit(rows, Y)
        widths.append(builder.transform(rows.head(1)).shape[1])
    slope = (widths[0] - widths[1]) / (_PROBE - _PROBE // 2)
    full = n_outputs if spec.blocks[name].space == "reduced" else competition.Y.shape[1]
    return round(widths[0] + slope * (full - _PROBE))


def _builder(spec: RecipeModel, name: str, competition: Competition) -> FeatureBuilder:
    supplied = {"random_state": 0} | competition.without_targets
    return build_plugin(FEATURES, spec.blocks[name], supplied, spec.blocks)
