"""``kit report``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.inputs import read_tables
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

    from kit.config import load_recipe
    from kit.config.load import RESOLVED
    from kit.errors import DataError
    from kit.files import new_file
    from kit.reporting.facts import RunFacts
    from kit.reporting.run_page import run_page
    from kit.reports.page import render
    from kit.training.named_runs import find_run

    run = find_run(run, out)
    if output is not None and not os.path.isdir(output.parent):
        raise InputError(f"-o: {output}: there is no folder {output.parent}")
    if output is not None and os.path.isdir(output):
        raise InputError(f"-o: {output} is a folder; name a file in it, such as {output / 'report.html'}")
    try:
        tables = read_tables(load_recipe(run / RESOLVED), data, said=False)
    except DataError as error:
        if data is not None:
            raise
        note(f"warning: what needs the tables is left out: {error}")
        tables = None
    page = run_page(RunFacts(run, tables))
    if as_json:
        say(json.dumps(page.as_json(), indent=1, ensure_ascii=False))
        return
    file = run / "report.html" if output is None else output
    with new_file(file) as temporary:
        temporary.write_text(render(page), encoding="utf-8")
    for section in page.sections:
        say(f"* {section.title}")
    say(f"report: {file}")
