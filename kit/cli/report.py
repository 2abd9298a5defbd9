"""``kit report``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.freed_memory import give_back_freed_memory
from kit.cli.options import DataRoot, Out
from kit.cli.output import Document, answer, note, say
from kit.errors import InputError

if TYPE_CHECKING:
    from kit.reports.page import Page


def report(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="A finished run: its folder, its recipe's name, or `latest`; or the folder of a comparison or study.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The page (default: report.html in the folder)."),
    ] = None,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Write the HTML page of a run, a comparison or a study.

    kit train, kit compare and kit tune write it too, at their end. --json prints what the page says.
    """
    from kit.reports.page import REPORT, write_page

    if output is not None and not os.path.isdir(output.parent):
        raise InputError(f"-o: {output}: there is no folder {output.parent}")
    if output is not None and os.path.isdir(output):
        raise InputError(f"-o: {output} is a folder; name a file in it, such as {output / REPORT}")
    folder, page = _page(run, data, out)
    file = folder / REPORT if output is None else output
    write_page(page, file)
    for section in page.sections:
        say(f"* {section.title}")
    answer(f"report: {file}")
    return {"report": file, **page.as_json()}


def _page(given: Path, data: Path | None, out: Path) -> tuple[Path, Page]:
    """Return the folder that was asked for, and its page."""
    from kit.reporting.comparisons.facts import ComparisonFacts
    from kit.reporting.comparisons.page import comparison_page
    from kit.reporting.run_page import NO_TABLES, read_facts, run_page
    from kit.reporting.studies.facts import StudyFacts
    from kit.reporting.studies.page import study_page
    from kit.reports.comparison import ABOUT
    from kit.training.named_runs import find_run

    if (given / ABOUT).is_file():
        return given, comparison_page(ComparisonFacts(given))
    if (given / "best.json").is_file():
        return given, study_page(StudyFacts(given))
    run = find_run(given, out)
    facts = read_facts(run, data)
    if facts.tables is None:
        note(f"warning: {NO_TABLES}")
    return run, run_page(facts)


def page_at_end(folder: Path, write: Callable[[Path], object]) -> Path | None:
    """Write the page of work that has just finished; where that cannot be, say so on a line: nothing fails.

    Args:
        folder: The folder of a run, a comparison or a study.
        write: Writes the page into a file.

    Returns:
        The page, or None.
    """
    from kit.reports.page import REPORT

    give_back_freed_memory()
    try:
        write(folder / REPORT)
    except Exception as error:  # the work is finished: whatever a figure stumbles over is no reason to fail it
        said = " ".join(str(error).split()) or type(error).__name__
        note(f"warning: the report was not written ({said}); `kit report {shlex.quote(str(folder))}` tries again")
        return None
    return folder / REPORT
