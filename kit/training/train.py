"""From a loaded recipe to a finished run: plan, fit, score, hand in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from kit.config import Loaded
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.errors import StateError
from kit.features import FEATURES
from kit.files import changed_file, read_json, teaching_damage
from kit.large import how_large_arrays_live, is_large
from kit.metrics.base import Metric
from kit.metrics.scores import Scores
from kit.noticed import collected
from kit.splits.twins import twins_apart
from kit.submission.submit import note_submission, submit, submitted_file
from kit.training.begin import begin, logging_to
from kit.training.engines.base import Engine
from kit.training.engines.local import LocalEngine
from kit.training.execute import execute
from kit.training.fitting.fit_task import Outcome
from kit.training.foreseen import refuse_hopeless
from kit.training.growth import growth_warnings, refuse_too_large
from kit.training.notices import Notices, changes_without_effect, fit_warnings, read_warnings, write_warnings
from kit.training.observers import Observer, Silent
from kit.training.planning.plan import make_plan
from kit.training.planning.row_splits import replicated_keys
from kit.training.run_directory import LOG, RunDirectory
from kit.training.scoring.summarize import CONTRIBUTIONS, LEADERBOARD, OOF, SUMMARY, read_scores, summarize
from kit.training.workspace import Workspace

_FEW_ROWS_LEFT = 0.2
"""A fold that keeps less than this share of a group's rows is said to remove the group."""


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes:
        path: The run's directory.
        submission: The submission, beside the other runs' of the competition; None where there are no rows to predict.
        scores: The scores of every member.
        leaderboard: One line a member.
        summary: The main member's scores.
        contributions: What each member of a stage's blend contributes; None where no stage has several models.
        warnings: What is odd about tables, folds, fits and submission, each once.
        fitted: How many tasks this call carried out.
    """

    path: Path
    submission: Path | None
    scores: Scores
    leaderboard: pd.DataFrame
    summary: dict[str, Any]
    contributions: pd.DataFrame | None
    warnings: tuple[str, ...]
    fitted: int

    @property
    def rows(self) -> pd.DataFrame:
        """The scores by row of every member."""
        return self.scores.rows


def prepare(recipe: Loaded[RecipeConfig], competition: Competition, out: Path) -> Workspace:
    """Plan a recipe and check what would fail in a fit or at the end; nothing is fitted or written.

    Args:
        recipe: What `kit.config.load_recipe` returned.
        competition: What `kit.data.read_competition` returned.
        out: Where runs are kept.

    Raises:
        InputError: The recipe does not fit the tables.
    """
    config = recipe.config
    plan = make_plan(config, competition)
    run = RunDirectory.of(out, config.competition, recipe.name, plan.key)
    workspace = Workspace(config, competition, plan, run.path)
    refuse_hopeless(workspace)
    refuse_too_large(workspace)
    return workspace


def foreseen_warnings(workspace: Workspace, workers: int | None = None) -> list[str]:
    """Return the warnings about tables, folds and what models need that are known before anything is fitted.

    Args:
        workspace: The run.
        workers: See `kit.training.growth.growth_warnings`.
    """
    competition, columns = workspace.competition, workspace.recipe.columns
    apart = twins_apart(workspace.plan.folds, competition.rows, columns.compound, columns.smiles)
    odd = workspace.recipe.problem.fold_warnings(workspace.plan.folds, competition.Y, competition.targets)
    of_rows = [*_replicate_warnings(workspace), *_fold_warnings(workspace)]
    return [*competition.warnings, *apart, *odd, *of_rows, *growth_warnings(workspace, workers)]


def say_foreseen(workspace: Workspace, engine: Engine, notices: Notices, observer: Observer) -> None:
    """Say what is known before anything is fitted: the warnings, and where large arrays live."""
    # How many workers of a cluster share a machine is not known.
    notices.say(foreseen_warnings(workspace, engine.workers if isinstance(engine, LocalEngine) else None))
    shape = workspace.competition.Y.shape
    if is_large(shape):
        observer.note(how_large_arrays_live(shape))


def train(
    recipe: Loaded[RecipeConfig],
    competition: Competition,
    out: Path = Path("submissions"),
    jobs: int | None = None,
    fresh: bool = False,
    observer: Observer | None = None,
    engine: Engine | None = None,
) -> RunResult:
    """Carry out a recipe on a competition, from wherever an earlier call was interrupted.

    Args:
        recipe: What `kit.config.load_recipe` returned.
        competition: What `kit.data.read_competition` returned.
        out: Where runs, submissions and the ledger are kept.
        jobs: Worker processes (default: the cores of this machine); the result does not depend on it.
        fresh: Set an existing run aside and reuse nothing of it, nor of other runs (the cache is another matter).
        observer: Shows how it goes (default: nothing is shown).
        engine: Where the fits are carried out (default: ``jobs`` processes of this machine).

    Raises:
        RunError: A task failed, the disk is full, another process works on the same run.
        InputError: The recipe does not fit the tables; the message names file and line where they are known.
    """
    with recipe.placing():
        return _train(recipe, competition, out, engine or LocalEngine(jobs), fresh, observer or Silent())


def _train(
    recipe: Loaded[RecipeConfig],
    competition: Competition,
    out: Path,
    engine: Engine,
    fresh: bool,
    observer: Observer,
) -> RunResult:
    workspace = prepare(recipe, competition, out)
    plan, run = workspace.plan, RunDirectory(workspace.path)
    if fresh and (aside := run.set_aside()):
        observer.note(f"set the earlier run aside: {aside}")
    if run.is_finished(plan) and (result := _load(run, plan.metric, competition.hands_in, observer)) is not None:
        observer.note(f"{run.path} is finished already; --fresh runs it again")
        for text in result.warnings:
            observer.note(f"warning: {text}")
        return result
    # One thread in this process too: what it joins must not hang on the number of cores.
    with run.opened(), logging_to(run.path / LOG) as log, threadpool_limits(1), collected() as raised:
        notices = Notices(log, observer.note)
        try:
            say_foreseen(workspace, engine, notices, observer)
            begin(workspace, recipe, log, observer, fresh)

            def on_finished(outcome: Outcome) -> None:
                log.info("%s: %s", outcome.task, outcome.metrics)
                observer.finished(outcome)

            fitted = execute(workspace, engine, on_finished, observer.fitting)
            finished = summarize(workspace)
            log.info("finished: %s %.5f", finished.summary["metric"], finished.summary["score"])
            written = None
            if competition.hands_in:
                keep = partial(note_submission, run.path)
                written = submit(out, competition, recipe.name, run.name, finished.test, finished.summary, keep)
            odd = () if written is None else written.warnings
            in_vain = changes_without_effect(run.path / OOF, recipe.config)
            notices.say([*fit_warnings(run.path, plan.tasks), *raised, *odd, *in_vain])
            write_warnings(run.path, notices.said)
            run.forget_shards()
            run.finish(plan)
        except BaseException:
            notices.say([*fit_warnings(run.path, plan.tasks), *raised])
            raise
    return RunResult(
        run.path,
        None if written is None else written.path,
        finished.scores,
        finished.leaderboard,
        finished.summary,
        finished.contributions,
        tuple(notices.said),
        fitted,
    )


def _load(run: RunDirectory, metric: Metric, handed_in: bool, observer: Observer) -> RunResult | None:
    """Read a finished run; return None where a file was damaged or moved away, so that the run is made again."""
    changed = changed_file(run.path)
    if changed is not None:
        observer.note(f"warning: {changed} was changed or removed since the run finished; it is made again")
        return None
    try:
        with teaching_damage(run.path):
            scores = read_scores(run.path, metric)
            board = pd.read_csv(run.path / LEADERBOARD)
            contributions = pd.read_csv(run.path / CONTRIBUTIONS) if (run.path / CONTRIBUTIONS).is_file() else None
            submission = submitted_file(run.path) if handed_in else None
        summary, warnings = read_json(run.path / SUMMARY), read_warnings(run.path)
    except StateError as error:
        observer.note(f"warning: {error}; it is made again")
        return None
    if submission is not None and not submission.is_file():
        return None  # a submission that was moved away is handed in again
    return RunResult(run.path, submission, scores, board, summary, contributions, warnings, 0)


def _replicate_warnings(workspace: Workspace) -> list[str]:
    """Return a warning where encoders take a row's replicates for other rows."""
    if not replicated_keys(workspace.competition):
        return []
    features = workspace.recipe.features
    blocks = [name for name, block in features.items() if block.enabled and FEATURES.get(block.kind).uses_targets]
    if not blocks:
        return []
    return [
        f"{', '.join(blocks)}: a training row's features are made without its own targets, but with those of its "
        "replicates, which rows to predict do not have; average_replicates: true makes one row of them"
    ]


def _fold_warnings(workspace: Workspace) -> list[str]:
    """Return warnings about groups that a fold's models have hardly seen, where those models make the submission."""
    if workspace.recipe.final != "folds" or not len(workspace.competition.test):
        return []
    warnings = []
    labels = pd.Series(workspace.group_labels(workspace.competition.rows))
    totals = labels.value_counts()
    for fold in workspace.plan.folds:
        left = labels.iloc[fold.train].value_counts().reindex(totals.index, fill_value=0)
        for name in totals.index[left < _FEW_ROWS_LEFT * totals]:
            warnings.append(
                f"final: folds, but the fold {fold.name!r} keeps {left[name]} of {totals[name]} rows of {name!r}; "
                "its models predict the test rows without them (final: refit uses all)"
            )
    return warnings
