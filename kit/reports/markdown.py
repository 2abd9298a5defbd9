"""Tables as Markdown."""

from __future__ import annotations

from numbers import Integral, Real

import pandas as pd


def markdown_table(frame: pd.DataFrame, digits: int = 4) -> str:
    """Return a data frame as a Markdown table; its index is not shown.

    Args:
        frame: The table. Missing values become empty cells, columns of numbers are aligned to the right.
        digits: The digits after the point of numbers that are not whole.
    """
    rights = [pd.api.types.is_numeric_dtype(frame.iloc[:, place]) for place in range(frame.shape[1])]
    lines = [_line(frame.columns), _line("---:" if right else "---" for right in rights)]
    lines += [_line(_cell(value, digits) for value in row) for row in frame.itertuples(index=False)]
    return "\n".join(lines)


def _line(cells: object) -> str:
    # A "|" in a name would end its cell, a line break the table.
    texts = (" ".join(str(cell).replace("|", "\\|").split()) for cell in cells)  # type: ignore[attr-defined]
    return "| " + " | ".join(texts) + " |"


def _cell(value: object, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        return "" if number != number else f"{number:.{digits}f}"
    return str(value)
