"""Printing: results to standard output, notes to standard error; styled on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from kit.errors import RunError

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, changes its colours or title, or turns the direction of the text."""

if TYPE_CHECKING:
    import pandas as pd


def say(text: str = "") -> None:
    """Print a line of the result to standard output.

    Raises:
        RunError: It cannot be written (the disk is full). A reader that went away (``| head``) is no error.
    """
    try:
        _print(text, sys.stdout)
    except OSError as error:
        raise RunError(f"the output cannot be written ({error.strerror or error})") from error


def note(text: str) -> None:
    """Print a line that is not the result to standard error; nothing fails because that is not possible."""
    with suppress(OSError):
        _print(text, sys.stderr)


def printable(text: str) -> str:
    """Return a text with its control characters written out as escapes; tabs and line breaks stay.

    Names, titles and values come from files that somebody else wrote: none of them may steer the terminal.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """Return a title or name on one line, printable."""
    return printable(" ".join(text.split()))


def terminal_width() -> int | None:
    """Return the number of columns of the terminal that standard output is, or None when it is none."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one is None."""
    return stream is not None and stream.isatty()


def show_table(frame: pd.DataFrame, title: str, digits: int = 4, sections: str | None = None) -> None:
    """Print a data frame as aligned columns, numbers with so many digits.

    Args:
        frame: The table; its index is not shown.
        title: The line above it.
        digits: The digits after the point.
        sections: A column that, on a terminal, becomes a line above the rows that share its value.
    """
    from kit.cli.tables import lay_out

    width = terminal_width()
    lines = lay_out(frame, digits, width, sections if width is not None else None)
    if width is None:
        for text in [title, *(line.text for line in lines)]:
            say(text)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(printable(title), style="bold"))
    for line in lines:
        console.print(Text(printable(line.text), style=line.style))


def _print(text: str, stream: TextIO | None) -> None:
    if stream is None:
        return
    try:
        print(printable(text), file=stream, flush=True)
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is under way goes on, its lines go nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
