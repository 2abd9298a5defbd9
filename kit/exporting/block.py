"""A fitted feature block of a run, for other recipes to start from."""

from __future__ import annotations

import shutil
from pathlib import Path

from kit.errors import InputError, did_you_mean
from kit.files import check_intact
from kit.training.planning.row_splits import FINAL


def write_block(run: Path, folder: Path, name: str) -> None:
    """Write a block as the fit of a model on all rows has it; of several models the first.

    Args:
        run: A finished run.
        folder: An empty directory.
        name: The block's name in the recipe.

    Raises:
        InputError: No model that was fitted on all rows reads such a block.
        StateError: The fit was changed.
    """
    found = {path.name: path for path in sorted(run.glob(f"tasks/*/*/seed=*/{FINAL}/model/features/*"), reverse=True)}
    if not found:
        raise InputError(f"{run.name} has no fit on all rows (final: folds); train it with final: refit")
    if name not in found:
        hint = did_you_mean(name, list(found))
        raise InputError(f"{run.name} has no block {name!r}{hint}; its models read {', '.join(sorted(found))}")
    check_intact(found[name].parents[2])
    shutil.copytree(found[name], folder, dirs_exist_ok=True)
