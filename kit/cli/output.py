"""Printing: results to standard output, notes to standard error; styled on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Any, TextIO

from kit.errors import RunError

Document = Any
"""What ``--json`` prints of a command: dicts, lists, data frames (a list of lines), paths, numbers, texts."""


class Shown(Enum):
    """How much a command prints."""

    ALL = "all"
    ANSWER = "answer"
    """With ``--quiet``: what `answer` prints, and errors."""
    DOCUMENT = "document"
    """With ``--json``: one document on standard output, notes on standard error."""


_SHOWN: ContextVar[Shown] = ContextVar("shown", default=Shown.ALL)

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, changes its colours or title, or turns the direction of the text."""

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def showing(shown: Shown) -> Iterator[None]:
    """Print so much while the block runs."""
    token = _SHOWN.set(shown)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def say(text: str = "") -> None:
    """Print a line of the result to standard output, for people: neither with ``--quiet`` nor with ``--json``.

    Raises:
        RunError: It cannot be written (the disk is full). A reader that went away (``| head``) is no error.
    """
    if _SHOWN.get() is Shown.ALL:
        _put(printable(text))


def answer(text: str) -> None:
    """Print a line that ``--quiet`` leaves: a score, the path of what was written, the list that was asked for.

    Raises:
        RunError: As `say`.
    """
    if _SHOWN.get() is not Shown.DOCUMENT:
        _put(printable(text))


def put_document(document: Document) -> None:
    """Print what a command found as JSON: ASCII, missing and infinite numbers as null.

    Raises:
        RunError: As `say`.
    """
    _put(json.dumps(_plain(document), indent=1).replace("\x7f", "\\u007f"))


def note(text: str) -> None:
    """Print a line that is not the result to standard error; nothing fails because that is not possible.

    With ``--quiet`` it is left out.
    """
    if _SHOWN.get() is not Shown.ANSWER:
        complain(text)


def complain(text: str) -> None:
    """Print an error, or what to do after one, to standard error, whatever is asked for."""
    with suppress(OSError):
        _print(printable(text), sys.stderr)


def can_ask() -> bool:
    """Whether there is somebody to answer a question: a terminal, and neither ``--quiet`` nor ``--json``."""
    return _SHOWN.get() is Shown.ALL and is_terminal(sys.stdin)


def is_quiet() -> bool:
    """Whether ``--quiet`` is given: nothing is shown of how it goes."""
    return _SHOWN.get() is Shown.ANSWER


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
    if _SHOWN.get() is not Shown.ALL:
        return
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


def _plain(value: Any) -> Any:
    """Return a document as JSON knows it."""
    if hasattr(value, "to_dict"):  # a data frame
        value = value.to_dict("records")
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if hasattr(value, "tolist"):  # an array, or a number of NumPy's
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def _put(text: str) -> None:
    try:
        _print(text, sys.stdout)
    except OSError as error:
        raise RunError(f"the output cannot be written ({error.strerror or error})") from error


def _print(text: str, stream: TextIO | None) -> None:
    if stream is None:
        return
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is under way goes on, its lines go nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
