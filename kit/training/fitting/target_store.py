"""Fitted target transforms: fitted once for every set of training rows, shared by models and, by the cache, by runs."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path

from kit.arrays import Ints
from kit.data import Competition
from kit.errors import at_place
from kit.files import array_digest, digest, intact_key, new_directory, read_json
from kit.targets.base import TARGETS, TargetTransform
from kit.training.fitting.kept_fits import offer, take
from kit.training.fitting.pipeline import fit_target
from kit.training.fitting.stage_inputs import TrainingRows
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.tasks import METRICS_FILE, Task
from kit.training.planning.versions import code_digest, plugin_code

_TRANSFORM = "transform"


def shared_target(
    run: Path, spec: RecipeModel, competition: Competition, train: Ints, given: TrainingRows
) -> tuple[TargetTransform, str]:
    """Return the target transform fitted on a set of rows, from the run's folder or the cache if it was fitted before.

    Args:
        run: The run's directory.
        spec: The model, whose entry says which transform.
        competition: The tables.
        train: (n_rows,) positions of the training rows in the training table.
        given: What the task is fitted on: those rows and, where a stage teaches it, pseudo-labelled ones.

    Returns:
        The transform, and the content key under which it is kept.

    Raises:
        RunError: It cannot be written.
    """
    content = {"target": spec.target.model_dump(), "group": spec.group, "rows": array_digest(train)}
    # What a stage only reads does not enter the targets; pseudo-labelled rows do.
    taken = {"taken": given.key} if given.weights is not None else {}
    code = {"code": code_digest(), "plugins": plugin_code([(TARGETS.family, spec.target)])}
    key = digest(content | taken | code | {"data": competition.fingerprint})
    directory = target_directory(run, key)
    if take("targets", key, directory):
        return load_target(run, key), key
    began = time.process_time()
    with at_place("target") if spec.entry.target is None else nullcontext():
        target = fit_target(spec, given.rows, given.Y)
    seconds = time.process_time() - began
    with new_directory(directory, key) as temporary:
        target.save(temporary / _TRANSFORM)
    offer("targets", key, directory, seconds)
    return target, key


def load_target(run: Path, key: str) -> TargetTransform:
    """Return the target transform that a run keeps under a key."""
    return TargetTransform.load(target_directory(run, key) / _TRANSFORM)


def target_directory(run: Path, key: str) -> Path:
    """Return where a run keeps the target transform of a key."""
    return run / "targets" / key[:16]


def is_intact(run: Path, task: Task) -> bool:
    """Whether a task is finished, and its files and the target transform behind it are as they were written."""
    if intact_key(run / task.path) != task.key:
        return False
    target_key: str = read_json(run / task.path / METRICS_FILE)["target"]
    return intact_key(target_directory(run, target_key)) == target_key


class TargetTransformCache:
    """The target transforms of a run, each loaded once: many fits share one, and it is as wide as the targets.

    Args:
        run: The run's directory.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._loaded: dict[str, TargetTransform] = {}

    def of(self, task_directory: Path) -> TargetTransform:
        """Return the transform behind a finished task."""
        key = read_json(task_directory / METRICS_FILE)["target"]
        if key not in self._loaded:
            self._loaded[key] = load_target(self._run, key)
        return self._loaded[key]
