"""The checks of a submission's content against the competition, on arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

from kit.arrays import Floats
from kit.data.competition import Competition
from kit.data.mistakes import count, some
from kit.errors import nearest
from kit.large import row_blocks


class Findings(NamedTuple):
    """The result of the checks.

    Attributes:
        problems: What the competition would refuse, or what makes the submission worthless.
        warnings: What is odd.
    """

    mistakes: list[str]
    warnings: list[str]


def asked_label(competition: Competition) -> str | None:
    """Return the column in which a submission names each row's class; None where it holds numbers."""
    label = competition.config.columns.label
    return label if label is not None and label in competition.sample_columns else None


def check_answers(answers: Sequence[str | None], ids: Sequence[str | None], classes: Sequence[str]) -> Findings:
    """Check the classes that a submission names.

    Args:
        answers: The class of each row; None where there is none.
        ids: The rows' ids, for messages.
        classes: All classes.
    """
    known = set(classes)
    wrong = [place for place, answer in enumerate(answers) if answer not in known]
    if wrong:
        at = wrong[0]
        found = "no class" if answers[at] is None else repr(answers[at])
        near = nearest(str(answers[at]), classes)
        hint = f" (is it {near!r}?)" if near is not None else f", as {some(classes)}"
        rows = count(len(wrong), "row")
        return Findings([f"{rows} without a class of the training table: {found} at id {ids[at]!r}{hint}"], [])
    if len(answers) > 1 and len(set(answers)) == 1:
        return Findings([], [f"every row is of the class {answers[0]!r}"])
    return Findings([], [])


def check_columns(
    columns: Sequence[str], competition: Competition, naming_hint: Callable[[list[str]], str] = lambda missing: ""
) -> list[str]:
    """Return problems of a submission's column names: missing, extra, twice, or in another order than the sample's.

    Args:
        columns: The names.
        competition: The competition, whose sample has the names wanted.
        naming_hint: Says of missing names where in the file they are, if they are, see `Table.naming_hint`.
    """
    given, wanted = list(columns), list(competition.sample_columns)
    if given == wanted:
        return []
    known = set(wanted)
    present = set(given)
    missing = [name for name in wanted if name not in present]
    extra = [name for name in given if name not in known]
    mistakes = []
    if missing:
        near = nearest(missing[0], extra) if extra else None
        hint = naming_hint(missing) or (f" (is it {near!r}?)" if near else "")
        mistakes.append(f"{count(len(missing), 'column')} of the sample missing: {some(missing)}{hint}")
    if extra:
        mistakes.append(f"{count(len(extra), 'column')} that the sample has not: {some(extra)}; remove them")
    repeated = [name for name, times in Counter(given).items() if times > 1]
    if repeated:
        mistakes.append(f"{count(len(repeated), 'column')} standing twice: {some(repeated)}")
    if not mistakes:
        at = next(i for i, (one, other) in enumerate(zip(given, wanted, strict=True)) if one != other)
        mistakes.append(
            f"the columns are in another order than the sample's: column {at + 1} is {given[at]!r}, the sample has "
            f"{wanted[at]!r} there"
        )
    return mistakes


def check_ids(ids: Sequence[str | None], competition: Competition) -> list[str]:
    """Return problems of a submission's ids: missing, unknown, twice, or in another order than the sample's."""
    given, wanted = list(ids), list(competition.sample_ids)
    if given == wanted:
        return []
    known, present = set(wanted), set(given)
    missing = [name for name in wanted if name not in present]
    extra = [name for name in given if name not in known]
    repeated = [name for name, times in Counter(given).items() if times > 1]
    mistakes = []
    if missing:
        mistakes.append(f"{count(len(missing), 'id')} of the sample missing: {some(missing)}")
    if extra:
        mistakes.append(f"{count(len(extra), 'id')} that the sample has not: {some(extra)}")
    if repeated:
        mistakes.append(f"{count(len(repeated), 'id')} standing twice: {some(repeated)}")
    if not mistakes:
        at = next(i for i, (one, other) in enumerate(zip(given, wanted, strict=True)) if one != other)
        mistakes.append(
            f"the ids are in another order than the sample's: row {at} has {given[at]!r}, the sample has {wanted[at]!r}"
        )
    return mistakes


