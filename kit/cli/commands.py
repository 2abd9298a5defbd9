"""What all commands have: ``--quiet``, ``--json``, and an example below their help."""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Callable, Collection
from functools import wraps
from typing import Annotated, Any

import typer

from kit.cli.output import Document, Shown, put_document, showing
from kit.errors import InputError

_EXAMPLE = "Example: "

_QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Print the score or path that results, and errors.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print the result for programs, as one JSON document.")]


class PartlyDoneError(Exception):
    """Raised by a command that has a result and failed nevertheless: exit code 1.

    Args:
        document: The result.
    """

    def __init__(self, document: Document) -> None:
        super().__init__("partly done")
        self.document = document


def add(app: typer.Typer, command: Callable[..., Document], example: str, name: str | None = None) -> None:
    """Add a command to the command line.

    Args:
        app: The command line, or a group of it.
        command: The command. It prints for people, with `kit.cli.output`, and returns what ``--json`` prints.
        example: A command line that works on the demo (the tests carry it out).
        name: Its name (default: the function's).
    """
    app.command(name, epilog=epilog(example))(with_options(command))


def epilog(example: str) -> str:
    """Return the line below a command's help."""
    return f"{_EXAMPLE}{example}"


def example_of(below: str | None) -> list[str] | None:
    """Return the words of the example below a command's help, or None where it has none."""
    return shlex.split(below.removeprefix(_EXAMPLE)) if below and below.startswith(_EXAMPLE) else None


def this_command(*without: str, valued: Collection[str] = ()) -> str:
    """Return this process's command line as it would be typed again, without some options.

    Args:
        without: Options that stand alone, such as ``--fresh``.
        valued: Options with a value, such as ``--shard``.
    """
    words: list[str] = []
    given = iter(sys.argv[1:])
    for word in given:
        if word in valued:
            next(given, None)
        elif word not in without and word.partition("=")[0] not in valued:
            words.append(word)
    return shlex.join(["kit", *words])


def with_options(command: Callable[..., Document]) -> Callable[..., None]:
    """Return the command with the options ``--quiet`` and ``--json``."""

    @wraps(command)
    def run(quiet: bool = False, as_json: bool = False, **arguments: Any) -> None:
        if quiet and as_json:
            raise InputError("--quiet and --json: one of them; --json prints nothing else on standard output")
        failed = False
        with showing(Shown.ANSWER if quiet else Shown.DOCUMENT if as_json else Shown.ALL):
            try:
                document = command(**arguments)
            except PartlyDoneError as partly:
                document, failed = partly.document, True
        if as_json and document is not None:  # a group of commands leaves it to them
            put_document(document)
        if failed:
            raise typer.Exit(1)

    given = inspect.signature(command, eval_str=True)
    options = {"quiet": _QUIET, "as_json": _JSON}
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in options.items()
    ]
    run.__signature__ = given.replace(parameters=[*given.parameters.values(), *added])  # type: ignore[attr-defined]
    return run
