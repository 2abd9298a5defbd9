"""Pieces of the training rows, by which the scores of trials are compared: rows of one compound lie in one piece.

The rows of a compound, in whatever folds, are no independent witnesses; a bootstrap draws them together. A study has
too many trials to keep every row's score of each, so compounds (or rows, where there are none) are put into a few
pieces, the same ones in every trial.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Ints
from kit.data import Competition
from kit.training.scoring.evaluation import cluster_labels
from kit.tuning.trials.pruning import row_blocks

MOST = 32
"""The most pieces."""


def pieces(competition: Competition) -> Ints:
    """Return (n_rows,) the piece of every training row, counted from 0."""
    names, codes = np.unique(cluster_labels(competition), return_inverse=True)
    of_name = np.empty(len(names), dtype=np.int64)
    for piece, members in enumerate(row_blocks(np.arange(len(names)), min(len(names), MOST))):
        of_name[members] = piece
    return np.asarray(of_name[codes])


def added(
    competition: Competition, folds: Sequence[pd.DataFrame], weights: Sequence[float], column: str | None = "score"
) -> Doubles:
    """Return (n_pieces,) what each piece adds to the mean over folds.

    Args:
        competition: The tables.
        folds: The validated rows of every fold: ``row`` and the column.
        weights: What the folds count.
        column: What is added up, such that the sum over pieces is its mean over folds; None: ones, which gives the
            pieces' shares.
    """
    piece = pieces(competition)
    total = np.zeros(piece.max() + 1)
    for table, weight in zip(folds, np.asarray(weights) / np.sum(weights), strict=True):
        values = np.ones(len(table)) if column is None else table[column].to_numpy(np.float64)
        total += weight * np.bincount(piece[table["row"]], values, minlength=len(total)) / len(table)
    return total
