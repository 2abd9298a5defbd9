"""Normalisation of table cells: one text for one value, whatever the file format and type it is stored in.

10, 10.0 and "10.0" are one value, and so are 1e-6 and 0.000001, a float32 and a float64 of 0.1, ``2020-01-01 00:00:00``
and ``2020-01-01``, ``true`` and ``True``, ``'B cells '`` and ``'B cells'``: each has one text, by which keys, ids and
categories are compared. Text that only looks like a number stays what it is: "0012" keeps its zeros, "1_000" and
digits of other scripts are no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MISSING_TEXTS = frozenset({"", "nan", "NaN"})
"""What stands for "no value" in text, blanks around it left out."""

_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]+")

_LONGEST_NUMBER = 40
"""Characters; longer rows of digits are names."""


def canonical_text(value: object) -> str | None:
    """Return the one text of a cell's value; None where there is none (None, NaN, NaT, blanks).

    Args:
        value: What a reader of tables finds: text, numbers of Python and NumPy, booleans, times, bytes.
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (timedelta, np.timedelta64)):  # before the integers, of which NumPy's is one
        return None if pd.isna(value) else str(pd.Timedelta(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating, Decimal)):
        # A float32's own digits: 0.1, not the 0.10000000149 that it is as a float64.
        return _of_text(str(value))
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (datetime, np.datetime64)):
        return _of_time(pd.Timestamp(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip() or None


def canonical_texts(values: Iterable[object]) -> list[str | None]:
    """Return the one text of each value; see `canonical_text`."""
    if isinstance(values, pd.Series) and values.dtype == np.float32:
        values = values.to_numpy()  # a column hands out Python's floats, with digits that a float32 has not
    known: dict[Hashable, str | None] = {}
    texts = []
    for value in values:
        # 1, 1.0 and True are one key of a dictionary.
        key = value if isinstance(value, str) else (type(value), value if isinstance(value, Hashable) else id(value))
        if key not in known:
            known[key] = canonical_text(value)
        texts.append(known[key])
    return texts


def tidy_types(texts: Sequence[str | None]) -> pd.Series:
    """Return canonical texts as booleans or numbers where every one is such a value, else as they are.

    Returns:
        A column of bool, int64 or float64 (NaN where a number is missing), else of objects: text, or True and False
        beside None. Leading zeros ("0012") keep a column text.
    """
    known = [text for text in texts if text is not None]
    if known and all(text in ("True", "False") for text in known):
        truth = [None if text is None else text == "True" for text in texts]
        return pd.Series(truth, dtype=bool if len(known) == len(texts) else object)
    if known and all(as_number(text) is not None for text in known):
        if len(known) == len(texts) and all(_WHOLE.fullmatch(text) for text in known):
            whole = [int(text) for text in known]
            if max(map(abs, whole)) < 2**63:
                return pd.Series(whole, dtype=np.int64)
        return pd.Series([np.nan if text is None else float(text) for text in texts], dtype=np.float64)
    return pd.Series(list(texts), dtype=object)


def tidy_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as `tidy_types` has their texts: int64 where all are whole and known, else floats as they are."""
    if values.dtype.kind in "iu":
        return (
            values.astype(np.int64) if values.dtype != np.uint64 or not len(values) or values.max() < 2**63 else values
        )
    whole = np.isfinite(values) & (values == np.rint(values)) & (np.abs(values) < 2**63)
    return values.astype(np.int64) if len(values) and whole.all() else values


def as_number(text: str) -> float | None:
    """Return the number that a text writes in the usual way, ``inf`` among them; None for every other text."""
    if _NUMBER.fullmatch(text) or text in ("inf", "-inf"):
        return float(text)
    return None


def as_numbers(column: pd.Series) -> NDArray[np.float64] | None:
    """Return a column as float64, NaN where a value is missing; None where it holds something else than numbers.

    A key is kept as text; where every one is a number (a dose, a time), it is one here.
    """
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = [np.nan if text is None else as_number(text) for text in canonical_texts(column)]
    return None if None in numbers else np.asarray(numbers, dtype=np.float64)


def without_line_end(path: Path, last: str) -> str | None:
    """Return what is odd about a text file whose last line has no end; None for any other line."""
    if last.endswith(("\n", "\r")):
        return None
    return (
        f"{path} ends in {last[-12:]!r}, without a line end: if it was cut off there, the last value is wrong; compare "
        "it with the original, and end the file with a line end"
    )


def _of_text(text: str) -> str | None:
    if text in MISSING_TEXTS:
        return None
    if text[0] in "+-.0123456789":
        if _NUMBER.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
            return _of_number(text)
        if _TIME.fullmatch(text):
            try:
                return _of_time(pd.Timestamp(text))
            except ValueError:  # the 31st of June
                return text
    return text.capitalize() if text.lower() in ("true", "false") else text


def _of_number(text: str) -> str:
    """Return whole numbers by their digits, others as the shortest text that reads back as the same float64."""
    number, exact = float(text), Decimal(text)
    if number.is_integer() and abs(exact.adjusted()) < _LONGEST_NUMBER and exact == exact.to_integral_value():
        return str(int(exact))
    if np.isinf(number) or (number == 0 and exact != 0):  # beyond float64
        return text
    return repr(number)


def _of_time(time: pd.Timestamp) -> str | None:
    if pd.isna(time):
        return None
    if time.tzinfo is not None:
        return str(time.tz_convert("UTC"))
    return time.strftime("%Y-%m-%d") if time == time.normalize() else str(time)
