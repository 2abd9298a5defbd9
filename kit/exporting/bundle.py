"""A run without what only its scores need: the fitted models that predict new rows, and what they read."""

from __future__ import annotations

import shutil
from pathlib import Path

from kit.errors import InputError
from kit.files import DONE, check_intact, finished_key, link_or_copy, read_json, write_done
from kit.training.joining.saved_run import SavedRun
from kit.training.manifest import TARGETS, TEST_ROWS, TRAIN_ROWS
from kit.training.planning.row_splits import FINAL
from kit.training.scoring.summarize import EXPECTED, LEADERBOARD, OOF, OOF_ROWS, RESIDUALS, SUMMARY

_FILES = (
    "config.resolved.yaml",
    "manifest.json",
    SUMMARY,
    LEADERBOARD,
    "folds.parquet",
    OOF,
    OOF_ROWS,
    RESIDUALS,
    EXPECTED,
    TARGETS,
    TRAIN_ROWS,
    TEST_ROWS,
)
"""What predicts, what says on which rows a prediction rests, and what its intervals are made of."""

_PREDICTIONS = ("test.npy", "validation.npy")


def write_bundle(run: Path, folder: Path) -> None:
    """Write a directory that predicts new rows as the run does, with `kit predict` and `kit.load_run`.

    Left out are the models of the folds (where the test rows are predicted by models of all rows), the features of
    training rows and the predictions of single models.

    Args:
        run: A finished run.
        folder: An empty directory.

    Raises:
        StateError: The run is not finished, or was changed.
        InputError: Its test rows are predicted by the models of the folds, which a bundle would have to keep all of.
    """
    saved = SavedRun(run)
    if saved.recipe.final != "refit":
        raise InputError(
            f"{run.name} predicts with the models of its folds (final: {saved.recipe.final}); a bundle is slim where "
            "one fit on all rows predicts: final: refit"
        )
    for name in _FILES:
        if (run / name).is_file():
            link_or_copy(str(run / name), str(folder / name))
    used: set[str] = set()
    for task in sorted((run / "tasks").glob(f"*/*/seed=*/{FINAL}")):
        used.add(_copy(task, folder / task.relative_to(run)))
    for key in used:
        _copy(run / "targets" / key[:16], folder / "targets" / key[:16])
    for joined in sorted((run / "stages").glob(f"*/{FINAL}")):
        _copy(joined, folder / joined.relative_to(run))
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != DONE]
    write_done(folder, str(finished_key(run)), files)


def _copy(source: Path, target: Path) -> str:
    """Copy a finished directory without its predictions; return the key of the target transform that it names."""
    check_intact(source)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(DONE, *_PREDICTIONS), copy_function=link_or_copy)
    write_done(target, str(finished_key(source)), [file for file in sorted(target.rglob("*")) if file.is_file()])
    metrics = target / "metrics.json"
    return str(read_json(metrics)["target"]) if metrics.is_file() else ""
