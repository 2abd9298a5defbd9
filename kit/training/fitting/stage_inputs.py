"""The inputs of a fit from earlier stages: their predictions as columns of its rows, and pseudo-labelled rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats, Ints
from kit.classes import likeliest, margins
from kit.data import Competition
from kit.data.checks import rows_among
from kit.features.stage_predictions import with_predictions
from kit.files import digest, finished_key, read_array
from kit.large import room, stacked, take_rows
from kit.training.planning.row_sets import VALIDATION, pseudo_label_file, row_sets
from kit.training.planning.row_splits import RowSplit
from kit.training.planning.stages import AGREEMENT, MARGIN, VARIANCE, Teaching
from kit.training.planning.tasks import Task, output_path


@dataclass(frozen=True)
class TrainingRows:
    """The training rows of a task.

    Attributes:
        rows: (n_rows, …) keys and metadata, with the predictions of the stages that it reads.
        Y: (n_rows, n_targets) float32 targets.
        original: The number of rows with measured targets; they come first.
        weights: (n_rows,) the rows' weights; None where all are 1. A pseudo-labelled row's is relative to their mean.
        key: A digest of what other stages contribute; empty where they contribute nothing.
    """

    rows: pd.DataFrame
    Y: Floats
    original: int
    weights: Doubles | None
    key: str


def training_rows(competition: Competition, task: Task, run: Path) -> TrainingRows:
    """Return the rows that a task is fitted on: its split's, and below them the pseudo-labelled ones that are kept.

    Args:
        competition: The tables.
        task: The task; the stages that it reads, or that teach it, are finished in ``run``.
        run: The run's directory.
    """
    split = task.split
    rows = competition.rows.iloc[split.train].reset_index(drop=True)
    Y = take_rows(competition.Y, split.train)
    for stage, inner in task.reads.items():
        rows = with_predictions(rows, stage, _out_of_fold(run, stage, split, inner))
    key, own = _key(run, task), competition.weights
    own = None if own is None else own[split.train]
    if task.teaching is None:
        return TrainingRows(rows, Y, len(rows), own, key)
    file = pseudo_label_file(split, task.teaching.table)
    tables = () if task.teaching.table is None else (task.teaching.table,)
    extra = prediction_rows(competition, task, tables, run)[file]
    labels = read_output(run, task.teaching.stage, split, file)
    new = np.flatnonzero(~rows_among(extra, rows, competition.config.columns.keys))
    kept = new[_kept(run, task.teaching, split, file, new, labels)]
    taught = likeliest(labels[kept]) if task.teaching.hard else labels[kept]
    extra = extra.iloc[kept]
    all_rows = pd.concat([rows, extra[[name for name in extra.columns if name in rows.columns]]], ignore_index=True)
    measured = np.ones(len(rows)) if own is None else own
    weights = np.concatenate([measured, _weights(run, task.teaching, split, file, kept)])
    return TrainingRows(all_rows, stacked([Y, taught], len(all_rows)), len(rows), weights, key)


def prediction_rows(
    competition: Competition, task: Task, tables: tuple[Path, ...], run: Path
) -> dict[str, pd.DataFrame]:
    """Return the rows that a task predicts, with the predictions of the stages that it reads.

    Args:
        competition: The tables.
        task: The task; the stages that it reads are finished in ``run``.
        tables: The tables of unlabelled rows that it predicts too.
        run: The run's directory.

    Returns:
        The rows, numbered from 0, by the file of their predictions.
    """
    sets = row_sets(competition, task.split, tables)
    for stage in task.reads:
        sets = {
            file: with_predictions(rows, stage, read_output(run, stage, task.split, file))
            for file, rows in sets.items()
        }
    return sets


def read_output(run: Path, stage: str, split: RowSplit, file: str) -> Floats:
    """Return the (n_rows, n_targets) predictions that a stage, fitted on a split, wrote for the rows of a file."""
    return read_array(run / output_path(stage, split) / file)


def _out_of_fold(run: Path, stage: str, split: RowSplit, inner: tuple[RowSplit, ...]) -> Floats:
    """Return the (n_rows, n_targets) out-of-fold predictions that a stage makes of a split's training rows.

    A row that several inner splits hide gets the mean of what they predict.
    """
    total: np.ndarray | None = None
    times = np.zeros(len(split.train))
    order = np.argsort(split.train)
    for fold in inner:
        values = read_output(run, stage, fold, VALIDATION)
        positions = order[np.searchsorted(split.train, fold.validation, sorter=order)]
        if total is None:
            total = room((len(split.train), values.shape[1]))
            total[:] = 0
        total[positions] += values
        times[positions] += 1
    assert total is not None
    if (times > 1).any():
        total /= times[:, None].astype(np.float32)
    return total


def _kept(run: Path, teaching: Teaching, split: RowSplit, file: str, rows: Ints, labels: Floats) -> np.ndarray:
    """Return for each of some rows of a file whether the teaching stage, with its labels, is sure enough of it."""
    kept = np.ones(len(rows), dtype=bool)
    keep = teaching.keep
    for name, share in ((AGREEMENT, keep.agreement), (VARIANCE, keep.variance), (MARGIN, keep.margin)):
        if share is None:
            continue
        # Among these rows alone: the teacher has learnt measured rows by heart and is surest of them.
        of_all = -margins(labels) if name == MARGIN else _measured(run, teaching, split, file, name)
        unsure = of_all[rows]
        surest = np.zeros(len(unsure), dtype=bool)
        surest[np.argsort(unsure, kind="stable")[: max(1, round(share * len(unsure)))]] = True
        kept &= surest
    return kept


def _weights(run: Path, teaching: Teaching, split: RowSplit, file: str, rows: Ints) -> Doubles:
    """Return the weights of the pseudo-labelled rows that are kept."""
    weights: Doubles = np.full(len(rows), teaching.weight)
    if teaching.by_variance:
        variances = _measured(run, teaching, split, file, VARIANCE)[rows]
        # A variance of 0 would count without bound.
        precisions = 1 / np.maximum(variances, 1e-9 * variances.max(initial=0) or 1.0)
        weights *= precisions / precisions.mean()
    return weights


def _measured(run: Path, teaching: Teaching, split: RowSplit, file: str, measure: str) -> Doubles:
    """Return how unsure the teaching stage is of each row of a file."""
    return read_array(run / output_path(teaching.stage, split) / f"{measure}-{file}")


def _key(run: Path, task: Task) -> str:
    """Return a digest of what the transforms and blocks of a task depend on besides its split's rows; empty if none."""
    sources, taught = output_paths(task), task.teaching
    content: dict[str, Any] = {}
    if taught is not None:
        content = {"keep": taught.keep.model_dump(), "hard": taught.hard}
        content["rows"] = pseudo_label_file(task.split, taught.table)
    if not sources:
        return ""
    return digest(content | {"keys": [finished_key(run / path) for path in sources]})


def output_paths(task: Task) -> list[PurePosixPath]:
    """Return the directories of earlier stages, within the run, that a task reads."""
    sources = [(stage, split) for stage, inner in task.reads.items() for split in (task.split, *inner)]
    if task.teaching is not None:
        sources.append((task.teaching.stage, task.split))
    return [output_path(stage, split) for stage, split in sources]
