"""Carrying out one task: fit, predict, write the task's directory."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from kit.arrays import Ints
from kit.data import Competition
from kit.data.columns import group_labels
from kit.errors import KitError
from kit.files import (
    array_digest,
    digest,
    intact_key,
    new_directory,
    read_json,
    write_array,
    write_json,
)
from kit.metrics.reduced import reduced_mrrmse
from kit.metrics.rowwise import MRRMSE
from kit.targets.base import TARGETS, TargetTransform
from kit.training.fitting.block_store import BlockStore
from kit.training.fitting.choosing import Values, choose_values, freeze_choice
from kit.training.fitting.pipeline import fit_pipeline, fit_target
from kit.training.fitting.resources import peak_memory, reset_peak_memory
from kit.training.fitting.stage_inputs import TrainingRows, prediction_rows, training_rows
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.row_sets import VALIDATION
from kit.training.planning.stages import VARIANCE
from kit.training.planning.tasks import Task
from kit.training.planning.versions import code_digest, plugin_code

METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class Job:
    """A task with all it needs, small enough to be sent to a worker.

    Attributes:
        task: The task.
        spec: Its model.
        competition: The tables (the targets travel as a path, not as numbers).
        run: The run's directory, in which everything that the task takes from earlier stages is finished.
        values: What the folds chose, for a fit on all rows.
        tables: The tables of unlabelled rows that are predicted too.
    """

    task: Task
    spec: RecipeModel
    competition: Competition
    run: Path
    values: Values
    tables: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        task: The task.
        metrics: What it wrote to its metrics file; empty when it failed.
        error: What went wrong, or None.
    """

    task: Task
    metrics: dict[str, Any]
    error: str | None = None


def run_job(job: Job) -> Outcome:
    """Carry out a task with one thread; an error is returned, with its traceback in the run's log directory."""
    try:
        # The limit holds in the main process too, so that one worker and many compute the same bytes.
        with threadpool_limits(1):
            return Outcome(job.task, _run(job))
    except KitError as error:
        return Outcome(job.task, {}, str(error))
    except Exception as error:
        log = job.run / "errors" / (str(job.task.path).replace("/", "_") + ".log")
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(traceback.format_exc(), encoding="utf-8")
        except OSError:
            return Outcome(job.task, {}, traceback.format_exc())
        return Outcome(job.task, {}, f"{type(error).__name__}: {error} (traceback in {log})")


def _run(job: Job) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    reset_peak_memory()
    competition, task = job.competition, job.task
    given = training_rows(competition, task, job.run)
    values = job.values
    if not task.split.is_final:
        # Choices are made on measured rows: a teacher has seen the targets of every one of them.
        measured = given.rows.iloc[: given.original], given.Y[: given.original]
        values = choose_values(job.spec, *measured, task.seed, competition.test)
    spec = freeze_choice(job.spec, values)
    target, target_key = shared_target(job.run, spec, competition, task.split.train, given)
    same_rows = {"data": competition.fingerprint, "code": code_digest(), "rows": array_digest(task.split.train)}
    store = BlockStore(job.run / "features", same_rows | {"target": target_key, "taken": given.key})
    pipeline = fit_pipeline(spec, given.rows, given.Y, task.seed, target, competition.test, store, given.weights)
    metrics: dict[str, Any] = {"values": values, "target": target_key}
    with new_directory(job.run / task.path, task.key) as directory:
        for file, rows in prediction_rows(competition, task, job.tables, job.run).items():
            X = pipeline.matrix(rows)
            Z = pipeline.model.predict(X)
            write_array(directory / file, Z)
            if (predict_variance := getattr(pipeline.model, "predict_variance", None)) is not None:
                write_array(directory / f"{VARIANCE}-{file}", predict_variance(X))
            if file == VALIDATION:
                Y_val = np.array(competition.Y[task.split.validation])
                metrics["reduced"] = reduced_score(target, Y_val, Z, group_labels(rows, spec.group))
        pipeline.save(directory / "model")
        metrics["report"] = pipeline.report()
        metrics |= {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        metrics["peak_bytes"] = peak_memory()
        write_json(directory / METRICS_FILE, metrics)
    return metrics


def reduced_score(target: TargetTransform, Y: np.ndarray, Z_hat: np.ndarray, groups: np.ndarray) -> float:
    """Return the unclipped MRRMSE of predicted coordinates: by the identity where it holds, else at full width."""
    if target.linear:
        return reduced_mrrmse(target.transform(Y, groups), target.residual(Y, groups), Z_hat, Y.shape[1])
    return MRRMSE()(Y, target.inverse_transform(Z_hat, groups))


def shared_target(
    run: Path, spec: RecipeModel, competition: Competition, train: Ints, given: TrainingRows
) -> tuple[TargetTransform, str]:
    """Return the target transform fitted on a set of rows, and its key; it is fitted once a run and kept there."""
    content = {"target": spec.target.model_dump(), "group": spec.group, "rows": array_digest(train)}
    # What a stage only reads does not enter the targets; pseudo-labelled rows do.
    taken = {"taken": given.key} if given.weights is not None else {}
    code = {"code": code_digest(), "plugins": plugin_code([(TARGETS.family, spec.target)])}
    key = digest(content | taken | code | {"data": competition.fingerprint})
    directory = target_directory(run, key)
    if intact_key(directory) != key:
        fitted = fit_target(spec, given.rows, given.Y)
        with new_directory(directory, key) as temporary:
            fitted.save(temporary / "transform")
        return fitted, key
    return load_target(run, key), key


def target_directory(run: Path, key: str) -> Path:
    """Return where a run keeps a fitted target transform."""
    return run / "targets" / key[:16]


def is_intact(run: Path, task: Task) -> bool:
    """Whether a task is finished, and its files and the target transform behind it are as they were written."""
    if intact_key(run / task.path) != task.key:
        return False
    target_key = read_json(run / task.path / METRICS_FILE)["target"]
    return intact_key(target_directory(run, target_key)) == target_key


class TargetTransformCache:
    """The target transforms of a run, each loaded once: many fits share one, and it is as wide as the targets."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._loaded: dict[str, TargetTransform] = {}

    def of(self, task_directory: Path) -> TargetTransform:
        """Return the transform behind a finished task."""
        key = read_json(task_directory / METRICS_FILE)["target"]
        if key not in self._loaded:
            self._loaded[key] = load_target(self._run, key)
        return self._loaded[key]


def load_target(run: Path, key: str) -> TargetTransform:
    """Return a target transform that a task of the run fitted."""
    return TargetTransform.load(target_directory(run, key) / "transform")
