"""``kit train``."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.commands import this_command
from kit.cli.engines import EngineKind, engine_of
from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Out, Overrides, Recipe, Report
from kit.cli.output import Document, answer, complain, note, one_line, say, show_table
from kit.cli.report import page_at_end
from kit.cli.run_tables import NO_SUBMISSION, show_ending, show_tables, show_verdict
from kit.cli.track import Tracker, mirror_or_note
from kit.cli.without_recipe import recipe_or_start
from kit.errors import InputError

if TYPE_CHECKING:
    from kit.config import Loaded
    from kit.config.schema import RecipeConfig
    from kit.data import Competition
    from kit.training.engines.base import Engine
    from kit.training.planning.expense import Expense
    from kit.training.sharing.share import Shard

_SMALL = "small"
"""The preset that keeps a recipe's structure and makes it quick and weak."""

_HEADS = {
    "n_features": "features",
    "n_outputs": "outputs",
    "cpu_seconds": "CPU s, about",
    "memory_bytes": "MiB a fit",
}
"""The columns of a plan that are called otherwise than in `kit.training.planning.estimate.Estimate`."""


def train(
    recipe: Recipe,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
    data: DataRoot = None,
    out: Out = Path("submissions"),
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Worker processes (default: the cores).")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and print the plan; fit nothing.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Set an existing run aside and start anew.")] = False,
    track: Annotated[Tracker | None, typer.Option(help="Mirror the finished run, as `kit track` does.")] = None,
    report: Report = True,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print the long tables too, as kit show does.")] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Carry out a part beside other such processes on a shared --out; then train joins."
        ),
    ] = None,
    engine: Annotated[EngineKind, typer.Option(help="Where fits are carried out.")] = EngineKind.LOCAL,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Of --engine dask (default: --jobs workers of its own); its first worker has a minute to come.",
        ),
    ] = None,
) -> Document:
    """Train a recipe: folds, scores, a checked submission.

    The same command goes on where an earlier one was interrupted. A competition without a recipe gets start.yaml.
    """
    from kit.config import load_recipe
    from kit.tracking import check_installed
    from kit.training.sharing.share import Shard

    if scheduler is not None and engine is not EngineKind.DASK:
        raise InputError(f"--scheduler {scheduler}: only --engine dask has one; add it")
    part = None if shard is None else Shard.parse(shard)
    if part is not None and fresh:
        raise InputError("--shard and --fresh: each shard would set aside what the others do; remove one of them")
    if part is not None and (track is not None or verbose):
        given = "--verbose" if track is None else "--track"
        raise InputError(f"--shard and {given}: only the command that joins has a result; give {given} to that one")
    if scheduler is not None and jobs is not None:
        raise InputError(f"--scheduler {scheduler} and --jobs {jobs}: that cluster has its own workers; remove --jobs")
    if track is not None:
        check_installed(track)
    if dry_run:
        others = {"--shard": part, "--engine": engine is EngineKind.DASK, "--scheduler": scheduler, "--fresh": fresh}
        others |= {"--track": track, "--verbose": verbose}
        if unused := [name for name, given in others.items() if given]:
            note(f"--dry-run plans the whole run on this machine; without effect: {', '.join(unused)}")
    loaded = load_recipe(recipe_or_start(recipe, overrides, data), overrides)
    competition = read_tables(loaded, data, said=False)
    say(one_line(f"{loaded.config.title or loaded.config.competition}: {loaded.name}"))
    n_rows, n_targets = competition.Y.shape
    n_test = len(competition.test)
    size = f"{n_rows} rows x {n_targets} targets, {f'{n_test} rows to predict' if n_test else 'no rows to predict'}"
    say(f"{size}, from {competition.root.resolve()}")
    if dry_run:
        return _show_plan(loaded, competition, out, jobs)
    if part is not None:
        with engine_of(engine, scheduler, jobs) as carrying:
            return _train_shard(part, loaded, competition, out, carrying)
    from kit.cli.progress import Progress
    from kit.reporting.facts import RunFacts
    from kit.reporting.outline import run_document
    from kit.reporting.run_page import write_run_page
    from kit.reports.page import REPORT
    from kit.training.train import train as run_training

    with engine_of(engine, scheduler, jobs) as carrying, closing(Progress(carrying.workers)) as progress:
        try:
            result = run_training(loaded, competition, out, fresh=fresh, observer=progress, engine=carrying)
        except KeyboardInterrupt:
            progress.close()
            complain(f"stopped; what is fitted is kept, and this goes on: {this_command('--fresh')}")
            raise typer.Exit(1) from None
    page = result.path / REPORT
    # A run that was finished before has its page, unless that was left out.
    if report and (result.fitted or not page.is_file()):
        competition.forget_pages()
        page_at_end(result.path, lambda file: write_run_page(result.path, competition, file, result.scores))
    facts = RunFacts(result.path, None, result.scores)
    say()
    if verbose:
        show_tables(facts)
        show_verdict(facts)
    if track is not None:
        mirror_or_note(result.path, track, out)
    small = any(re.fullmatch(rf"\s*preset\s*=\s*{_SMALL}\s*", text) for text in overrides)
    show_ending(facts, result.submission, page if page.is_file() else None, 3 + small + (track is not None))
    if small:
        say(f"preset {_SMALL}: for trying the road, not for handing in")
    return run_document(facts)


