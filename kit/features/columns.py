"""What can be known of rows before anything is fitted: that they have the columns that a builder reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import require_columns
from kit.errors import InputError
from kit.plugins import ColumnOf, Plugin, parameters
from kit.values import as_number, as_numbers, canonical_texts


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
            for column in _names(getattr(plugin, parameter.name)):
                require_columns(rows, [column], str(plugin.kind))
                _check_values(rows[column], column, mark, str(plugin.kind))


def _names(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [name for item in value for name in _names(item)]
    return [] if value is None else [str(value)]


def _check_values(values: pd.Series, column: str, mark: ColumnOf, user: str) -> None:
    if mark.holds == "anything":
        return
    texts = canonical_texts(values)
    if mark.holds == "label":
        if None in texts:
            raise InputError(
                f"{user}: column {column!r} is missing at row {texts.index(None)} ({texts.count(None)} rows in all); "
                "fill it in or drop the row"
            )
        return
    numbers = as_numbers(values)
    if numbers is None:
        text = next(text for text in texts if text is not None and as_number(text) is None)
        raise InputError(f"{user}: column {column!r} holds {text!r} at row {texts.index(text)}, expected numbers")
    with np.errstate(over="ignore"):
        wrong = np.flatnonzero(~np.isfinite(numbers.astype(np.float32)))
    if len(wrong):
        raise InputError(
            f"{user}: column {column!r} is missing or infinite at row {wrong[0]} ({len(wrong)} rows in all); fill it in"
        )