def check_values(values: Floats, ids: Sequence[str | None], targets: Sequence[str], Y: Floats) -> Findings:
    """Check predictions: finite, not constant, not far outside the training range.

    Args:
        values: float32 (len(ids), len(targets)).
        ids: The rows' ids, for messages.
        targets: The columns' names, for messages.
        Y: The training targets, float32 (n_rows, n_targets), NaN where one was not measured.
    """
    if not values.size:
        return Findings(["there are no values"], [])
    seen = _Seen.of(values, _training_range(Y))
    if seen.not_finite.number:
        row, column = seen.not_finite.first
        number = count(seen.not_finite.number, "value")
        found = f"{values[row, column]} at id {ids[row]!r}, column {targets[column]!r}"
        return Findings([f"{number} not finite, the first is {found}"], [])
    low, high = seen.low, seen.high
    if values.size > 1 and low.min() == high.max():
        nothing = "this is the sample itself, or a model that predicts nothing; hand in predictions"
        return Findings([f"every value is {low[0]}: {nothing}"], [])
    warnings: list[str] = []
    if values.shape[0] > 1 and (low == high).any():
        constant = [targets[i] for i in np.flatnonzero(low == high).tolist()]
        warnings.append(f"{count(len(constant), 'column')} the same for all ids: {some(constant)}")
    if values.shape[1] > 1 and seen.same:
        same = [ids[row] for row in seen.same]
        warnings.append(f"{count(len(same), 'row')} the same for all targets: id {some(same)}")
    if seen.far.number:
        (row, column), (least, greatest) = seen.far.first, seen.range
        warnings.append(
            f"{count(seen.far.number, 'value')} far outside the training range {least:.4g} to {greatest:.4g}, the "
            f"first is {values[row, column]:.4g} at id {ids[row]!r}, column {targets[column]!r}; was an inverse "
            "transform forgotten?"
        )
    return Findings([], warnings)


@dataclass
class _Odd:
    """Values that are odd: their number, and row and column of the first."""

    number: int = 0
    first: tuple[int, int] = (0, 0)

    def add(self, wrong: np.ndarray, start: int) -> None:
        """Count those of some rows, of which ``start`` is the first."""
        if not wrong.any():
            return
        if not self.number:
            row, column = np.argwhere(wrong)[0]
            self.first = start + int(row), int(column)
        self.number += int(wrong.sum())


@dataclass
class _Seen:
    """What a pass over predictions, some rows at a time, has seen.

    Attributes:
        range: The least and greatest training target.
        low, high: (n_targets,) the least and greatest value of each column.
        not_finite: Values that are not finite.
        far: Values further outside the training range than that range is wide.
        same: Rows that are the same for all targets.
    """

    range: tuple[float, float]
    low: Floats
    high: Floats
    not_finite: _Odd = field(default_factory=_Odd)
    far: _Odd = field(default_factory=_Odd)
    same: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, values: Floats, training_range: tuple[float, float]) -> Self:
        """Go over predictions."""
        least, greatest = training_range
        low, high = (np.full(values.shape[1], end, dtype=np.float32) for end in (np.inf, -np.inf))
        seen = cls(training_range, low, high)
        for rows in row_blocks(values):
            block = values[rows]
            seen.not_finite.add(~np.isfinite(block), rows.start)
            seen.far.add((block < 2 * least - greatest) | (block > 2 * greatest - least), rows.start)
            np.minimum(low, block.min(axis=0), out=low)
            np.maximum(high, block.max(axis=0), out=high)
            seen.same += (rows.start + np.flatnonzero(block.min(axis=1) == block.max(axis=1))).tolist()
        return seen


def _training_range(Y: Floats) -> tuple[float, float]:
    """Return the least and greatest training target; what was not measured is not counted."""
    ends = [(np.nanmin(Y[rows]), np.nanmax(Y[rows])) for rows in row_blocks(Y)]
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))
