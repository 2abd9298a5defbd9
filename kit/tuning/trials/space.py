"""Between a recipe's search dimensions and Optuna's parameters.

A choice may be a list, a mapping, a number or a truth value; Optuna knows flat values and finds ``1`` and ``true``
equal. Every choice therefore goes under a label: a word as it is, all else as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optuna import Trial

from kit.errors import ConfigError

if TYPE_CHECKING:
    from kit.config.search.dimensions import Dimension


def labels(choices: Sequence[Any]) -> list[str]:
    """Return a label for every choice, all different."""
    words = [choice if isinstance(choice, str) else _json(choice) for choice in choices]
    if len(set(words)) < len(words):  # the word "true" beside the value true
        words = [_json(choice) for choice in choices]
    return words


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def suggest(trial: Trial, dimensions: Iterable[Dimension]) -> dict[str, Any]:
    """Draw the values of a trial, by the dimensions' names."""
    for one in dimensions:
        if one.kind == "choice":
            trial.suggest_categorical(one.name, labels(one.choices))
            continue
        low, high, step = _range(one)
        if one.kind == "int":
            trial.suggest_int(one.name, low, high, log=one.log, step=step or 1)
        else:
            trial.suggest_float(one.name, low, high, log=one.log, step=step)
    return to_values(dimensions, trial.params)


def to_values(dimensions: Iterable[Dimension], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's values from Optuna's parameters."""
    found = {}
    for one in dimensions:
        value = params[one.name]
        found[one.name] = one.choices[labels(one.choices).index(value)] if one.kind == "choice" else value
    return found


def to_params(dimensions: Iterable[Dimension], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return Optuna's parameters from a recipe's values, and the names of those that lie outside the space."""
    params: dict[str, Any] = {}
    outside = []
    for one in dimensions:
        value = values[one.name]
        if one.kind == "choice":
            # By type too: 1, 1.0 and true are different choices, and equal to Python.
            text = _json(value)
            places = [place for place, choice in enumerate(one.choices) if _json(choice) == text]
            if not places:
                outside.append(one.name)
                continue
            params[one.name] = labels(one.choices)[places[0]]
            continue
        if not _inside(one, value):
            outside.append(one.name)
            continue
        params[one.name] = int(value) if one.kind == "int" else float(value)
    return params, outside


def _inside(dimension: Dimension, value: Any) -> bool:
    """Whether a number lies in a range; one between two steps counts as inside, the search only starts there."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if dimension.kind == "int" and int(value) != value:
        return False
    low, high, _ = _range(dimension)
    return bool(low <= value <= high)


def _range(dimension: Dimension) -> tuple[Any, Any, Any]:
    return dimension.low, dimension.high, dimension.step


def described(dimensions: Iterable[Dimension]) -> list[dict[str, Any]]:
    """Return the space as plain values; where the search starts is no part of it."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "low": one.low,
            "high": one.high,
            "log": one.log,
            "step": one.step,
            "choices": list(one.choices),
        }
        for one in dimensions
    ]


def check_space(dimensions: Sequence[Dimension], file: str) -> None:
    """Check that there is something to search.

    Raises:
        ConfigError: There is no dimension.
    """
    if not dimensions:
        raise ConfigError(
            f"{file} has nothing to search; write for example `penalty: {{search: [0.1, 1000.0], log: true}}` or "
            "`n_layers: {choice: [1, 2, 3]}` in place of a value"
        )
