"""Sets of training rows, each with the rows that are hidden from it: folds, inner folds, and all rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.arrays import Ints
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig
from kit.data import Competition
from kit.errors import InputError
from kit.splits.base import SPLITTERS, Fold

FINAL = "final"
"""The part that is fitted on all training rows."""


@dataclass(frozen=True, eq=False)
class RowSplit:
    """Training rows, and the rows that were hidden from them.

    Attributes:
        name: How messages call it: a fold's name, or `FINAL`.
        directory: How files call it.
        train: Positions of the training rows.
        validation: Positions of the hidden rows; empty where the test rows are what is hidden.
        weight: The weight of its validation rows together.
        fold: The position of the recipe's fold that it is; None for all rows, and for folds inside of a part.
    """

    name: str
    directory: str
    train: Ints
    validation: Ints
    weight: float = 1.0
    fold: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether it has all training rows."""
        return self.directory == FINAL

    @property
    def outermost(self) -> str:
        """The directory of the fold, or of all rows, that the part lies in or is."""
        return self.directory.partition(".")[0]

    @property
    def predicts_test(self) -> bool:
        """Whether the test rows are predicted with it; what lies inside of a part is for that part alone."""
        return self.is_final or self.fold is not None


def fold_directory(index: int) -> str:
    """Return how files call a fold of the recipe."""
    return f"fold={index}"


def fold_split(index: int, fold: Fold) -> RowSplit:
    """Return the part that a fold of the recipe is."""
    return RowSplit(fold.name, fold_directory(index), fold.train, fold.validation, fold.weight, index)


def final_split(n_rows: int) -> RowSplit:
    """Return the part of all training rows."""
    every = np.arange(n_rows)
    return RowSplit(FINAL, FINAL, every, every[:0])


def inner_splits(
    part: RowSplit, splitter: PluginConfig, label: str, competition: Competition, seed: int
) -> tuple[RowSplit, ...]:
    """Return the parts that a splitter makes of a part's training rows.

    Args:
        part: The part.
        splitter: The splitter, which sees the part's training rows and their targets alone.
        label: What the inner parts are for; it names their files.
        competition: The tables.
        seed: The recipe's seed.

    Raises:
        InputError: The rows do not allow the folds.
    """
    rows = competition.rows.iloc[part.train].reset_index(drop=True)
    supplied = {"random_state": seed, "test_rows": competition.test}
    try:
        folds = build_plugin(SPLITTERS, splitter, supplied).folds(rows, np.array(competition.Y[part.train]))
    except InputError as error:
        raise InputError(
            f"inside of {part.name!r} ({len(rows)} rows, {label}) there are no folds: {error}; name another splitter "
            "for what lies inside of folds (folds.inner), or for a stage's own features (out_of_fold)"
        ) from error
    return tuple(
        RowSplit(
            name=f"{part.name}, {label} {index}",
            directory=f"{part.directory}.{label}={index}",
            train=part.train[fold.train],
            validation=part.train[fold.validation],
            weight=fold.weight,
        )
        for index, fold in enumerate(folds)
    )


def require_every_row(part: RowSplit, inner: tuple[RowSplit, ...], stage: str, splitter: PluginConfig) -> None:
    """Check that inner parts hide every training row of their part at least once.

    Raises:
        InputError: They do not; a row without an out-of-fold prediction cannot be a training row of a later stage.
    """
    hidden = np.unique(np.concatenate([one.validation for one in inner]))
    if len(hidden) < len(part.train):
        raise InputError(
            f"stages.{stage}.out_of_fold: the splitter {splitter.kind!r} holds out {len(hidden)} of the "
            f"{len(part.train)} training rows of {part.name!r}; a later stage reads this one's predictions, so every "
            "row must be held out once: use kfold or group_kfold"
        )
