"""Every metric of the field between floor and ceiling: of a run's out-of-fold predictions, or of test rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data import Competition, Predictions
from kit.errors import InputError, did_you_mean
from kit.metrics.calibration import calibrate, calibrated_table, field_metrics
from kit.metrics.scores import Scorer, Scores
from kit.training.scoring.evaluation import CEILING, FLOOR, MODEL, ceilings, cluster_labels
from kit.training.scoring.known_rows import KnownRows
from kit.training.scoring.predictions import PREDICTIONS, known_rows
from kit.training.workspace import Workspace

OUT_OF_FOLD = "out of fold"
"""The member that is a run's out-of-fold predictions."""

REPLICATES, NO_NOISE, PERFECT = "replicates", "no noise", "perfect"
"""The names of ceilings: a second measurement, the expectation of a simulated one, no error at all."""


def field_scores(parts: Iterable[KnownRows], labels: Sequence[str] | np.ndarray) -> list[Scores]:
    """Return the scores of all members by each metric of the field.

    Args:
        parts: The folds, each with the predictions of members, floors and ceilings; one is held at a time.
        labels: The labels of all rows of all parts: rows of one label (compound) are drawn together.
    """
    scorers: list[Scorer] = []
    scores: list[list[Scores]] = []
    for part in parts:
        if not scorers:
            scorers = [Scorer(metric, labels, alone=True) for metric in field_metrics(part.Y.shape[1])]
        clusters = np.tile(part.clusters, len(part.members))
        scores.append([part.scores(scorer).of_seed(0, clusters) for scorer in scorers])
    return [Scores.join(of_metric) for of_metric in zip(*scores, strict=True)]


def calibration_table(scores: Sequence[Scores], member: str, floor: str | None = None) -> pd.DataFrame:
    """Return the field's metrics of a member between floor and ceiling, one line a metric.

    Args:
        scores: What `field_scores` returned.
        member: The member's name.
        floor: The name of the floor (default: for each metric the best one).

    Raises:
        InputError: There is no floor of that name.
    """
    lines = []
    for of_metric in scores:
        floors_of = of_metric.where(kind=FLOOR)
        if floor is not None:
            names = floors_of.rows["member"].unique().tolist()
            if floor not in names:
                raise InputError(f"no floor {floor!r}{did_you_mean(floor, names)}; there are: {', '.join(names)}")
            floors_of = floors_of.where(member=floor)
        own = of_metric.where(member=member)
        lines.append(calibrate(own, floors_of, of_metric.where(kind=CEILING)))
    return calibrated_table(lines)


def calibrated_run(
    workspace: Workspace, oof: Floats, replicates: Sequence[str] = (), floor: str | None = None
) -> pd.DataFrame:
    """Return the field's metrics of a run's out-of-fold predictions between floor and ceiling, one line a metric.

    Args:
        workspace: As in `known_rows_of_runs`.
        oof: (n_entries, n_targets) its out-of-fold predictions, fold after fold.
        replicates: As in `known_rows_of_runs`.
        floor: As in `calibration_table`.

    Raises:
        InputError: As in both.
    """
    parts = known_rows_of_runs(workspace, {OUT_OF_FOLD: oof}, replicates)
    return calibration_table(field_scores(parts, cluster_labels(workspace.competition)), OUT_OF_FOLD, floor)


