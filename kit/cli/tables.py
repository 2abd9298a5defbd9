"""Laying a data frame out as lines of text that fit into the width of a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from rich.cells import cell_len

from kit.digits import cells

_GAP, _INDENT = "  ", "  "
_NUMBER = re.compile(r"[-+]?(\d[\d.,]*(e[-+]?\d+)?|inf)( / \d+)?|", re.IGNORECASE)
"""What is aligned to the right: numbers, pairs of counts ("84 / 36"), nothing."""


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Attributes:
        text: What is printed.
        style: Its style on a terminal, as `rich` names styles.
    """

    text: str
    style: str = ""


@dataclass(frozen=True)
class _Column:
    name: str
    cells: list[str]

    @property
    def right(self) -> bool:
        return all(_NUMBER.fullmatch(cell) for cell in self.cells)

    @property
    def width(self) -> int:
        return max(map(cell_len, [self.name, *self.cells]))

    def aligned(self, text: str) -> str:
        # Wide characters (CJK) take two places, which str.ljust does not know.
        space = " " * (self.width - cell_len(text))
        return space + text if self.right else text + space


def lay_out(frame: pd.DataFrame, digits: int = 4, width: int | None = None, sections: str | None = None) -> list[Line]:
    """Return the lines of a table, header first.

    Where the columns do not fit side by side, the table is continued below, its leading columns of words repeated:
    nothing is cut off.

    Args:
        frame: The table; its index is not shown.
        digits: The digits after the point of numbers that are not whole; more where all of a column are small.
        width: The columns of the terminal; without it, lines are as long as it takes.
        sections: A column that is taken out; a line with its value stands above the rows that share it.
    """
    labels = None if sections is None else cells(frame[sections], digits)
    shown = frame if sections is None else frame.drop(columns=sections)
    inner = "" if labels is None else _INDENT
    columns = [
        _Column(str(name), [" ".join(cell.split()) for cell in cells(shown.iloc[:, place], digits)])
        for place, name in enumerate(shown.columns)
    ]
    lines: list[Line] = []
    for block in _blocks(columns, None if width is None else width - len(_INDENT + inner)):
        if lines:
            lines.append(Line(""))
        lines.append(Line(_join(_INDENT + inner, [column.aligned(column.name) for column in block]), "bold"))
        for place in range(len(frame)):
            if labels is not None and (place == 0 or labels[place] != labels[place - 1]):
                lines.append(Line(_INDENT + labels[place], "dim"))
            lines.append(Line(_join(_INDENT + inner, [column.aligned(column.cells[place]) for column in block])))
    return lines


def _blocks(columns: list[_Column], width: int | None) -> Iterator[list[_Column]]:
    """Yield the columns that stand side by side; the leading ones of words are in every block."""
    n_keys = 1
    while n_keys < len(columns) and not columns[n_keys].right:
        n_keys += 1
    keys, rest = columns[:n_keys], columns[n_keys:]
    block = list(keys)
    for column in rest:
        taken = sum(other.width + len(_GAP) for other in block)
        if width is not None and len(block) > n_keys and taken + column.width > width:
            yield block
            block = list(keys)
        block.append(column)
    yield block


def _join(indent: str, parts: list[str]) -> str:
    return indent + _GAP.join(parts).rstrip()
