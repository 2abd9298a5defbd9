"""The out-of-fold predictions of several runs, fold by fold, and blends that are fitted on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.base import clone

from kit.arrays import Floats, Ints
from kit.blending.finished_run import FinishedRun
from kit.blends import Blend, RowGram, fit_on_folds, fits_on_gram
from kit.data import Competition
from kit.data.columns import group_labels


@dataclass(frozen=True, eq=False)
class FoldEntries:
    """A fold's out-of-fold predictions.

    Attributes:
        name: The fold's name.
        weight: What its rows together count.
        rows: Positions of its validated rows in the training table.
        train: Positions of its training rows.
        entries: The places of its rows among the out-of-fold predictions.
        others: The entries of the other folds, those of rows that this fold validates too left out.
    """

    name: str
    weight: float
    rows: Ints
    train: Ints
    entries: Ints
    others: Ints


class OutOfFold:
    """The out-of-fold predictions of runs with the same folds.

    Args:
        runs: The runs by the members' names.
        competition: The tables.
    """

    def __init__(self, runs: Mapping[str, FinishedRun], competition: Competition) -> None:
        first = next(iter(runs.values()))
        self.runs = runs
        self.folds = tuple(_folds(first))
        self._competition = competition
        lines = first.validated()
        self.rows: Ints = lines["row"].to_numpy()
        sizes = lines.groupby("fold")["row"].transform("size")
        self.weights = (lines["weight"] / sizes).to_numpy()
        self.groups = group_labels(competition.rows.iloc[self.rows], competition.config.columns.group)

    def predictions(self, entries: Ints) -> dict[str, Floats]:
        """Return every member's predictions of some entries, in memory."""
        return {name: np.array(run.oof[entries]) for name, run in self.runs.items()}

    def targets(self, entries: Ints) -> Floats:
        """Return the (n, n_targets) targets of some entries."""
        return np.array(self._competition.Y[self.rows[entries]])

    @cached_property
    def _fold_of_entry(self) -> Ints:
        """(n_entries,) the number of each entry's fold."""
        numbers = np.empty(len(self.rows), dtype=np.intp)
        for number, fold in enumerate(self.folds):
            numbers[fold.entries] = number
        return numbers

    @cached_property
    def gram(self) -> RowGram:
        """The inner products of all entries, computed fold by fold."""
        parts = [RowGram.of(self.predictions(fold.entries), self.targets(fold.entries)) for fold in self.folds]
        joined = RowGram.join(parts)
        order = np.argsort(np.concatenate([fold.entries for fold in self.folds]))
        return joined.select_rows(order)

    def fit(self, blend: Blend, entries: Ints, names: Sequence[str] | None = None) -> Blend:
        """Return a clone of the blend, fitted on some entries of some members; unfitted where it learns nothing.

        Args:
            blend: The blend.
            entries: The entries to learn from; their weights and groups are those of the folds.
            names: The members (default: all).
        """
        names = list(self.runs) if names is None else list(names)
        copy: Blend = clone(blend)
        if not blend.learns:
            return copy
        weights, groups = self.weights[entries], self.groups[entries]
        if fits_on_gram(copy):
            return copy.fit_gram(self.gram.select(names).select_rows(entries), weights, groups)
        predictions = self.predictions(entries)
        chosen = {name: predictions[name] for name in names}
        return fit_on_folds(copy, chosen, self.targets(entries), weights, groups, self._fold_of_entry[entries])


def _folds(run: FinishedRun) -> Iterator[FoldEntries]:
    lines = run.validated()
    for number, of_fold in run.folds.groupby("fold", sort=True):
        entries = np.flatnonzero(lines["fold"] == number)
        rows = lines["row"].to_numpy()[entries]
        # A row validated in several folds must not teach its own blend through another one's entry.
        others = np.flatnonzero((lines["fold"] != number) & ~lines["row"].isin(rows))
        train: pd.DataFrame = of_fold[of_fold["part"] == "train"]
        first = of_fold.iloc[0]
        yield FoldEntries(str(first["name"]), float(first["weight"]), rows, train["row"].to_numpy(), entries, others)
