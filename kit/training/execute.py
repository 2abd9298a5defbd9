"""Carrying out a plan: stage by stage all fits, then the joined predictions that later stages read."""

from __future__ import annotations

from collections.abc import Callable

from kit.files import intact_key, read_json
from kit.training.engines.base import Engine, unheard
from kit.training.fitting.choosing import join_values
from kit.training.fitting.fit_task import Job, Outcome
from kit.training.fitting.target_store import is_intact
from kit.training.joining.stage_outputs import write_output
from kit.training.planning.tasks import METRICS_FILE, Output, Task
from kit.training.sharing.share import Everything, Share
from kit.training.workspace import Workspace


def execute(
    workspace: Workspace,
    engine: Engine,
    on_finished: Callable[[Outcome], None],
    on_begun: Callable[[Task], None] = unheard,
    share: Share | None = None,
) -> int:
    """Carry out what is missing of a plan: stage by stage the folds' tasks, then those on all rows, then the outputs.

    Args:
        workspace: The recipe, the tables, the plan and where results go.
        engine: Where the fits are carried out.
        on_finished: Called with the outcome of every fit.
        on_begun: Called with the task of every fit before it.
        share: What of it this process does (default: everything). Beside others it waits for what they do, where
            something is to be done after it.

    Returns:
        How many fits this process carried out.

    Raises:
        RunError: A task failed; what was finished before stays.
        InputError: A task found that its input is wrong.
    """
    plan, fitted, share = workspace.plan, 0, share or Everything()
    for stage in plan.stages:
        tasks = plan.tasks_of(stage.name)
        # The fit on all rows needs what the folds chose.
        for final in (False, True):
            wave = [task for task in tasks if task.split.is_final == final]
            is_last = stage is plan.last and (final or not any(task.split.is_final for task in tasks))
            fitted += _fit(workspace, wave, engine, share, is_last, on_finished, on_begun)
        for output in plan.outputs:
            if output.stage == stage.name:
                _join(workspace, output, share)
    return fitted


def _fit(
    workspace: Workspace,
    wave: list[Task],
    engine: Engine,
    share: Share,
    is_last: bool,
    on_finished: Callable[[Outcome], None],
    on_begun: Callable[[Task], None],
) -> int:
    """See to it that tasks are done, by this process or by others; return how many this one did.

    What others still work on is not waited for in the last wave, which nothing follows.
    """
    fitted, run = 0, workspace.path
    missing = [task for task in wave if not is_intact(run, task)]
    while missing:
        taken = share.take(missing)
        if not taken and is_last:
            break
        try:
            # What another process has finished meanwhile is not done again.
            jobs = [job_of(workspace, task) for task in taken if not is_intact(run, task)]
            fitted += len(engine.run(jobs, on_finished, on_begun))
        finally:
            share.give_back(taken)
        if not taken:
            share.wait()
        done = {task.path for task in taken}
        missing = [task for task in missing if task.path not in done and not is_intact(run, task)]
    return fitted


def _join(workspace: Workspace, output: Output, share: Share) -> None:
    """See to it that the output of a stage is written, by this process or by another one."""
    while intact_key(workspace.path / output.path) != output.key:
        taken = share.take([output])
        try:
            if taken:
                write_output(workspace, output)
        finally:
            share.give_back(taken)
        if not taken:
            share.wait()


def job_of(workspace: Workspace, task: Task) -> Job:
    """Return a task with all that a worker needs for it.

    Args:
        workspace: The run.
        task: The task. For a fit on all rows, the folds' tasks of its model are finished, since it takes what they
            chose.
    """
    plan, chosen = workspace.plan, []
    if task.split.is_final:
        folds = plan.fold_tasks(task.model, task.stage)
        chosen = [read_json(workspace.path / fold_task.path / METRICS_FILE)["values"] for fold_task in folds]
    stage = plan.stage(task.stage)
    place = (*stage.place, "models", task.model)
    model, values = plan.model(task), join_values(chosen)
    return Job(task, model, workspace.competition, workspace.path, plan.metric, values, place, stage.tables)
