"""Weights & Biases: a run of the project that is called as the competition is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from kit.files import make_folder
from kit.tracking.record import RunRecord


def write_to_wandb(record: RunRecord, store: Path) -> str:
    """Write a run into ``store/wandb``, offline, or to the server where WANDB_MODE is ``online``.

    The run's id is its name, which ends with its hash: written again, it is the same run. Only the run's files are
    written; the surroundings that the library would collect (console, code, packages, machine) are not.

    Args:
        record: The run.
        store: The folder of the local files.

    Returns:
        Where it is, in words.
    """
    mode: Any = os.environ.get("WANDB_MODE", "offline")
    offline = mode == "offline"
    made = sorted((store / "wandb").glob(f"offline-run-*-{record.name}"))
    if offline and made:
        return f"{made[0]} (there already); `wandb sync` sends it"
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb

    make_folder(store)
    settings = wandb.Settings(
        silent=True,
        console="off",
        disable_code=True,
        disable_git=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
    )
    with wandb.init(
        project=record.competition,
        name=record.name,
        id=record.name,
        resume="allow",
        mode=mode,
        dir=str(store),
        config={"recipe": record.settings, "kit": record.facts | {"key": record.key}},
        settings=settings,
    ) as run:
        run.summary.update(record.scores)
        # Copies in the folder that is sent; an artifact would be put into the user's home first.
        for file in record.files:
            copy = Path(run.dir) / file.name
            shutil.copyfile(file, copy)
            run.save(str(copy), base_path=run.dir, policy="end")
        where = Path(run.dir).parent if offline else run.url
    return f"{where}; `wandb sync` sends it" if offline else str(where)
