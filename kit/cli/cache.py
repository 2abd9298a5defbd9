"""``kit cache``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.cli.commands import PartlyDoneError, add
from kit.cli.options import help_when_alone
from kit.cli.output import Document, answer, can_ask, complain, note, say, show_table
from kit.errors import InputError, KitError, did_you_mean

if TYPE_CHECKING:
    from kit.cache import Entry

cache = typer.Typer(
    name="cache",
    help="Show, prune or clear what is kept for all runs.",
    rich_markup_mode=None,
)
cache.callback(invoke_without_command=True)(help_when_alone)

Folder = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="The cache (default: KIT_CACHE, else the user's cache).")
]
Kinds = Annotated[
    list[str], typer.Option("--kind", metavar="KIND", help="This kind alone, see kit cache show; may be given again.")
]


_HEADS = {"bytes": "size", "last_used": "last used, UTC", "in_use": "in use"}


def show(folder: Folder = None) -> Document:
    """Show what is kept: how much of each kind, and when it was used last."""
    from kit.cache import KINDS, find_entries, is_held, shown_size, size_limit

    directory = _directory(folder)
    entries, limit = find_entries(directory), size_limit(directory)
    lines = []
    for kind, what in KINDS.items():
        of_kind = [entry for entry in entries if entry.kind == kind]
        used = max((entry.last_used for entry in of_kind), default=None)
        line: dict[str, Any] = {"kind": kind, "entries": len(of_kind), "bytes": sum(entry.n_bytes for entry in of_kind)}
        line |= {"last_used": None if used is None else _time(used), "in_use": sum(map(is_held, of_kind)), "what": what}
        lines.append(line)
    total = sum(entry.n_bytes for entry in entries)
    if entries:
        import pandas as pd

        table = pd.DataFrame([{**line, "bytes": shown_size(line["bytes"])} for line in lines if line["entries"]])
        show_table(table.rename(columns=_HEADS), f"Kept in {directory}")
    answer(f"{directory}: {_counted(entries)}, {shown_size(total)} of {shown_size(limit)} at most")
    return {"cache": directory, "bytes": total, "limit": limit, "kinds": lines}


def prune(
    down_to: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Until no more than this is kept, such as '5 GB'.")
    ] = None,
    older_than: Annotated[
        float | None, typer.Option(min=0, metavar="DAYS", help="All that was not used for so many days.")
    ] = None,
    kinds: Kinds = [],  # noqa: B006 - typer reads the default
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would go; remove nothing.")] = False,
    folder: Folder = None,
) -> Document:
    """Remove what was used least recently.

    Without --down-to and --older-than as much as KIT_CACHE_LIMIT asks for (default: 20 GB or a tenth of the disk),
    which happens by itself after each write. What a running process works with stays.
    """
    from kit.cache import find_entries, parse_size, removable, size_limit

    directory, chosen = _directory(folder), _known(kinds)
    limit = None if down_to is None else parse_size(down_to, "--down-to")
    if down_to is None and older_than is None:
        limit = size_limit(directory)
    return _remove(directory, removable(find_entries(directory), chosen, limit, older_than), dry_run)


def clear(
    kinds: Kinds = [],  # noqa: B006 - typer reads the default
    yes: Annotated[bool, typer.Option("--yes", help="Remove it without asking.")] = False,
    folder: Folder = None,
) -> Document:
    """Remove all that is kept, or all of some kinds; it is computed again when it is needed.

    Asks first. What a running process works with stays, and so do files that are not the kit's.
    """
    from kit.cache import find_entries, removable

    directory = _directory(folder)
    going = removable(find_entries(directory), _known(kinds))
    if going and not yes:
        document = _remove(directory, going, dry_run=True)
        if not can_ask():
            note("nothing was removed: there is no terminal to ask in; --yes removes it")
            return document
        if not typer.confirm("Remove it?", default=False):
            say("nothing was removed")
            return document
    return _remove(directory, going)


def _remove(directory: Path, going: list[Entry], dry_run: bool = False) -> Document:
    """Remove entries, or say how much they are; raise `PartlyDoneError` where some cannot be removed."""
    from kit.cache import remove, shown_size

    document = {
        "cache": directory,
        "entries": [
            {"kind": one.kind, "paths": one.paths, "bytes": one.n_bytes, "last_used": _time(one.last_used)}
            for one in going
        ],
        "bytes": sum(one.n_bytes for one in going),
        "removed": 0,
    }
    if dry_run:
        for kind in dict.fromkeys(one.kind for one in going):
            of_kind = [one for one in going if one.kind == kind]
            say(f"{kind}: {_counted(of_kind)}, {shown_size(sum(one.n_bytes for one in of_kind))}")
        answer(f"{_counted(going)} may go, {shown_size(sum(one.n_bytes for one in going))}")
        return document
    gone, failed = [], False
    for one in going:
        try:
            if remove(one):
                gone.append(one)
        except KitError as error:
            failed = True
            complain(f"error: {error}")
    answer(f"removed {_counted(gone)}, {shown_size(sum(one.n_bytes for one in gone))}")
    document["removed"] = len(gone)
    if failed:
        raise PartlyDoneError(document)
    return document


def _directory(given: Path | None) -> Path:
    """Return the cache's folder.

    Raises:
        InputError: It is none.
    """
    from kit.cache import KINDS, cache_directory

    directory, remedy = cache_directory(given), "give its folder with --cache, or set KIT_CACHE"
    if given is not None and not directory.exists():
        raise InputError(f"{directory} does not exist; {remedy}")
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory} is a file, expected the folder of a cache; {remedy}")
    names = {path.name for path in directory.iterdir()} if directory.exists() else set()
    if names and names.isdisjoint(KINDS):
        raise InputError(f"{directory} is no cache of the kit: it has none of the folders {', '.join(KINDS)}; {remedy}")
    return directory


def _known(kinds: list[str]) -> list[str]:
    """Return the kinds, or all where none is given.

    Raises:
        InputError: One is unknown.
    """
    from kit.cache import KINDS

    for kind in kinds:
        if kind not in KINDS:
            raise InputError(f"--kind {kind}: there is no such kind{did_you_mean(kind, KINDS)}")
    return kinds or list(KINDS)


def _counted(entries: list[Entry]) -> str:
    return "1 entry" if len(entries) == 1 else f"{len(entries)} entries"


def _time(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


add(cache, show, "kit cache show")
add(cache, prune, "kit cache prune --down-to '5 GB' --older-than 30 --dry-run")
add(cache, clear, "kit cache clear --kind blocks --yes")
