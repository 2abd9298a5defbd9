"""Classes that are given out within a batch of rows: each of them once, as the design of an experiment says."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, Ints, as_matrix, require_columns
from kit.classes import true_classes
from kit.errors import InputError, KitWarning, ParameterError
from kit.plugins import CLASSIFICATION, ColumnOf
from kit.postprocess.base import POSTPROCESSORS
from kit.postprocess.rows import RowsPostprocessor
from kit.values import canonical_texts


@POSTPROCESSORS.register("assign")
@dataclass(eq=False, repr=False)
class Assign(RowsPostprocessor):
    """Gives each class to at most one row of a batch, such as the siRNAs of an experiment.

    The classes of all rows of a batch are chosen together: the assignment with the greatest sum of probabilities, of
    which most rows are expected to be right. (The greatest product would be likelier of true probabilities, but one
    that a model puts to 0 by mistake then decides on all other rows.) Before that, ``balance`` divides each class's
    probabilities by their sum over the batch, since every class is expected there once, however often a model names
    it. The class that a row gets is then its likeliest by a hair: a row that another one took its likeliest class from
    has a margin of about 0, and is no sure pseudo-label. What a row gets thus depends on the rows of its batch that are
    predicted with it, and on no other rows.

    With ``groups: learn``, training rows tell which classes share plates and so are a group. In a new batch every plate
    is given one group, each group once, by the likeliest classes of its rows, and classes of other groups are ruled out
    there. This exploits a leak in the design of the plates, which is no biology: it is said in a warning. It is not
    done where the training plates show no groups, nor in a batch whose second-best division is nearly as good.

    Args:
        within: The columns that name a batch.
        unique: Whether a class is given once in a batch.
        balance: With ``unique``: whether every class counts alike in a batch. Rows that it lacks, for as many rows as
            there are classes, could be of any class.
        groups: ``learn`` learns the groups of classes that share plates; ``none`` does not look at plates.
        plates: With ``groups: learn``: the columns that name a plate in its batch.
        margin: With ``groups: learn``: by how many standard errors more rows must vote for the best division of groups
            among plates than for the second best (as in McNemar's test).

    Attributes:
        n_classes_: The number of classes.
        groups_: (n_classes,) the group of each class, from 0; −1 for a class without training rows, which no plate
            rules out. Without groups, all are of one.

    Source: kernels of the competition Recursion Cellular Image Classification, whose plates hold a group each; one of
    its winning solutions (ngxbac) divides by the classes' sums.
    """

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})

    within: Annotated[Annotated[list[str], MinLen(1)], ColumnOf("label")]
    unique: bool = True
    groups: Literal["none", "learn"] = "none"
    plates: Annotated[Annotated[list[str], MinLen(1)] | None, ColumnOf("label")] = None
    margin: Annotated[float, Ge(0)] = 3.0
    balance: bool = True

    @property
    def batch_of(self) -> list[str]:
        """The columns that name a row's batch."""
        return self.within

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, groups and plates do not go together, or nothing is to be done.
        """
        super().check_parameters()
        if (self.groups == "learn") != (self.plates is not None):
            given = "plates is not given" if self.plates is None else "groups is 'none'"
            raise ParameterError(f"plates: groups: learn needs the columns that name a plate in its batch, and {given}")
        if not self.unique and self.groups == "none":
            raise ParameterError("unique: false and groups: none leave nothing to do; leave the step out")

    def fit(self, Y: Floats, rows: pd.DataFrame | None = None) -> Self:
        """Learn which classes share plates, if that is asked.

        Args:
            Y: (n_rows, n_classes) with one 1 a row and zeros.
            rows: (n_rows, …) the training rows.

        Raises:
            InputError: There are no rows, they lack a column, or Y is no matrix of classes.
        """
        self.check_parameters()
        Y = as_matrix(Y, "Y")
        rows = self.check_rows(rows, len(Y))
        self.n_classes_ = Y.shape[1]
        self.groups_: Ints = np.zeros(self.n_classes_, dtype=np.intp)
        if self.plates is not None:
            self.groups_ = _sharing(true_classes(Y), _codes(rows, [*self.within, *self.plates], "assign"), Y.shape[1])
            n_groups = int(self.groups_.max()) + 1
            found = (
                f"exploits which classes share plates ({n_groups} groups in the training rows): a leak of the design, "
                "which is no biology and tells nothing about plates of another layout"
            )
            if n_groups < 2:
                found = "found no groups of classes that share plates, and rules no class out"
            warnings.warn(f"assign: groups: learn {found}", KitWarning, stacklevel=2)
        return self

    def transform(self, predictions: Floats, rows: pd.DataFrame | None = None) -> Floats:
        """Return the (n, n_classes) probabilities, in which the greatest of each row is that of the class it gets.

        Raises:
            InputError: There are no rows, they lack a column, a batch has more rows than there are classes, or
                predictions are below 0.
        """
        check_is_fitted(self, "n_classes_")
        changed = as_matrix(predictions, "predictions", n_columns=self.n_classes_).copy()
        rows = self.check_rows(rows, len(changed))
        if (changed < 0).any():
            raise InputError("assign: some probabilities are below 0; put the step `probabilities` before it")
        batches = _codes(rows, self.within, "assign")
        for batch in np.unique(batches):
            mine = np.flatnonzero(batches == batch)
            allowed = np.ones((len(mine), self.n_classes_), dtype=bool)
            if self.plates is not None:
                allowed = self._allowed(changed[mine], _codes(rows.iloc[mine], self.plates, "assign"))
                if not allowed.all():
                    changed[mine] = _masked(changed[mine], allowed)
            if self.unique:
                if len(mine) > self.n_classes_:
                    name = " ".join(str(rows[column].iloc[mine[0]]) for column in self.within)
                    raise InputError(
                        f"assign: {name!r} has {len(mine)} rows for {self.n_classes_} classes, each of which is there "
                        "once; name more columns in `within`, or say unique: false"
                    )
                changed[mine] = _each_once(changed[mine], allowed, self.balance)
        return changed

    def _allowed(self, probabilities: Floats, plates: Ints) -> np.ndarray:
        """Return (n, n_classes) whether a row of a batch may be of a class, by the group that its plate has."""
        n_groups, n_plates = int(self.groups_.max()) + 1, int(plates.max()) + 1
        everything = np.ones(probabilities.shape, dtype=bool)
        if n_groups < 2 or n_plates > n_groups:
            return everything
        votes = np.zeros((n_plates, n_groups), dtype=np.intp)
        voted = self.groups_[probabilities.argmax(axis=1)]
        np.add.at(votes, (plates[voted >= 0], voted[voted >= 0]), 1)
        best = linear_sum_assignment(votes, maximize=True)[1]
        if _standard_errors(votes, best) < self.margin:
            return everything
        return np.asarray((self.groups_ == best[plates][:, None]) | (self.groups_ == -1))


def _codes(rows: pd.DataFrame, columns: list[str], user: str) -> Ints:
    """Return (n_rows,) numbers from 0 of the combinations of columns."""
    require_columns(rows, columns, user)
    keys = zip(*(canonical_texts(rows[name]) for name in columns), strict=True)
    numbers: dict[tuple[str | None, ...], int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def _sharing(classes: Ints, plates: Ints, n_classes: int) -> Ints:
    """Return the (n_classes,) group of each class, of those that share plates; −1 for classes without rows."""
    n_plates = int(plates.max()) + 1
    # A class and a plate are joined where the plate has a row of the class; groups are what hangs together.
    nodes = n_classes + n_plates
    graph = coo_array((np.ones(len(classes)), (classes, n_classes + plates)), shape=(nodes, nodes))
    found = connected_components(graph, directed=False)[1][:n_classes]
    groups = np.full(n_classes, -1, dtype=np.intp)
    seen = np.unique(classes)
    groups[seen] = np.unique(found[seen], return_inverse=True)[1]
    return groups


def _standard_errors(votes: Ints, best: Ints) -> float:
    """Return by how many standard errors the best division of groups among plates has more votes than the second.

    Args:
        votes: (n_plates, n_groups) rows by their plate and the group of their likeliest class.
        best: (n_plates,) the group of each plate in the best division.
    """
    plates = np.arange(len(votes))
    least = np.inf
    for plate in plates:
        # The best of the divisions that give this plate another group.
        without = votes.astype(np.float64)
        without[plate, best[plate]] = -1.0 - votes.sum()
        other = linear_sum_assignment(without, maximize=True)[1]
        differ = other != best
        for_best, for_other = (votes[plates, division][differ].sum() for division in (best, other))
        least = min(least, (for_best - for_other) / np.sqrt(max(for_best + for_other, 1)))
    return float(least)


def _masked(probabilities: Floats, allowed: np.ndarray) -> Floats:
    """Return probabilities of the allowed classes that sum to what they did; equal ones where none was above 0."""
    kept = np.where(allowed, probabilities, 0.0).astype(np.float64)
    kept = np.where(kept.sum(axis=1, keepdims=True) > 0, kept, allowed)
    return np.asarray(
        kept * (probabilities.sum(axis=1, keepdims=True) / kept.sum(axis=1, keepdims=True)), dtype=np.float32
    )


def _each_once(probabilities: Floats, allowed: np.ndarray, balance: bool) -> Floats:
    """Return probabilities in which no two rows have their greatest at the same class."""
    n_rows, n_classes = probabilities.shape
    worth = probabilities.astype(np.float64)
    if balance:
        worth /= np.maximum(worth.sum(axis=0) + (n_classes - n_rows) / n_classes, np.finfo(np.float64).tiny)
    # What is ruled out counts far less than all else together: it is given only where a batch has no other way.
    given = linear_sum_assignment(np.where(allowed, worth, -float(n_rows)), maximize=True)[1]
    changed = probabilities.copy()
    overruled = np.flatnonzero(changed.argmax(axis=1) != given)
    total, own = changed[overruled].sum(axis=1), changed[overruled, given[overruled]]
    greatest = changed[overruled].max(axis=1)
    changed[overruled, given[overruled]] = greatest
    changed[overruled] *= (total / (total - own + greatest))[:, None]
    changed[overruled, given[overruled]] = np.nextafter(changed[overruled].max(axis=1), np.float32(np.inf))
    return changed
