"""``kit report``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import DataRoot, Out
from kit.cli.output import note, say
from kit.errors import InputError


def report(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A finished run: its folder, its recipe's name, or `latest`.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The page (default: report.html in the run's folder)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the content for programs; write no page.")] = False,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> None:
    """Write what a run's numbers say as one HTML page.

    kit report latest -o page.html
    """
    import json

    from kit.reporting.run_page import NO_TABLES, REPORT, read_facts, run_page, write_page
    from kit.training.named_runs import find_run

    run = find_run(run, out)
    if output is not None and not os.path.isdir(output.parent):
        raise InputError(f"-o: {output}: there is no folder {output.parent}")
    if output is not None and os.path.isdir(output):
        raise InputError(f"-o: {output} is a folder; name a file in it, such as {output / 'report.html'}")
    facts = read_facts(run, data)
    if facts.tables is None:
        note(f"warning: {NO_TABLES}")
    page = run_page(facts)
    if as_json:
        say(json.dumps(page.as_json(), indent=1, ensure_ascii=False))
        return
    file = run / REPORT if output is None else output
    write_page(page, file)
    for section in page.sections:
        say(f"* {section.title}")
    say(f"report: {file}")
