"""How scores are written for people: as many digits as their size needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real

DIGITS = 4
"""The digits after the point of a score of usual size."""

_MOST = 8
"""A number that needs more digits after the point is written with a power of ten."""


def decimals(values: Iterable[float], digits: int = DIGITS) -> int | None:
    """Return how many digits after the point numbers of a column have, so that it shows what differs in them.

    Args:
        values: The numbers; missing and infinite ones, and 0, do not count.
        digits: The digits of numbers of usual size. Where even the greatest one would keep fewer than three digits
            that are not 0 (0.00123 with 4), all get as many as give it three.

    Returns:
        The number of digits; None where that would be too many, and numbers are to be written with a power of ten.
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value]
    if not sizes:
        return digits
    needed = 2 - math.floor(math.log10(max(sizes)))
    if needed <= digits or digits < 3:
        return digits
    return needed if needed <= _MOST else None


def format_number(value: float, digits: int = DIGITS) -> str:
    """Return a number as text.

    Args:
        value: The number.
        digits: As in `decimals`.

    Example:
        >>> format_number(0.61234), format_number(0.0000123), format_number(1.23e-12)
        ('0.6123', '0.0000123', '1.23e-12')
    """
    return format_with(value, decimals([value], digits))


def format_with(value: float, places: int | None) -> str:
    """Return a number as text with the digits that `decimals` returned for its column."""
    return f"{value:.2e}" if places is None else f"{value:.{places}f}"


def cells(column: Iterable[object], digits: int = DIGITS) -> list[str]:
    """Return the cells of a column as text: numbers alike, whole numbers as they are, nothing for what is missing.

    Args:
        column: The column.
        digits: As in `decimals`.
    """
    values = list(column)
    places = decimals([float(v) for v in values if isinstance(v, Real) and not isinstance(v, Integral)], digits)
    return [_cell(value, places) for value in values]


def _cell(value: object, places: int | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, Real) or isinstance(value, Integral):
        return str(value)
    return "" if value != value else format_with(float(value), places)
