"""What does not grow with its rows alone: said before a run starts, and refused where the machine is too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from kit.config.build import build_plugin
from kit.errors import InputError, at_place
from kit.features.base import FEATURES, FeatureBuilder
from kit.memory import VARIABLE, machine_memory
from kit.models.base import MODELS
from kit.plugins import inner_plugins
from kit.targets.base import TARGETS
from kit.training.planning.estimate import foreseen_outputs, taught_rows
from kit.training.planning.recipe_model import RecipeModel
from kit.training.workspace import Workspace

LONG_FIT = 600.0
"""CPU seconds of one fit from which on a warning says what they grow with."""

_FASTER = 2.5
"""By more than this grows what does not grow with the rows alone, where there are twice as many."""


_PAIRS = 4.0
"""By so much more pairs there are of twice as many compounds."""


@dataclass(frozen=True)
class Need:
    """What one fit of a model or target transform needs, or one block of features.

    Attributes:
        place: Where it stands in the recipe.
        kind: Its plug-in.
        n_rows: The rows of its largest fit.
        seconds: Its CPU seconds at the least, whatever the number of features.
        times: By how much these grow where there are twice as many rows.
        memory: Bytes of matrices of pairs of rows, and the like.
        instead: What a recipe should have instead.
        fits: How many such fits there are.
        pairs: Of what the matrices are.
    """

    place: tuple[str | int, ...]
    kind: str
    n_rows: int
    seconds: float
    times: float
    memory: float
    instead: str
    fits: int
    pairs: str = "rows"


def refuse_too_large(workspace: Workspace) -> None:
    """Check that what models and blocks hold for pairs of rows fits into the memory of the machine.

    Raises:
        InputError: It does not; the message says what to take instead, the error knows its place in the recipe.
    """
    memory = machine_memory()
    for need in _needs(workspace):
        if memory is not None and need.memory > memory:
            with at_place(*need.place):
                raise InputError(
                    f"{need.kind} holds matrices of pairs of {need.pairs}: about {_gib(need.memory)} for "
                    f"{need.n_rows:,} rows, and this machine has {_gib(memory)}; {need.instead}. ({VARIABLE}=N says "
                    "that the machine that fits has N GiB)"
                )


def growth_warnings(workspace: Workspace, workers: int | None = None) -> list[str]:
    """Return a warning for every model or block that takes long, or much memory, and more than its rows grow by.

    Args:
        workspace: The run.
        workers: How many fits this machine carries out at once; None where that is not known.
    """
    memory, said = machine_memory(), []
    for need in _needs(workspace):
        place = ".".join(map(str, need.place))
        at_once = min(workers or 2, need.fits)
        if need.times > _FASTER and need.seconds > LONG_FIT:
            said.append(
                f"{place}: one fit of {need.kind} on {need.n_rows:,} rows takes {need.seconds / 60:,.0f} minutes of "
                f"CPU time or more, and twice the rows {need.times:.0f} times as long; {need.instead}"
            )
        elif memory is not None and at_once > 1 and need.memory * at_once > memory:
            said.append(
                f"{place}: {need.kind} holds about {_gib(need.memory)} for {need.n_rows:,} rows, and {at_once} fits at "
                f"once more than this machine's {_gib(memory)}: take fewer workers (--jobs "
                f"{max(1, int(memory / need.memory))}); or {need.instead}"
            )
    return list(dict.fromkeys(said))  # models may share a target transform


def _needs(workspace: Workspace) -> Iterator[Need]:
    """Yield what the blocks need and what a fit of every model does."""
    rows = workspace.competition.rows
    supplied = {"random_state": 0, "projector": None} | workspace.competition.without_targets
    read: set[str] = set()
    for stage in workspace.plan.stages:
        for spec in stage.models.values():
            tasks = workspace.plan.tasks_of(stage.name, model=spec.name)
            for name in set(spec.features) - read:
                block = build_plugin(FEATURES, spec.blocks[name], supplied, spec.blocks)
                for builder in inner_plugins(block):
                    if isinstance(builder, FeatureBuilder):
                        yield _of_block(builder, ("features", name), rows, len(tasks))
            read |= set(spec.features)
            n_rows = max(len(task.split.train) + taught_rows(task, workspace.competition) for task in tasks)
            at = (*stage.place, "models", spec.name)
            yield _of_target(spec, at, n_rows, workspace.competition.n_targets, len(tasks))
            yield _of_model(spec, at, n_rows, workspace.competition.n_targets, len(tasks))


def _of_block(builder: FeatureBuilder, place: tuple[str | int, ...], rows: pd.DataFrame, fits: int) -> Need:
    seconds, memory = builder.estimate_seconds(rows), builder.estimate_memory(rows)
    return Need(place, builder.kind, len(rows), seconds, _PAIRS, memory, builder.for_many_rows, fits)


def _of_target(spec: RecipeModel, place: tuple[str | int, ...], n_rows: int, n_targets: int, fits: int) -> Need:
    target = build_plugin(TARGETS, spec.target, {})
    seconds = target.estimate_seconds(n_rows, n_targets)
    times = target.estimate_seconds(2 * n_rows, n_targets) / seconds if seconds else 1.0
    memory = target.estimate_memory(n_rows, n_targets)
    where = ("target",) if spec.entry.target is None else (*place, "target")
    return Need(where, target.kind, n_rows, seconds, times, memory, target.for_many_rows, fits, "rows or targets")


def _of_model(spec: RecipeModel, place: tuple[str | int, ...], n_rows: int, n_targets: int, fits: int) -> Need:
    first = spec.with_values({key: values[0] for key, values in spec.entry.choose.items()})
    n_outputs = foreseen_outputs(first, n_rows, n_targets)
    model = build_plugin(MODELS, first.entry, {"random_state": 0, "blocks": None})
    seconds = model.estimate_seconds(n_rows, 1, n_outputs)
    times = model.estimate_seconds(2 * n_rows, 1, n_outputs) / seconds if seconds else 1.0
    memory = model.estimate_memory(n_rows, 1, n_outputs)
    return Need(place, first.entry.kind, n_rows, seconds, times, memory, model.for_many_rows, fits)


def _gib(size: float) -> str:
    return f"{size / 2**30:,.3g} GiB"
