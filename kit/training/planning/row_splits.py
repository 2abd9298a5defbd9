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
from kit.splits.together import folds_of_keys

FINAL = "final"
"""The name and directory of the split that hides nothing: all training rows."""


@dataclass(frozen=True, eq=False)
class RowSplit:
    """Training rows, and the rows that were hidden from them.

    Attributes:
        name: How messages call it: a fold's name, or `FINAL`.
        directory: How files call it.
        train: Positions of the training rows.
        validation: Positions of the hidden rows; empty where the test rows are what is hidden.
        weight: The weight of its validation rows together.
        fold: Which of the recipe's folds it is, counted from 0; None for all rows, and for folds inside of a fold.
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
        """The directory of the recipe's fold, or of all rows, inside of which it was made; its own if it is one."""
        return self.directory.partition(".")[0]

    @property
    def predicts_test(self) -> bool:
        """Whether what is fitted on it predicts the test rows; a fold inside of a fold serves that fold alone."""
        return self.is_final or self.fold is not None


def fold_directory(index: int) -> str:
    """Return the name that a fold of the recipe has in paths, such as ``fold=2``."""
    return f"fold={index}"


def fold_split(index: int, fold: Fold) -> RowSplit:
    """Return a fold of the recipe as a row split."""
    return RowSplit(fold.name, fold_directory(index), fold.train, fold.validation, fold.weight, index)


def final_split(n_rows: int) -> RowSplit:
    """Return the split of all training rows."""
    every = np.arange(n_rows)
    return RowSplit(FINAL, FINAL, every, every[:0])


def inner_splits(
    split: RowSplit, splitter: PluginConfig, label: str, competition: Competition, seed: int
) -> tuple[RowSplit, ...]:
    """Divide the training rows of a split once more, as for choices or out-of-fold predictions inside of a fold.

    Args:
        split: The row split.
        splitter: Sees the split's training rows and their targets alone.
        label: What the inner splits are for; it names their files.
        competition: The tables.
        seed: The recipe's seed.

    Raises:
        InputError: The rows do not allow the folds.
    """
    rows = competition.rows.iloc[split.train].reset_index(drop=True)
    supplied = {"random_state": seed} | competition.without_targets
    try:
        built = build_plugin(SPLITTERS, splitter, supplied)
        folds = folds_of_keys(built, rows, np.array(competition.Y[split.train]), replicated_keys(competition))
    except InputError as error:
        raise InputError(
            f"inside of {split.name!r} ({len(rows)} rows, {label}) there are no folds: {error}; name another splitter "
            "for what lies inside of folds (folds.inner), or for a stage's own features (out_of_fold)"
        ) from error
    return tuple(
        RowSplit(
            name=f"{split.name}, {label} {index}",
            directory=f"{split.directory}.{label}={index}",
            train=split.train[fold.train],
            validation=split.train[fold.validation],
            weight=fold.weight,
        )
        for index, fold in enumerate(folds)
    )


def replicated_keys(competition: Competition) -> list[str]:
    """Return the columns that replicates share; none where no two rows are replicates."""
    columns = competition.config.columns
    return [] if columns.replicate is None or columns.average_replicates else columns.keys


def require_every_row(split: RowSplit, inner: tuple[RowSplit, ...], splitter: PluginConfig) -> None:
    """Check that inner splits hide every training row of their split at least once.

    Args:
        split: The split.
        inner: The splits that the splitter made of its training rows.
        splitter: The splitter, for the message.

    Raises:
        InputError: They do not; a row without an out-of-fold prediction cannot be a training row of a later stage.
    """
    hidden = np.unique(np.concatenate([fold.validation for fold in inner]))
    if len(hidden) < len(split.train):
        raise InputError(
            f"the splitter {splitter.kind!r} holds out {len(hidden)} of the "
            f"{len(split.train)} training rows of {split.name!r}; a later stage reads this one's predictions, so every "
            "row must be held out once: use kfold or group_kfold"
        )
