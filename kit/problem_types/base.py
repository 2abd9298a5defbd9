"""What the kinds of problem have in common: the questions that the road asks of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.splits.twins import Divided


class Roles(Protocol):
    """Which columns of the rows have a meaning of their own; a competition file's ``columns`` says it."""

    @property
    def group(self) -> str | None:
        """The group (the cell type)."""

    @property
    def compound(self) -> str | None:
        """The compound."""

    @property
    def sets(self) -> Mapping[str, Any]:
        """The keys that are sets of members."""


class ProblemType(ABC):
    """All that differs between kinds of problem; whoever needs to know asks here, and no other code tells them apart.

    Attributes:
        name: Its name in a competition file (`kit.plugins.problems`).
        defaults: What a competition file or recipe says by default where that depends on the kind of problem, as it
            would be written there.
        reads_labels: Whether a column of labels is what is learnt (``columns.label``), instead of columns of numbers.
            The matrix of targets then has a column a class, 1 where a row is of it.
        measures: Whether targets are measurements, so that their difference to a prediction is an error with a size.
        hands_in: Whether predictions of the test table's rows make a submission.
        teaches: Whether a prediction is of the form of a row's targets, so that rows can be labelled by it.
        names_classes: Whether a prediction is a probability for each class.
    """

    name: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]]
    reads_labels: ClassVar[bool]
    measures: ClassVar[bool] = False
    hands_in: ClassVar[bool] = True
    teaches: ClassVar[bool] = True
    names_classes: ClassVar[bool] = False

    @abstractmethod
    def floors(
        self, columns: Roles, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
    ) -> Iterator[tuple[str, Floats]]:
        """Yield the name of every floor and its predictions, which have learnt next to nothing.

        Args:
            columns: Which columns are the group and the compound; what is not named has no floors.
            rows: (n_rows, …) training rows.
            Y: (n_rows, n_targets) their targets.
            new_rows: (n_new, …) the rows to predict.
        """

    def beside_score(self, Y: Floats, oof: Floats) -> dict[str, Any]:
        """Return what a run's summary says besides its scores, as plain values.

        Args:
            Y: (n_entries, n_targets) targets of validated rows.
            oof: (n_entries, n_targets) their out-of-fold predictions.
        """
        return {}

    def tables(
        self, Y: Floats, oof: Floats, folds: np.ndarray, parts: np.ndarray, targets: Sequence[str]
    ) -> dict[str, pd.DataFrame]:
        """Return the tables that a run keeps beside its scores, by the names of their files without ``.csv``.

        Args:
            Y: (n_entries, n_targets) targets of validated rows.
            oof: (n_entries, n_targets) their out-of-fold predictions.
            folds: (n_entries,) the name of the fold that each is validated in.
            parts: (n_entries,) the group of each, or its fold where rows have no groups.
            targets: The targets' names.
        """
        return {}

    def columns(self, targets: Sequence[str], width: int) -> tuple[str, ...]:
        """Return the names of the columns of predictions.

        Args:
            targets: The targets' names.
            width: The number of columns.
        """
        return tuple(targets)

    def answers(self, predictions: Floats, targets: Sequence[str]) -> np.ndarray | None:
        """Return the (n_rows,) one word that predictions give for each row; None where they are numbers.

        Args:
            predictions: (n_rows, n_targets).
            targets: The targets' names.
        """
        return None

    def fold_warnings(self, folds: Iterable[Divided], Y: Floats, targets: Sequence[str]) -> list[str]:
        """Return what is odd about folds of rows.

        Args:
            folds: The folds.
            Y: (n_rows, n_targets) the targets of all rows.
            targets: Their names.
        """
        return []
