"""Carrying out a plan: stage by stage all fits, then the joined predictions that later stages read."""

from __future__ import annotations

from collections.abc import Callable

from kit.files import read_json
from kit.training.fitting.choosing import join_values
from kit.training.fitting.engine import run_jobs
from kit.training.fitting.fit_task import Job, Outcome
from kit.training.fitting.target_store import is_intact
from kit.training.joining.stage_outputs import write_output
from kit.training.planning.tasks import METRICS_FILE, Task
from kit.training.workspace import Workspace


def execute(
    workspace: Workspace,
    workers: int,
    on_finished: Callable[[Outcome], None],
    on_begun: Callable[[Task], None] = lambda task: None,
) -> int:
    """Carry out what is missing of a plan: stage by stage the folds' tasks, then those on all rows, then the outputs.

    Args:
        workspace: The recipe, the tables, the plan and where results go.
        workers: How many processes fit at once.
        on_finished: Called with the outcome of every fit.
        on_begun: Called with the task of every fit before it.

    Returns:
        How many fits were carried out.

    Raises:
        RunError: A task failed; what was finished before stays.
        InputError: A task found that its input is wrong.
    """
    plan, fitted = workspace.plan, 0
    for stage in plan.stages:
        tasks = plan.tasks_of(stage.name)
        # The fit on all rows needs what the folds chose.
        for final in (False, True):
            wave = [task for task in tasks if task.split.is_final == final]
            missing = [task for task in wave if not is_intact(workspace.path, task)]
            if missing:
                jobs = [job_of(workspace, task) for task in missing]
                fitted += len(run_jobs(jobs, workers, on_finished, on_begun))
        for output in plan.outputs:
            if output.stage == stage.name:
                write_output(workspace, output)
    return fitted


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
