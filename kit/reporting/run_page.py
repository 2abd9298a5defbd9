"""The page of a finished run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from kit.config import load_recipe
from kit.config.load import RESOLVED
from kit.data import Competition
from kit.data.loaded import read_loaded
from kit.errors import DataError
from kit.metrics.scores import Scores
from kit.reporting import classes, encoders, members, process, scores, targets
from kit.reporting.answers import answers
from kit.reporting.compounds import compound_map
from kit.reporting.facts import RunFacts
from kit.reporting.history import ledger
from kit.reporting.importance import importance
from kit.reporting.outline import command_of
from kit.reporting.spectrum import spectrum
from kit.reports.page import REPORT, Page, Section, write_page
from kit.training.notices import read_warnings

MOST_NAMED = 6
"""Models that the page's first line names; of more it says how many of each kind."""

NO_TABLES = (
    "what needs measured values is left out: the run's tables are not where they were, or have changed "
    "(--data says where they are)"
)


def write_run_page(
    run: Path, tables: Competition | None = None, file: Path | None = None, known: Scores | None = None
) -> Path:
    """Write the page of a finished run, and return its file.

    Args:
        run: The run's directory.
        tables: The competition's tables, where they are read already (default: read from where the run had them).
        file: Where to write (default: `REPORT` in the run's directory).
        known: The run's scores, where they are in memory already.

    Raises:
        StateError: It is no finished run, or a file in it was changed.
        RunError: The page cannot be written.
    """
    facts = read_facts(run) if tables is None else RunFacts(run, tables, known)
    file = run / REPORT if file is None else file
    write_page(run_page(facts), file)
    return file


def read_facts(run: Path, data: Path | None = None) -> RunFacts:
    """Return what a page needs of a finished run, with the tables where they can be had.

    Args:
        run: The run's directory.
        data: The folder of the tables (default: where the run had them; without them, the page says what it lacks).

    Raises:
        StateError: It is no finished run, or a file in it was changed.
        DataError: In ``data`` there are no such tables.
    """
    if (run / RESOLVED).is_file():
        try:
            return RunFacts(run, read_loaded(load_recipe(run / RESOLVED), data, lambda _: None))
        except DataError:
            if data is not None:
                raise
    return RunFacts(run, None)


def run_page(facts: RunFacts) -> Page:
    """Return the page of a run: what was run, its score, and what the numbers say of it."""
    # One thread, as a fit has: many small products are slower in several.
    with threadpool_limits(1):
        return _run_page(facts)


def _run_page(facts: RunFacts) -> Page:
    recipe = facts.recipe
    line, shown = scores.headline(facts)
    manifest = facts.manifest
    shown["trained"] = str(manifest.get("started", ""))[:16].replace("T", " ")
    notes = list(read_warnings(facts.path))
    if facts.tables is None:
        notes.append(NO_TABLES)
    return Page(
        title=f"{recipe.title or recipe.competition}: {facts.path.name}",
        subtitle=in_words(facts),
        headline=line,
        facts=shown,
        sections=list(_sections(facts)),
        command=command(facts),
        notes=notes,
        answers=list(answers(facts)),
        versions=_versions(facts),
    )


def _sections(facts: RunFacts) -> Iterator[Section]:
    yield scores.leaderboard(facts)
    found = [
        scores.by_fold_and_group(facts),
        targets.predicted_and_measured(facts),
        classes.by_class(facts),
        classes.coverage(facts),
        scores.by_row(facts),
        scores.strength(facts),
        targets.by_target(facts),
        members.contributions(facts),
        members.learning_curves(facts),
        importance(facts),
        *encoders.learnt(facts),
        *process.learnt(facts),
        process.forecast(facts),
        spectrum(facts),
        compound_map(facts),
        ledger(facts),
        members.costs(facts),
    ]
    yield from (section for section in found if section is not None)


def in_words(facts: RunFacts) -> str:
    """Return what was run: the tables' size, models, target, folds, fits."""
    recipe, tasks = facts.recipe, facts.tasks
    size = ""
    if facts.tables is not None:
        size = f"{facts.tables.n_rows:,} rows × {facts.tables.n_targets:,} targets; "
    entries = {name: model for name, model in recipe.models.items() if model.enabled}
    if len(entries) <= MOST_NAMED:
        models = ", ".join(f"{name} ({model.kind})" for name, model in entries.items())
    else:
        kinds = pd.Series([model.kind for model in entries.values()]).value_counts()
        models = f"{len(entries)} models ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})"
    targets = list(dict.fromkeys((model.target or recipe.target).kind for model in entries.values()))
    before = f" after the stages {', '.join(recipe.stages)}" if recipe.stages else ""
    folds = facts.oof_rows["fold"].nunique()
    return (
        f"{size}{models}{before}; target {', '.join(targets)}; {folds} folds by {recipe.folds.kind}; {len(tasks)} fits"
    )


def command(facts: RunFacts) -> str:
    """Return the command that repeats the run: as it was typed, or one that does the same as a script."""
    argv = facts.manifest["argv"]
    return (
        command_of(facts.manifest) if argv[1:2] == ["train"] else f"kit train {shlex.quote(facts.manifest['recipe'])}"
    )


def _versions(facts: RunFacts) -> dict[str, str]:
    """Return what the run's numbers hang on: code, libraries, tables, machine."""
    manifest = facts.manifest
    commit = (
        f" ({manifest['git'][:12]}{'-dirty' if manifest['git'].endswith('-dirty') else ''})" if manifest["git"] else ""
    )
    tables = {f"{name}, SHA-256": digest[:16] for name, digest in manifest["data"]["sha256"].items()}
    return {
        "kit": f"{manifest['kit']}{commit}",
        "python": manifest["python"],
        **manifest["libraries"],
        **tables,
        "seed": str(facts.recipe.seed),
        "machine": f"{manifest['platform']}, {manifest['cores']} cores",
    }
