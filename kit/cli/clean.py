"""``kit clean``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.commands import PartlyDoneError
from kit.cli.options import Out
from kit.cli.output import Document, answer, can_ask, complain, note, say, show_table

if TYPE_CHECKING:
    from kit.cleaning import Leftover


class Kind(StrEnum):
    """What there is to clean."""

    superseded = "superseded"
    aside = "aside"
    temporary = "temporary"
    unfinished = "unfinished"
    earlier = "earlier"


def clean(
    kinds: Annotated[
        list[Kind] | None,
        typer.Argument(metavar="KIND…", help="superseded, aside, temporary (the default), unfinished, earlier."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what may go; remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it without asking.")] = False,
    out: Out = Path("submissions"),
) -> Document:
    """Remove runs and files that nobody needs.

    Lists what may go, and how much it frees; then asks. Without a terminal and without --yes it only lists. What was
    handed in, the ledger, blends with their runs, comparisons and studies always stay. (The cache: `kit cache`.)
    """
    from kit.cleaning import ALWAYS, KINDS, find_leftovers, freed, remove
    from kit.errors import KitError

    chosen = ALWAYS if not kinds else tuple(kind.value for kind in kinds)
    found = find_leftovers(out)
    going = [one for one in found if one.kind in chosen]
    if going:
        _show(going, out)
    say(f"{_counted(going)} may go, which frees {_size(freed(going))}")
    if others := [kind for kind in KINDS if kind not in chosen and any(one.kind == kind for one in found)]:
        parts = [_of_kind(kind, [one for one in found if one.kind == kind]) for kind in others]
        say(f"only by name: {', '.join(parts)} (kit clean {' '.join(others)})")
    document = {
        "found": [
            {"kind": one.kind, "path": one.path, "bytes": freed([one]), "chosen": one.kind in chosen} for one in found
        ],
        "bytes": freed(going),
        "removed": 0,
    }
    if not going or dry_run:
        return document
    if not yes and not can_ask():
        note("nothing was removed: there is no terminal to ask in; --yes removes it")
        return document
    if not yes and not typer.confirm("Remove it?", default=False):
        say("nothing was removed")
        return document
    failed = 0
    for one in going:
        try:
            remove(one)
        except KitError as error:
            failed += 1
            complain(f"error: {error}")
    answer(f"removed {_counted(going[failed:])}")
    document["removed"] = len(going) - failed
    if failed:
        raise PartlyDoneError(document)
    return document


def _show(going: list[Leftover], out: Path) -> None:
    import pandas as pd

    from kit.cleaning import KINDS, freed

    lines = [
        {"kind": one.kind, "path": str(one.path), "MiB": freed([one]) / 2**20, "why": KINDS[one.kind]} for one in going
    ]
    show_table(pd.DataFrame(lines), f"What may go in {out}", digits=1)


def _of_kind(kind: str, found: list[Leftover]) -> str:
    from kit.cleaning import freed

    return f"{kind} ({len(found)}, {_size(freed(found))})"


def _counted(going: list[Leftover]) -> str:
    return "1 file or folder" if len(going) == 1 else f"{len(going)} files and folders"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.1f} MiB"
