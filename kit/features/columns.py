"""What can be known of rows before anything is fitted: that they have the columns that a builder reads."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from kit.arrays import require_columns
from kit.errors import InputError, ParameterError
from kit.plugins import ColumnOf, Plugin, parameters
from kit.values import as_number, as_numbers, canonical_texts

Pattern = dict[Literal["pattern"], str]
"""Columns by a regular expression on their whole name, as a recipe writes them: ``{pattern: 'x.*'}``."""

P = TypeVar("P", bound=Plugin)


def check_pattern(columns: list[str] | Pattern, user: str) -> None:
    """Check that a pattern is a regular expression.

    Raises:
        ParameterError: It is none.
    """
    if isinstance(columns, dict):
        try:
            re.compile(columns["pattern"])
        except re.error as error:
            message = f"{user}: columns.pattern: {columns['pattern']!r} is no regular expression ({error})"
            raise ParameterError(message) from None


def named_columns(columns: list[str] | Pattern, rows: pd.DataFrame, user: str) -> list[str]:
    """Return the columns of rows that are listed, or that a pattern matches, in the order of the rows' columns.

    Raises:
        InputError: A pattern matches none.
    """
    if not isinstance(columns, dict):
        return list(columns)
    pattern, names = re.compile(columns["pattern"]), [str(name) for name in rows.columns]
    found = [name for name in names if pattern.fullmatch(name)]
    if not found:
        raise InputError(
            f"{user}: the pattern {pattern.pattern!r} matches no column of the rows, which are: "
            f"{', '.join(names[:8])}{' …' if len(names) > 8 else ''}; it is a regular expression and must match the "
            "whole name"
        )
    return found


def with_names(plugin: P, rows: pd.DataFrame) -> P:
    """Return a plug-in with the names of the training rows' columns in place of patterns.

    Args:
        plugin: The plug-in; one without patterns is returned as it is.
        rows: (n_rows, …) training rows.

    Raises:
        InputError: A pattern matches no column.
    """
    marked = [parameter.name for parameter in parameters(type(plugin)) if parameter.columns is not None]
    patterns = {name: getattr(plugin, name) for name in marked if isinstance(getattr(plugin, name), dict)}
    if not patterns:
        return plugin
    names = {name: named_columns(value, rows, str(plugin.kind)) for name, value in patterns.items()}
    return type(plugin)(**{**plugin.get_params(deep=False), **names})


def check_columns(plugin: Plugin, rows: pd.DataFrame, fitting: bool) -> None:
    """Check the columns that a plug-in's parameters name (see `kit.plugins.ColumnOf`).

    Args:
        plugin: The plug-in.
        rows: (n_rows, …) keys and metadata.
        fitting: Whether it will be fitted on these rows, or only transform them.

    Raises:
        InputError: A column is absent, has a gap, or holds something else than numbers.
    """
    for parameter in parameters(type(plugin)):
        mark = parameter.columns
        if mark is not None and (fitting or not mark.fitting):
            value = getattr(plugin, parameter.name)
            for column in named_columns(value, rows, str(plugin.kind)) if isinstance(value, dict) else _names(value):
                require_columns(rows, [column], str(plugin.kind))
                _check_values(rows[column], column, mark, str(plugin.kind))


def _names(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [name for item in value for name in _names(item)]
    return [] if value is None else [str(value)]


def _check_values(values: pd.Series, column: str, mark: ColumnOf, user: str) -> None:
    if mark.holds == "anything":
        return
    if mark.holds == "label":
        texts = canonical_texts(values)
        if None in texts:
            raise InputError(
                f"{user}: column {column!r} is missing at row {texts.index(None)} ({texts.count(None)} rows in all); "
                "fill it in or drop the row"
            )
        return
    numbers = as_numbers(values)
    if numbers is None:
        texts = canonical_texts(values)
        text = next(text for text in texts if text is not None and as_number(text) is None)
        raise InputError(f"{user}: column {column!r} holds {text!r} at row {texts.index(text)}, expected numbers")
    with np.errstate(over="ignore"):
        cells = numbers.astype(np.float32)
    wrong = np.flatnonzero(np.isinf(cells) if mark.gaps else ~np.isfinite(cells))
    if len(wrong):
        raise InputError(
            f"{user}: column {column!r} is missing or infinite at row {wrong[0]} ({len(wrong)} rows in all); fill it "
            "in, or let the block `impute` do it"
        )
