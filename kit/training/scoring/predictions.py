"""Scoring predictions of test rows against a truth that came later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.config.load import RESOLVED
from kit.config.schema import DataConfig
from kit.data import Competition, Predictions, open_predictions, read_predictions
from kit.data.columns import ALL_ROWS, group_labels
from kit.errors import InputError, StateError
from kit.files import check_intact
from kit.metrics.base import Metric
from kit.metrics.rescale import BestScale, best_scale
from kit.metrics.scores import Scorer, Scores
from kit.submission.submit import SUBMISSION
from kit.training.scoring.evaluation import CEILING, FLOOR, MODEL
from kit.training.scoring.known_rows import KnownRows

PREDICTIONS = "predictions"
"""The member of the table that is scored, beside the floors."""

GIVEN_CEILING = "given"
"""The ceiling that was given as a table."""


@dataclass(frozen=True)
class Scored:
    """Scores of predictions on the rows whose truth is known.

    Attributes:
        scores: The scores of predictions and floors; all rows are of one ``fold``, "truth", and ``row`` is the id.
        scale: The MRRMSE after the single best rescale.
        n_predicted: The number of predicted rows, with a known truth or not.
    """

    scores: Scores
    scale: BestScale
    n_predicted: int


def run_submission(path: Path) -> Path:
    """Return the submission of a run directory, or the path itself when it is a file.

    Raises:
        StateError: The directory is no finished run, or a file in it was changed.
    """
    if not path.is_dir():
        return path
    if not (path / SUBMISSION).is_file():
        raise StateError(
            f"{path} holds no {SUBMISSION}; give a finished run's directory or a predictions file (where a competition "
            "names no rows to predict, `kit predict` makes one)"
        )
    check_intact(path)
    return path / SUBMISSION


def run_configuration(predictions: Path) -> Path | None:
    """Return the resolved configuration of the run or blend that predictions lie in or came from, if that is known.

    A submission is published beside ``runs/`` and ``blends/`` as ``<competition>-<run>.csv``, which leads back to it.
    """
    folder = (predictions if predictions.is_dir() else predictions.parent).resolve()
    name = predictions.stem.removeprefix(f"{folder.name}-")
    for run in (folder, folder / "runs" / name, folder / "blends" / name):
        known = (run / "manifest.json").is_file() or (run / "blend.json").is_file()
        if known and (run / RESOLVED).is_file():
            return run / RESOLVED
    return None


def read_pair(
    predictions: Path, truth: Path, id_column: str, data: DataConfig | None = None, gaps: bool = False
) -> tuple[Predictions, Predictions]:
    """Read predictions and truth with the columns that both have; keys beside the values are passed over.

    Args:
        predictions: The table of predictions.
        truth: The table of true values.
        id_column: The column of the rows' ids in both.
        data: The competition's tables, see `kit.data.read_predictions`.
        gaps: Whether true values may be missing, which are then not scored.

    Raises:
        DataError: A table is damaged, or a common column does not hold finite numbers.
        InputError: The two have no column in common but the id.
    """
    predicted, wanted = (open_predictions(path, data) for path in (predictions, truth))
    offered = set(predicted.candidates)
    common = [name for name in wanted.candidates if name in offered and name != id_column]
    if not common:
        hint = predicted.naming_hint(wanted.candidates) or wanted.naming_hint(predicted.candidates)
        raise InputError(f"{predictions} and {truth} have no target column in common{hint}")
    given = read_predictions(predictions, common, id_column, data=data)
    return given, read_predictions(truth, common, id_column, data=data, allow_nan=gaps)


def known_rows(
    predictions: Predictions,
    truth: Predictions,
    competition: Competition | None = None,
    ceiling: Predictions | None = None,
) -> KnownRows:
    """Return the predicted rows whose ids are in ``truth``, with floors when the competition is given.

    Args:
        predictions: Ids, target names and values.
        truth: The same for the true values, of some or all predicted rows; its targets name the columns compared.
        competition: Gives the rows' groups and the floors, fitted on its training rows.
        ceiling: Values of the same rows that no prediction can be expected to beat: a second measurement, or the
            expectation of a simulated one.

    Raises:
        InputError: An id of the truth was not predicted or has no ceiling, or a target is missing.
    """
    members: list[tuple[str, str, Floats]] = [(PREDICTIONS, MODEL, _taken(predictions, truth, "predictions"))]
    groups: np.ndarray = np.full(len(truth.ids), ALL_ROWS)
    clusters = np.asarray(truth.ids)
    if competition is not None:
        rows = _rows_of(truth.ids, competition)
        groups = group_labels(rows, competition.config.columns.group)
        if competition.config.columns.compound is not None:
            clusters = rows[competition.config.columns.compound].astype(str).to_numpy()
        columns = _positions(truth.targets, competition.targets, f"a target of {competition.config.competition}")
        config = competition.config
        floors = config.problem.floors(config.columns, competition.rows, np.array(competition.Y), rows)
        for name, values in floors:
            members.append((name, FLOOR, values[:, columns]))
    if ceiling is not None:
        members.append((GIVEN_CEILING, CEILING, _taken(ceiling, truth, "values of the ceiling")))
    return KnownRows("truth", truth.ids, groups, clusters, 1.0, truth.values, members)


def score_predictions(
    predictions: Predictions, truth: Predictions, metric: Metric, competition: Competition | None = None
) -> Scored:
    """Score the predicted rows whose ids are in ``truth``, with floors when the competition is given.

    Args:
        predictions: As in `known_rows`.
        truth: As in `known_rows`.
        metric: The competition's metric.
        competition: As in `known_rows`.

    Raises:
        InputError: As in `known_rows`.
    """
    known = known_rows(predictions, truth, competition)
    _, _, taken = known.members[0]
    scores = known.scores(Scorer(metric, known.clusters))
    return Scored(scores, best_scale(truth.values, taken), len(predictions.ids))


def _taken(values: Predictions, truth: Predictions, what: str) -> Floats:
    """Return the values of the truth's rows and columns."""
    position = {value: index for index, value in enumerate(values.ids)}
    missing = [value for value in truth.ids if value not in position]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(truth.ids)} ids of the truth are not among the {what}, the first is "
            f"{missing[0]!r}; are the files of the same competition?"
        )
    columns = _positions(truth.targets, values.targets, f"among the {what}")
    return values.values[np.ix_([position[value] for value in truth.ids], columns)]


def _positions(wanted: Sequence[str], names: Sequence[str], where: str) -> list[int]:
    position = {name: index for index, name in enumerate(names)}
    missing = [name for name in wanted if name not in position]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(wanted)} columns of the truth are not {where}, the first is {missing[0]!r}; "
            "are the files of the same competition?"
        )
    return [position[name] for name in wanted]


def _rows_of(ids: Sequence[str], competition: Competition) -> pd.DataFrame:
    column = competition.config.columns.id
    test = competition.test.set_index(competition.test[column].astype(str))
    unknown = [value for value in map(str, ids) if value not in test.index]
    if unknown:
        raise InputError(f"the truth's id {unknown[0]!r} is no test row of {competition.config.competition}")
    return test.loc[[str(value) for value in ids]].reset_index(drop=True)