def calibrated_runs(workspace: Workspace, oof: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the field's metrics of several runs on the same folds, between the same floors and ceilings.

    Args:
        workspace: One of the runs.
        oof: As in `known_rows_of_runs`.

    Returns:
        One line a run and metric: ``member`` and the attributes of `kit.metrics.calibration.Calibrated`.
    """
    # Numbered, since a run may be called what a floor is.
    members = {f"{OUT_OF_FOLD} {number}": values for number, values in enumerate(oof.values())}
    scores = field_scores(known_rows_of_runs(workspace, members, alone=False), cluster_labels(workspace.competition))
    tables = [calibration_table(scores, member).assign(member=name) for name, member in zip(oof, members, strict=True)]
    return pd.concat(tables, ignore_index=True)


def calibrated_test_rows(
    predictions: Predictions,
    truth: Predictions,
    competition: Competition,
    ceiling: Predictions | None = None,
    floor: str | None = None,
) -> pd.DataFrame:
    """Return the field's metrics of predicted test rows between floor and ceiling, one line a metric.

    Args:
        predictions: As in `kit.training.scoring.predictions.known_rows`.
        truth: As there.
        competition: As there.
        ceiling: As there; without it, no error at all is the ceiling.
        floor: As in `calibration_table`.

    Raises:
        InputError: As in both.
    """
    known = _with_ceiling(known_rows(predictions, truth, competition, ceiling))
    return calibration_table(field_scores([known], known.clusters), PREDICTIONS, floor)


def known_rows_of_runs(
    workspace: Workspace, oof: Mapping[str, Floats], replicates: Sequence[str] = (), alone: bool = True
) -> Iterator[KnownRows]:
    """Yield the folds of finished runs with their out-of-fold predictions, floors and a ceiling.

    The ceiling is the best that is known: replicates (the mean of the other rows with the same keys) where every row
    has one or ``replicates`` says what tells them apart, else the expectation of simulated targets, else what the
    target transform alone loses, else no error at all.

    Args:
        workspace: A run.
        oof: (n_entries, n_targets) out-of-fold predictions, fold after fold, of this run or of several on its folds,
            by the names of their members.
        replicates: Key columns in which replicates differ (donor, plate): rows that have none are left out.
        alone: Whether what the run's target transform loses may be the ceiling: it is none of other runs.

    Raises:
        InputError: A column is no key, or no row has a replicate.
    """
    competition = workspace.competition
    clusters = cluster_labels(competition)
    again = _replicates(competition, replicates)
    start = 0
    for split in workspace.plan.folds:
        train_rows, Y_train = workspace.select_rows(split.train)
        rows, Y = workspace.select_rows(split.validation)
        groups = workspace.group_labels(rows)
        members = [(name, MODEL, np.array(values[start : start + len(Y)])) for name, values in oof.items()]
        start += len(Y)
        members += [
            (name, FLOOR, values)
            for name, values in workspace.recipe.problem.floors(workspace.recipe.columns, train_rows, Y_train, rows)
        ]
        known = dict(ceilings(workspace, split, Y, groups))
        taken = np.ones(len(Y), dtype=bool)
        if again is not None:
            taken = again[1][split.validation]
            members.append((REPLICATES, CEILING, again[0][split.validation]))
        elif REPLICATES in known:
            members.append((REPLICATES, CEILING, known[REPLICATES]))
        elif NO_NOISE in known:
            members.append((NO_NOISE, CEILING, known[NO_NOISE]))
        elif alone:
            # Of a transform that all models have in common; one model without it can be perfect.
            members += [(name, CEILING, values) for name, values in known.items() if name.endswith(" alone")]
        if not taken.any():
            continue
        part = KnownRows(
            fold=split.name,
            rows=split.validation[taken],
            groups=groups[taken],
            clusters=clusters[split.validation][taken],
            weight=split.weight / int(taken.sum()),
            Y=Y[taken],
            members=[(name, of_kind, values[taken]) for name, of_kind, values in members],
        )
        yield _with_ceiling(part)


def _with_ceiling(known: KnownRows) -> KnownRows:
    """Return rows with a ceiling: where they have none, no error at all is one."""
    if any(kind == CEILING for _, kind, _ in known.members):
        return known
    return replace(known, members=[*known.members, (PERFECT, CEILING, known.Y)])


def _replicates(competition: Competition, differ_in: Sequence[str]) -> tuple[Floats, np.ndarray] | None:
    """Return (n_rows, n_targets) the mean of each row's replicates, and (n_rows,) whether it has one.

    None where nothing was asked for and some row has none.
    """
    keys = competition.config.columns.keys
    for column in differ_in:
        if column not in keys:
            raise InputError(
                f"{column!r} is no key column{did_you_mean(column, keys)}; replicates are told apart by a column of "
                f"columns.keys ({', '.join(keys)})"
            )
    same = [key for key in keys if key not in differ_in]
    if not same and not differ_in:
        return None  # rows that are named by their number
    if not same:
        raise InputError(f"replicates need a key that they share; the keys are {', '.join(keys)}")
    codes = competition.rows.groupby(same, sort=False, observed=True, dropna=False).ngroup().to_numpy()
    others = np.bincount(codes)[codes] - 1
    if not differ_in and not others.all():
        return None
    if not others.any():
        raise InputError(f"no two rows have the same {', '.join(same)}: the table has no replicates")
    means = np.zeros(competition.Y.shape, dtype=np.float32)
    for code in np.unique(codes[others > 0]):
        mine = np.flatnonzero(codes == code)
        values = np.array(competition.Y[mine], dtype=np.float64)
        means[mine] = (values.sum(axis=0) - values) / (len(mine) - 1)
    return means, others > 0
