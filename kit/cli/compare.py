"""``kit compare``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.commands import PartlyDoneError, this_command
from kit.cli.inputs import present, read_tables
from kit.cli.options import DataRoot, Out, Overrides, Report
from kit.cli.output import Document, answer, complain, note, one_line, say, show_table
from kit.cli.report import page_at_end

if TYPE_CHECKING:
    from kit.comparing.comparison import Comparison
    from kit.reports.comparison import Tables


class Against(StrEnum):
    """The reference that recipes are compared with."""

    first = "first"
    best = "best"


def compare(
    recipes: Annotated[list[Path], typer.Argument(metavar="YAML…", help="Recipes of one competition.")],
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
    seeds: Annotated[
        int, typer.Option(min=1, metavar="N", help="Train each with N seeds: its own, its own + 1, …")
    ] = 1,
    against: Annotated[
        Against, typer.Option(help="Differences from the first recipe, or from the best.")
    ] = Against.first,
    data: DataRoot = None,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="True values of test rows, by id: adds test_ columns that enter nothing."),
    ] = None,
    smaller_folds: Annotated[
        list[str],
        typer.Option(
            "--smaller-folds",
            metavar="A.B=C",
            help="Settings of folds of the same rows that train on fewer (folds.params.n_splits=2): adds what a "
            "learning curve expects of a fit on all rows.",
        ),
    ] = [],  # noqa: B006 - typer reads the default
    calibrated: Annotated[
        bool,
        typer.Option(
            "--calibrated",
            help="Also show the field's metrics between the best floor (0) and a ceiling (1), as kit calibrate does: "
            "replicates or no noise where known, else no error at all.",
        ),
    ] = False,
    out: Out = Path("submissions"),
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Worker processes (default: the cores).")] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The folder of the tables (default: from the recipes' names).")
    ] = None,
    report: Report = True,
) -> Document:
    """Train several recipes on the same folds and compare them.

    Finished runs are taken from disk. --set changes every recipe. The tables are kept in
    OUT/<competition>/comparisons/NAME.
    """
    from kit.cli.progress import Progress
    from kit.comparing.candidates import Candidate, default_name, labels, load_with_seeds
    from kit.comparing.comparison import compare as run_comparison
    from kit.comparing.comparison_files import comparison_directory, save_comparison
    from kit.reporting.comparisons.facts import ComparisonFacts
    from kit.reporting.comparisons.page import comparison_page
    from kit.reports.comparison import make_tables
    from kit.reports.page import write_page
    from kit.training.engines.local import default_jobs

    loaded = [load_with_seeds(path, overrides, seeds) for path in recipes]
    called = labels([one[0] for one in loaded])
    candidates = [
        Candidate(label, one, read_tables(one[0], data, said=False)) for label, one in zip(called, loaded, strict=True)
    ]
    smaller = []
    if smaller_folds:
        # The same recipes but for their folds; what is fitted on all rows is theirs already.
        smaller = [
            Candidate(one.label, load_with_seeds(path, [*overrides, *smaller_folds], seeds), one.competition)
            for path, one in zip(recipes, candidates, strict=True)
        ]
    if truth is not None:
        present(truth)
    config = candidates[0].recipes[0].config
    directory = comparison_directory(out, config.competition, name or default_name(candidates))
    shown: list[Progress] = []

    def observe(description: str) -> Progress:
        for progress in shown:
            progress.close()
        note(description)
        shown.append(Progress(jobs or default_jobs()))
        return shown[-1]

    try:
        comparison = run_comparison(candidates, out, jobs, observe, truth, smaller, calibrated)
    except KeyboardInterrupt:
        for progress in shown:
            progress.close()
        complain(f"stopped; what is fitted is kept, and this goes on: {this_command()}")
        raise typer.Exit(1) from None
    finally:
        for progress in shown:
            progress.close()
    tables = make_tables(
        comparison.scores,
        comparison.runs,
        comparison.failures,
        comparison.test,
        against.value,
        comparison.expected,
        comparison.calibrated,
    )
    save_comparison(comparison, tables, directory)
    say(one_line(f"{config.title or config.competition}: {', '.join(called)}"))
    _show(comparison, tables)
    answer(f"comparison: {directory}")
    page = None
    if report and comparison.scores is not None:
        page = page_at_end(directory, lambda file: write_page(comparison_page(ComparisonFacts(directory)), file))
    if page is not None:
        answer(f"report: {page}")
    document = {
        "recipes": called,
        "metric": comparison.metric,
        "overall": tables.overall,
        "by_group": tables.by_group,
        "differences": tables.differences,
        "calibrated": tables.calibrated,
        "agreement": tables.agreement,
        "failures": dict(comparison.failures),
        "comparison": directory,
        "report": page,
    }
    if comparison.failures:
        for label, why in comparison.failures.items():
            complain(f"error: {label} failed: {why}")
        raise PartlyDoneError(document)
    return document


def _show(comparison: Comparison, tables: Tables) -> None:
    from kit.data.columns import ALL_ROWS
    from kit.reports.comparison import calibrated_columns, group_columns, shown, titles
    from kit.reports.leaderboard import few_groups

    metric = comparison.metric
    heads = titles(metric, comparison.n_seeds, comparison.drawn, comparison.truth)
    say()
    show_table(shown(tables.overall), heads["overall"], sections="kind")
    if "test" in heads:
        say(heads["test"])
    if not tables.by_group.empty and set(tables.by_group["group"]) != {ALL_ROWS}:
        say()
        better = comparison.scores is not None and comparison.scores.metric.greater_is_better
        table, title = few_groups(group_columns(tables.by_group, metric), heads["by_group"], better)
        show_table(table, title, sections="kind")
    if not tables.differences.empty:
        say()
        show_table(tables.differences, heads["differences"])
    if not tables.calibrated.empty:
        say()
        show_table(calibrated_columns(tables.calibrated), heads["calibrated"], sections="kind")
    if not tables.agreement.empty:
        say()
        show_table(tables.agreement, heads["agreement"])
    say()
