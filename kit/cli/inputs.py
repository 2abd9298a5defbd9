"""Inputs of commands: files that must exist, and a competition's tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli.freed_memory import give_back_freed_memory
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
    if os.path.exists(path):
        return path
    if not os.path.isdir(path.parent):
        raise InputError(f"{path}: no such file: there is no folder {path.parent}")
    found = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    raise InputError(f"{path}: no such file" + (f" (did you mean {found!r}?)" if found else ""))


def read_tables(loaded: Loaded[Any], data: Path | None, said: bool = True) -> Competition:
    """Read the tables of a competition or recipe, from ``--data``, KIT_DATA or ``data.root``.

    Args:
        loaded: The competition or recipe.
        data: The option.
        said: Whether to say what is odd about the tables; `kit.training.train.train` does it itself.

    Raises:
        InputError: The tables are missing, damaged or contradict each other.
    """
    from kit.data.loaded import read_loaded

    competition = read_loaded(loaded, data, note)
    give_back_freed_memory()
    for warning in competition.warnings if said else ():
        note(f"warning: {warning}")
    return competition