def _train_shard(
    shard: Shard, loaded: Loaded[RecipeConfig], competition: Competition, out: Path, engine: Engine
) -> Document:
    from kit.cli.progress import Progress
    from kit.training.shard_run import train_shard

    with closing(Progress(engine.workers)) as progress:
        try:
            result = train_shard(loaded, competition, shard, out, progress, engine)
        except KeyboardInterrupt:
            progress.close()
            complain(f"stopped; what is fitted is kept, and this goes on: {this_command()}")
            raise typer.Exit(1) from None
    done = result.total - result.left
    say(f"shard {shard}: {result.fitted} fits here; {done} of {result.total} of the run are done")
    answer(f"run: {result.path}")
    say(f"when all shards have ended: {this_command(valued=['--shard', '--jobs'])}")
    return {"shard": str(shard), "fitted": result.fitted, "done": done, "fits": result.total, "run": result.path}


def _show_plan(loaded: Loaded[RecipeConfig], competition: Competition, out: Path, jobs: int | None) -> Document:
    import pandas as pd

    from kit.submission import submission_path
    from kit.training.engines.local import default_jobs
    from kit.training.planning.expense import expense
    from kit.training.run_directory import RunDirectory
    from kit.training.train import foreseen_warnings, prepare

    with loaded.placing():
        workspace = prepare(loaded, competition, out)
        plan, run = workspace.plan, RunDirectory(workspace.path)
        workers = jobs or default_jobs()
        for warning in foreseen_warnings(workspace, workers):
            note(f"warning: {warning}")
        cost = expense(plan, competition, workers)
    table = pd.DataFrame(cost.models)
    frame = table.copy()
    frame["memory_bytes"] //= 2**20
    frame = frame.rename(columns=_HEADS)
    done = sum(run.finished(task) for task in plan.tasks)
    if len(plan.stages) == 1:
        frame = frame.drop(columns="stage")
    say()
    show_table(frame, "Plan", digits=1)
    say()
    say(one_line(f"folds: {', '.join(f'{fold.name} ({len(fold.validation)} rows)' for fold in plan.folds)}"))
    say(f"final: {loaded.config.final}")
    say(
        f"fits: {len(plan.tasks)} ({done} done), about {cost.cpu_seconds:.0f} s of CPU time in all, of it "
        f"{cost.beside_seconds:.0f} s beside the fits"
    )
    say(f"memory: about {_memory(cost)}")
    answer(f"run: {run.path}")
    named = submission_path(out, loaded.config.competition, run.name) if competition.hands_in else None
    answer(f"submission: {named or NO_SUBMISSION}")
    return {
        "plan": table,
        "folds": [{"fold": fold.name, "rows": len(fold.validation)} for fold in plan.folds],
        "fits": len(plan.tasks),
        "done": done,
        "cpu_seconds": cost.cpu_seconds,
        "beside_seconds": cost.beside_seconds,
        "workers": cost.workers,
        "memory_bytes": cost.main_bytes,
        "worker_memory_bytes": cost.worker_bytes,
        "run": run.path,
        "submission": named,
    }


def _memory(cost: Expense) -> str:
    main = f"{cost.main_bytes / 2**20:.0f} MiB"
    if cost.workers == 1:
        return f"{main}, with the one worker"
    return f"{main} in this process and {cost.worker_bytes / 2**20:.0f} MiB in each of {cost.workers} workers (--jobs)"
