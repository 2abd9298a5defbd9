"""``kit show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.cli.options import Out
from kit.cli.output import Document, answer, note, one_line, say, show_table
from kit.cli.run_tables import show_ending, show_tables, show_verdict

if TYPE_CHECKING:
    from kit.reporting.facts import RunFacts

_MIB = 2**20


def show(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run, finished or not: its folder, its recipe's name, or `latest`.")
    ],
    out: Out = Path("submissions"),
) -> Document:
    """Print one run: settings, tables, verdict, files."""
    from kit.files import finished_key
    from kit.reporting.facts import RunFacts
    from kit.reporting.outline import MANIFEST, run_document, unfinished_document
    from kit.training.named_runs import find_run

    path = find_run(run, out)
    # A blend is finished too, and no run.
    if finished_key(path) is None or not (path / MANIFEST).is_file():
        document = unfinished_document(path)
        _show_unfinished(document)
        return document
    facts = RunFacts(path, None)
    document = run_document(facts)
    _show_finished(facts, document)
    return document


def _show_finished(facts: RunFacts, document: dict[str, Any]) -> None:
    from kit.reporting.run_page import in_words

    recipe = facts.recipe
    say(one_line(f"{recipe.title or recipe.competition}: {document['name']}, finished"))
    say(in_words(facts))
    _show_head(document)
    say(f"folds: {_folds(facts)}")
    say()
    show_tables(facts)
    show_verdict(facts)
    _show_files(document)
    for warning in document["warnings"]:
        note(f"warning: {warning}")
    show_ending(facts, document["submission"], document["report"], verdict=False)


def _show_unfinished(document: dict[str, Any]) -> None:
    say(one_line(f"{document['competition']}: {document['name']}, not finished"))
    _show_head(document)
    say()
    _show_files(document)
    answer(f"fits: {document['fits_done']} of {document['fits']} done; this goes on: {document['command']}")
    answer(f"run: {document['run']}")


def _show_head(document: dict[str, Any]) -> None:
    say(f"started: {str(document['started'])[:16].replace('T', ' ')} UTC, by kit {document['kit']}")
    say(f"command: {document['command']}")
    say(f"settings: {' '.join(document['set']) or 'as the recipe says'} (all: {document['config']})")


def _folds(facts: RunFacts) -> str:
    counts = facts.oof_rows.groupby("fold", sort=False).size()
    return (
        f"{len(counts)} by {facts.recipe.folds.kind}: {', '.join(f'{name} ({n} rows)' for name, n in counts.items())}"
    )


def _show_files(document: dict[str, Any]) -> None:
    import pandas as pd

    lines = [{"file": line["file"], "MiB": line["bytes"] / _MIB} for line in document["files"]]
    show_table(pd.DataFrame(lines), "Files", digits=2)
    say()
