"""Finding a competition's files, and generating those that are simulated."""

from __future__ import annotations

import os
from pathlib import Path

from kit.config.schema import CompetitionConfig
from kit.data.mistakes import Mistakes
from kit.data.tables.table import Table, open_table
from kit.errors import DataError, nearest

PARTS = ("train", "test", "sample_submission", "noise_free_train", "unlabelled")
"""The tables that a competition file may name, by their names in ``data``."""

_HELP = "; say where the tables are with --data FOLDER or the environment variable KIT_DATA"


def locate_files(config: CompetitionConfig, root: Path) -> dict[str, Path]:
    """Return the competition's files by their part: train and, if named, the others of `PARTS`.

    Args:
        config: The competition.
        root: The folder of the tables. Simulated tables that are not there yet are generated.

    Raises:
        DataError: A file is missing; all missing ones are listed.
    """
    named = {part: getattr(config.data, part) for part in PARTS}
    names = {part: str(name) for part, name in named.items() if name is not None}
    paths = {part: _as_delivered(root / name) for part, name in names.items()}
    missing = {part: path for part, path in paths.items() if not os.path.isfile(path)}
    if config.data.simulate is not None:
        # Most competitions are not simulated and need none of this.
        from kit.data.generated import ensure_generated

        ensure_generated(config.data.simulate, root, complete=not missing)
        missing = {part: path for part, path in paths.items() if not os.path.isfile(path)}
    if not missing:
        return paths
    if not os.path.isdir(root):
        raise DataError(
            f"the folder {root} does not exist, it should hold {', '.join(names.values())} of the competition "
            f"{config.competition!r}{_advice(config)}"
        )
    mistakes = Mistakes(DataError)
    for part, path in missing.items():
        present = (
            sorted(entry.name for entry in path.parent.iterdir() if os.path.isfile(entry))
            if os.path.isdir(path.parent)
            else []
        )
        found = nearest(path.name, present)
        if found:
            hint = f" (did you mean {found!r}? then set data.{part})"
        else:
            hint = f"; the folder holds {', '.join(present[:8])}" if present else "; the folder is empty"
        mistakes.add(f"{path} is missing ({part}){hint}")
    mistakes.found[-1] += _advice(config)
    mistakes.raise_if_any(f"the folder {root}")
    return paths


def _advice(config: CompetitionConfig) -> str:
    return _HELP if config.data.source is None else f"{_HELP}; where to get them: {config.data.source}"


def _as_delivered(path: Path) -> Path:
    """Return the archive beside a file that is not there: Kaggle's client leaves single files as ``NAME.zip``."""
    archive = path.with_name(path.name + ".zip")
    return archive if not os.path.isfile(path) and os.path.isfile(archive) else path


def open_rows(path: Path, config: CompetitionConfig) -> Table:
    """Open a table of further rows of a competition, without targets.

    Where a label is learnt, the columns of an .h5ad file's matrix, or of the layer that the competition names, are
    columns of the table: what a cell expresses.

    Args:
        path: The table.
        config: The competition.

    Raises:
        DataError: The file is damaged, or has no such layer.
        MissingDependencyError: Reading .h5ad needs anndata.
    """
    if config.columns.label is None:
        return open_table(path, strict=False)
    return open_table(path, config.data.layer, config.data.target_names, wide=True)
