"""The output of a stage: the joined predictions of its models, for later stages to read.

stages/<stage>/<split>/
    validation.npy test.npy rows-<hash>.npy     predictions at full width, after blend and post-processing
    agreement-….npy variance-….npy              how unsure they are of each row, where a later stage asks
    joining/blend/ joining/postprocess/         what predictions of new rows go through
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kit.arrays import Doubles
from kit.blends.base import Blend
from kit.files import intact_key, new_directory, read_array, write_array
from kit.postprocess.base import Postprocessor
from kit.postprocess.rows import for_rows
from kit.training.joining.join import Aggregators, disagreement, fit_postprocess, join_blend
from kit.training.joining.stage_blend import fit_blend, fits_of
from kit.training.planning.row_sets import row_sets
from kit.training.planning.stages import AGREEMENT, VARIANCE
from kit.training.planning.tasks import Output, Task
from kit.training.workspace import Workspace

_JOINING = "joining"


def write_output(workspace: Workspace, output: Output) -> None:
    """Join and write what the tasks of a stage, fitted on one row split, have predicted; nothing where that was done.

    Args:
        workspace: Where the stage's tasks are finished.
        output: The stage and the split.

    Raises:
        RunError: A file cannot be written.
    """
    if intact_key(workspace.path / output.path) == output.key:
        return
    recipe, competition = workspace.recipe, workspace.competition
    stage, split = workspace.plan.stage(output.stage), output.split
    blend = fit_blend(workspace, stage, split).blend
    # The original rows alone: the range of what a stage was taught is not a measured one.
    rows, Y = workspace.select_rows(split.train)
    steps = fit_postprocess(recipe.postprocess, Y, rows)
    with new_directory(workspace.path / output.path, output.key) as directory:
        for file, rows in row_sets(competition, split, stage.tables).items():
            groups = workspace.group_labels(rows)
            fits = fits_of(workspace, stage, [split], file)
            joined = join_blend(fits, Aggregators.of(recipe, stage), groups, blend, for_rows(steps, rows))
            write_array(directory / file, joined)
            if AGREEMENT in stage.asked:
                write_array(directory / f"{AGREEMENT}-{file}", disagreement(fits, groups))
            if VARIANCE in stage.asked:
                tasks = workspace.plan.tasks_of(stage.name, split)
                write_array(directory / f"{VARIANCE}-{file}", mean_variance(workspace.path, tasks, file))
        save_joining(directory, blend, steps)


def save_joining(directory: Path, blend: Blend, steps: list[Postprocessor]) -> None:
    """Write the fitted blend and post-processing of a stage into a directory: new predictions go through them too."""
    blend.save(directory / _JOINING / "blend")
    for index, step in enumerate(steps):
        step.save(directory / _JOINING / "postprocess" / str(index))


def load_joining(directory: Path, n_steps: int) -> tuple[Blend, list[Postprocessor]]:
    """Read back what `save_joining` wrote.

    Args:
        directory: That directory.
        n_steps: The number of post-processing steps.
    """
    steps = [Postprocessor.load(directory / _JOINING / "postprocess" / str(index)) for index in range(n_steps)]
    return Blend.load(directory / _JOINING / "blend"), steps


def mean_variance(run: Path, tasks: Iterable[Task], file: str) -> Doubles:
    """Return the mean variance that fits predict for each row of a file; models that predict none are left out."""
    files = [run / task.path / f"{VARIANCE}-{file}" for task in tasks]
    mean: Doubles = np.mean([read_array(path) for path in files if path.is_file()], axis=0)
    return mean
