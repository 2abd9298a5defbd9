"""Carrying out one task: fit, predict, write the task's directory."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.data import Competition
from kit.data.columns import group_labels
from kit.errors import DiskError, InputError, KitError, StateError
from kit.files import array_digest, new_directory, write_array, write_json
from kit.gaps import has_gaps
from kit.large import take_rows
from kit.metrics.base import Metric, metric_name
from kit.metrics.groupwise import score
from kit.metrics.reduced import reduced_mean
from kit.metrics.rowwise import MRRMSE
from kit.models.base import PredictsVariance
from kit.noticed import collected
from kit.plugins import REGRESSION
from kit.targets.base import TargetTransform
from kit.threads import one_thread
from kit.training.fitting.block_store import BlockStore
from kit.training.fitting.choosing import Values, choose_values, freeze_choice
from kit.training.fitting.kept_fits import counting_taken
from kit.training.fitting.pipeline import Pipeline, fit_pipeline
from kit.training.fitting.resources import peak_memory, reset_peak_memory
from kit.training.fitting.stage_inputs import prediction_rows, training_rows
from kit.training.fitting.target_store import shared_target
from kit.training.planning.recipe_model import RecipeModel
from kit.training.planning.row_sets import VALIDATION
from kit.training.planning.stages import VARIANCE
from kit.training.planning.tasks import METRICS_FILE, Task
from kit.training.planning.versions import code_digest


@dataclass(frozen=True)
class Job:
    """A task with all it needs, small enough to be sent to a worker.

    Attributes:
        task: The task.
        spec: Its model.
        competition: The tables (the targets travel as a path, not as numbers).
        run: The run's directory, in which everything that the task takes from earlier stages is finished.
        metric: The recipe's metric, by which open parameters are chosen.
        values: What the folds chose, for a fit on all rows.
        place: Where in the recipe the model stands.
        tables: The tables of unlabelled rows that are predicted too.
    """

    task: Task
    spec: RecipeModel
    competition: Competition
    run: Path
    metric: Metric
    values: Values
    place: tuple[str, ...]
    tables: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of a task.

    Attributes:
        task: The task.
        metrics: The content of its metrics file; empty when it failed.
        warnings: What it warned of, also in its metrics file.
        error: What went wrong, or None.
        wrong_input: Whether that is the input's fault, so that no repetition helps.
        place: For wrong input, where in the recipe the reason stands.
        disk: Whether the disk was full or failed.
    """

    task: Task
    metrics: dict[str, Any]
    warnings: tuple[str, ...] = ()
    error: str | None = None
    wrong_input: bool = False
    place: tuple[str | int, ...] = ()
    disk: bool = False


def run_job(job: Job) -> Outcome:
    """Carry out a task with one thread; an error is returned, with its traceback in the run's log directory."""
    with collected() as warned:
        try:
            # The limit holds in the main process too, so that one worker and many compute the same bytes.
            with one_thread():
                metrics = _run(job, warned)
        except StateError as error:
            # Something of the run was damaged: the same command makes it again.
            return Outcome(job.task, {}, tuple(warned), str(error))
        except InputError as error:
            place = error.place or job.place
            return Outcome(job.task, {}, tuple(warned), str(error), wrong_input=True, place=place)
        except (DiskError, OSError) as error:
            return Outcome(job.task, {}, tuple(warned), str(error), disk=True)
        except KitError as error:
            return Outcome(job.task, {}, tuple(warned), str(error))
        except Exception as error:
            return Outcome(job.task, {}, tuple(warned), _logged(job, error))
    return Outcome(job.task, metrics, tuple(warned))


def _logged(job: Job, error: Exception) -> str:
    """Write an error's traceback into the run's log directory; return its message."""
    log = job.run / "errors" / f"{job.task.path}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return traceback.format_exc()
    return f"{type(error).__name__}: {error} (traceback in {log})"


