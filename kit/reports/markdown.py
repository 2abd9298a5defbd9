"""Tables as Markdown."""

from __future__ import annotations

import pandas as pd

from kit.digits import cells


def markdown_table(frame: pd.DataFrame, digits: int = 4) -> str:
    """Return a data frame as a Markdown table; its index is not shown.

    Args:
        frame: The table. Missing values become empty cells, columns of numbers are aligned to the right.
        digits: The digits after the point of numbers that are not whole; more where all of a column are small.
    """
    rights = [pd.api.types.is_numeric_dtype(frame.iloc[:, place]) for place in range(frame.shape[1])]
    lines = [_line(frame.columns), _line("---:" if right else "---" for right in rights)]
    columns = [cells(frame.iloc[:, place], digits) for place in range(frame.shape[1])]
    lines += [_line(row) for row in zip(*columns, strict=True)]
    return "\n".join(lines)


def _line(cells: object) -> str:
    # A "|" in a name would end its cell, a line break the table.
    texts = (" ".join(str(cell).replace("|", "\\|").split()) for cell in cells)  # type: ignore[attr-defined]
    return "| " + " | ".join(texts) + " |"
