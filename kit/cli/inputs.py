"""What a command is given: files that exist, and a competition's tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli.output import note
from kit.errors import InputError, nearest

if TYPE_CHECKING:
    from kit.config import Loaded
    from kit.data import Competition


def present(path: Path) -> Path:
    """Return the path of a file or folder that exists.

    Raises:
        InputError: It does not exist; the message names the nearest file beside it.
    """
    if path.exists():
        return path
    if not path.parent.is_dir():
        raise InputError(f"{path}: no such file: there is no folder {path.parent}")
    found = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    raise InputError(f"{path}: no such file" + (f" (did you mean {found!r}?)" if found else ""))


def read_tables(loaded: Loaded[Any], data: Path | None) -> Competition:
    """Read the tables of a competition or recipe, from ``--data``, KIT_DATA or ``data.root``.

    Raises:
        InputError: The tables are missing, damaged or contradict each other.
    """
    from kit.config import data_root
    from kit.data import read_competition

    root = data_root(loaded, data, os.environ)
    if loaded.config.data.simulate is not None and not root.exists():
        # A misspelt folder is generated as well; this line shows it.
        note(f"generating the tables of {loaded.config.competition} in {root.resolve()}")
    return read_competition(loaded.config, root)