def _run(job: Job, warned: list[str]) -> dict[str, Any]:
    """Fit, predict, and write the task's directory; return what its metrics file holds."""
    wall, cpu = time.perf_counter(), time.process_time()
    reset_peak_memory()
    with counting_taken() as taken:
        pipeline, metrics = _fit(job)
    with new_directory(job.run / job.task.path, job.task.key) as directory:
        metrics |= _write_predictions(job, pipeline, directory)
        pipeline.save(directory / "model")
        metrics["report"], metrics["warnings"] = pipeline.report(), warned
        metrics |= {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu + sum(taken)}
        metrics["peak_bytes"] = peak_memory()
        write_json(directory / METRICS_FILE, metrics)
    return metrics


def _fit(job: Job) -> tuple[Pipeline, dict[str, Any]]:
    """Return the fitted pipeline, with the values that it was fitted with and the key of its target transform."""
    competition, task = job.competition, job.task
    given, tables = training_rows(competition, task, job.run), competition.without_targets
    values = job.values
    if not task.split.is_final:
        # Choices are made on measured rows: a teacher has seen the targets of every one of them.
        measured = given.rows.iloc[: given.original], given.Y[: given.original]
        weights = None if given.weights is None else given.weights[: given.original]
        values = choose_values(job.spec, *measured, task.seed, tables, job.metric, weights)
    spec = freeze_choice(job.spec, values)
    target, target_key = shared_target(job.run, spec, competition, task.split.train, given)
    same_rows = {"data": competition.fingerprint, "code": code_digest(), "rows": array_digest(task.split.train)}
    store = BlockStore(job.run / "features", same_rows | {"target": target_key, "taken": given.key})
    pipeline = fit_pipeline(spec, given.rows, given.Y, task.seed, target, tables, store, given.weights)
    chosen_by = {"chosen_by": metric_name(job.metric)} if job.spec.has_choices else {}
    return pipeline, {"values": values, "target": target_key} | chosen_by


def _write_predictions(job: Job, pipeline: Pipeline, directory: Path) -> dict[str, Any]:
    """Write the predicted coordinates of every set of rows; return the reduced score of the hidden rows, if any."""
    scores: dict[str, Any] = {}
    for file, rows in prediction_rows(job.competition, job.task, job.tables, job.run).items():
        X = pipeline.matrix(rows)
        Z = pipeline.model.predict(X)
        write_array(directory / file, Z)
        if isinstance(pipeline.model, PredictsVariance):
            write_array(directory / f"{VARIANCE}-{file}", pipeline.model.predict_variance(X))
        if file == VALIDATION:
            Y = take_rows(job.competition.Y, job.task.split.validation)
            scores["reduced_by"] = reduced_name(job.metric)
            scores["reduced"] = reduced_score(pipeline.target, Y, Z, group_labels(rows, pipeline.group), job.metric)
    return scores


def reduced_name(metric: Metric) -> str:
    """Return what `reduced_score` returns, in words."""
    return "MRRMSE before clipping" if REGRESSION in metric.problems else metric_name(metric)


def reduced_score(
    target: TargetTransform, Y: np.ndarray, Z_hat: np.ndarray, groups: np.ndarray, metric: Metric
) -> float:
    """Return the unclipped MRRMSE of predicted coordinates: by the identity where it holds, else at full width.

    It shows how a run goes, whatever the recipe's metric of values is; nothing is chosen by it. Classes are scored by
    the recipe's own metric.

    Args:
        target: The fitted target transform.
        Y: (n_rows, n_targets) the true targets.
        Z_hat: (n_rows, n_components) predicted coordinates.
        groups: (n_rows,) the rows' group labels.
        metric: The recipe's metric.
    """
    if REGRESSION not in metric.problems:
        return score(metric, Y, target.inverse_transform(Z_hat, groups), groups)
    if target.linear and not has_gaps(Y):
        return reduced_mean(target.transform(Y, groups), target.residual(Y, groups), Z_hat, Y.shape[1])
    return MRRMSE()(Y, target.inverse_transform(Z_hat, groups))
