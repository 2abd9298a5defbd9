"""Base class of splitters, and the fold that they return."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from kit.arrays import Floats, Ints
from kit.errors import InputError
from kit.plugins import Plugin, Registry

SPLITTERS: Registry[Splitter] = Registry("splitter", "kit.splitters")


@dataclass(frozen=True)
class Fold:
    """One division of the rows.

    Attributes:
        name: What is held out, for tables ("NK cells", "fold 2").
        train: Positions of the training rows, ascending.
        validation: Positions of the validation rows, ascending; disjoint from ``train``.
        weight: What the fold's validation rows together count in a score over folds.
    """

    name: str
    train: Ints
    validation: Ints
    weight: float

    def __post_init__(self) -> None:
        if not len(self.train) or not len(self.validation):
            empty = "training" if not len(self.train) else "validation"
            raise InputError(f"fold {self.name!r} has no {empty} rows; choose other folds")


class Splitter(Plugin):
    """Divides rows into training and validation rows, like scikit-learn's ``split``; folds have names and weights."""

    @abstractmethod
    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return the folds of the given rows: for each, positions of training and validation rows, a name and a weight.

        Args:
            rows: (n_rows, …) keys and metadata.
            Y: (n_rows, n_targets) targets; only splitters that cluster them need it.

        Raises:
            InputError: The rows do not allow such folds.
        """

    def split(self, rows: pd.DataFrame, Y: Floats | None = None, groups: object = None) -> Iterator[tuple[Ints, Ints]]:
        """Yield (train, validation) positions; ``groups`` is there for scikit-learn's sake, columns name the groups."""
        for fold in self.folds(rows, Y):
            yield fold.train, fold.validation

    def get_n_splits(self, rows: pd.DataFrame, Y: Floats | None = None, groups: object = None) -> int:
        """Return the number of folds."""
        return len(self.folds(rows, Y))
