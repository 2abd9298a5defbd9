"""The first trials of a study: one value at a time away from where the search starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from kit.tuning.trials.space import labels

if TYPE_CHECKING:
    from kit.config.search.dimensions import Dimension

MOST_FIRST = 10
"""How many such trials a study begins with: as many as the sampler would draw at random before it learns."""

_FACTOR, _SHARE = 10.0, 0.25
"""How far a number goes: by a decade either way on a logarithmic scale, else by this share of its range."""

_MOST_CHOICES = 3
"""Other choices of one value that are tried."""


def one_at_a_time(dimensions: Sequence[Dimension], start: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return parameters that differ from the start's in one value each.

    With few trials that tells more than draws of all values at once: a number that is a decade off is found by the
    first trials, however many others are searched, and which values matter at all is known after two trials each.

    Args:
        dimensions: The searched values.
        start: Optuna's parameters of the start, by name.

    Returns:
        The first change of every value, then the second of every value, and so on.
    """
    changes = [[(one.name, value) for value in _others(one, start[one.name])] for one in dimensions]
    in_turn = [change for round_of in zip_longest(*changes) for change in round_of if change is not None]
    return [{**start, name: value} for name, value in in_turn]


def _others(dimension: Dimension, start: Any) -> list[Any]:
    """Return the values of one dimension that are tried, as Optuna's parameters."""
    if dimension.kind == "choice":
        return [label for label in labels(dimension.choices) if label != start][:_MOST_CHOICES]
    low, high = float(dimension.low or 0), float(dimension.high or 0)
    if dimension.log:
        wanted = [start / _FACTOR, start * _FACTOR]
    else:
        wanted = [start - _SHARE * (high - low), start + _SHARE * (high - low)]
    found = []
    for value in wanted:
        value = min(max(value, low), high)
        if dimension.step is not None:
            value = low + dimension.step * int((value - low) / dimension.step)
        value = round(value) if dimension.kind == "int" else value
        if value != start:
            found.append(value)
    return found
