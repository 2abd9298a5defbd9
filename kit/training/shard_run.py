"""One of several processes that carry out a run together, in a folder that all of them see."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from kit.config import Loaded
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.training.begin import begin, logging_to
from kit.training.engines.base import Engine
from kit.training.engines.local import LocalEngine
from kit.training.execute import execute
from kit.training.fitting.fit_task import Outcome
from kit.training.notices import Notices
from kit.training.observers import Observer, Silent
from kit.training.run_directory import RunDirectory
from kit.training.sharing.claims import Claims, sharing
from kit.training.sharing.share import Shard, SharedWork
from kit.training.train import prepare, say_foreseen
from kit.training.workspace import Workspace


@dataclass(frozen=True)
class ShardResult:
    """What a shard has done.

    Attributes:
        path: The run's directory.
        fitted: How many tasks this process carried out.
        left: How many tasks of the run are not finished; other processes work on them.
        total: How many tasks the run has.
    """

    path: Path
    fitted: int
    left: int
    total: int


def train_shard(
    recipe: Loaded[RecipeConfig],
    competition: Competition,
    shard: Shard,
    out: Path = Path("submissions"),
    observer: Observer | None = None,
    engine: Engine | None = None,
) -> ShardResult:
    """Carry out a part of a recipe's fits, beside other processes that carry out theirs.

    There is no scheduler: each takes on what is its own first, then what nobody living has taken on. Any of them may be
    killed and started again, begin later or never. `kit.training.train.train` of the same recipe joins what they have
    computed, and computes what is missing.

    Args:
        recipe: What `kit.config.load_recipe` returned.
        competition: What `kit.data.read_competition` returned.
        shard: Which of the processes this is.
        out: Where runs are kept, a folder that all of the processes see.
        observer: Shows how it goes (default: nothing is shown).
        engine: Where the fits are carried out (default: processes of this machine, as many as it has cores).

    Raises:
        RunError: A task failed, the disk is full, another process joins the run.
        InputError: The recipe does not fit the tables; the message names file and line where they are known.
    """
    with recipe.placing():
        workspace = prepare(recipe, competition, out)
        return _train_shard(recipe, workspace, shard, observer or Silent(), engine or LocalEngine())


def _train_shard(
    recipe: Loaded[RecipeConfig], workspace: Workspace, shard: Shard, observer: Observer, engine: Engine
) -> ShardResult:
    plan, run = workspace.plan, RunDirectory(workspace.path)
    if run.is_finished(plan):
        observer.note(f"{run.path} is finished already")
        return ShardResult(run.path, 0, 0, len(plan.tasks))
    with ExitStack() as stack:
        with run.locked(beside_shards=True):
            alone = not sharing(run.shards)
            if alone:
                run.refuse_links()
            claims = stack.enter_context(Claims.of(run.shards, str(shard)))
            log = stack.enter_context(logging_to(run.shards / f"{shard.file}.log"))
            say_foreseen(workspace, engine, Notices(log, observer.note), observer)
            if alone:
                begin(workspace, recipe, log, observer)
            else:
                observer.started(len(plan.tasks), sum(run.finished(task) for task in plan.tasks))
        stack.enter_context(threadpool_limits(1))

        def on_finished(outcome: Outcome) -> None:
            log.info("%s: %s", outcome.task, outcome.metrics)
            observer.finished(outcome)

        share = SharedWork(shard, plan, claims, engine.workers)
        fitted = execute(workspace, engine, on_finished, observer.fitting, share)
    left = sum(not run.finished(task) for task in plan.tasks)
    return ShardResult(run.path, fitted, left, len(plan.tasks))
