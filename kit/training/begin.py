"""The beginning of a run, new or gone on with: what is there already, and the files that describe the run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.config import Loaded
from kit.config.schema import RecipeConfig
from kit.config.show.resolved import dump
from kit.files import remove_stale, teaching_os_errors
from kit.training.manifest import write_start
from kit.training.observers import ForeseesCosts, Observer
from kit.training.planning.estimate import foreseen_seconds
from kit.training.planning.tasks import Task
from kit.training.run_directory import RunDirectory
from kit.training.workspace import Workspace


@contextmanager
def logging_to(file: Path) -> Iterator[logging.Logger]:
    """Give a log that is written to a file, below what the file holds already.

    Raises:
        RunError: The file cannot be written.
    """
    log = logging.Logger(f"kit.run.{file.parent.name}")
    with teaching_os_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()


def begin(
    workspace: Workspace, recipe: Loaded[RecipeConfig], log: logging.Logger, observer: Observer, fresh: bool = False
) -> None:
    """Take over what other runs computed, say what is done and what changed, and write the files of the beginning.

    Args:
        workspace: The run, whose lock this process holds.
        recipe: What `kit.config.load_recipe` returned.
        log: The run's log.
        observer: Is told the same.
        fresh: Take nothing over.

    Raises:
        RunError: A file cannot be written.
    """
    plan, run = workspace.plan, RunDirectory(workspace.path)
    remove_stale(run.path.rglob(".*.tmp*"))
    taken = 0 if fresh else run.take_over(list(plan.tasks))
    if taken:
        observer.note(f"{taken} of {len(plan.tasks)} tasks were computed by other runs and are taken over")
    if damaged := run.damaged(plan.tasks):
        said = f"files of {len(damaged)} tasks were changed since ({damaged[0]}); these are computed again"
        log.warning("warning: %s", said)
        observer.note(f"warning: {said}")
    done = [task for task in plan.tasks if run.finished(task)]
    if len(done) > taken:
        observer.note(f"{len(done) - taken} of {len(plan.tasks)} tasks done, continuing")
    for change in [] if fresh else run.changed_since(plan):
        log.info(change)
        observer.note(change)
    write_start(workspace, dump(recipe, workspace.competition.root), recipe.path)
    observer.started(len(plan.tasks), len(done))
    if isinstance(observer, ForeseesCosts) and len(done) < len(plan.tasks):
        observer.foreseen(_costs_left(workspace, done))


def _costs_left(workspace: Workspace, done: list[Task]) -> list[tuple[Task, float]]:
    """Return the CPU seconds foreseen of each task that is to be fitted; nothing where nobody can say."""
    try:
        seconds = foreseen_seconds(workspace.plan, workspace.competition)
    except Exception:  # a clock that cannot be set must not keep a run from going
        return []
    finished = {task.path for task in done}
    return [(task, seconds[task.key]) for task in workspace.plan.tasks if task.path not in finished]
