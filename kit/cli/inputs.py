"""Inputs of commands: files that must exist, and a competition's tables."""

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
    if os.path.exists(path):
        return path
    if not os.path.isdir(path.parent):
        raise InputError(f"{path}: no such file: there is no folder {path.parent}")
    found = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    raise InputError(f"{path}: no such file" + (f" (did you mean {found!r}?)" if found else ""))


def read_tables(loaded: Loaded[Any], data: Path | None, said: bool = True) -> Competition:
    """Read the tables of a competition or recipe, from ``--data``, KIT_DATA or ``data.root``.

    Tables that the competition file asks to simulate are generated where the user said (``--data``, KIT_DATA,
    ``--set``), or inside of the folder of the file that says ``data.root``: a file from somebody else writes nowhere
    else, and a run's configuration writes nowhere.

    Args:
        loaded: The competition or recipe.
        data: The option.
        said: Whether to say what is odd about the tables; `kit.training.train.train` does it itself.

    Raises:
        InputError: The tables are missing, damaged or contradict each other.
    """
    from kit.config import data_root
    from kit.config.text.origins import shown_path
    from kit.data import read_competition

    root = data_root(loaded, data, os.environ)
    wanted = loaded.config.data.simulate is not None
    if wanted and not _may_generate(loaded, data, root):
        if not os.path.exists(root):
            raise InputError(
                f"{root}: there is no such folder, and {shown_path(loaded.path)} may not have tables generated there: "
                "that is done inside of the folder of the file that says data.root, or where --data or KIT_DATA says; "
                "give the folder of the tables with --data"
            )
        only_read = loaded.config.data.model_copy(update={"simulate": None})
        competition = read_competition(loaded.config.model_copy(update={"data": only_read}), root)
    else:
        if wanted and not os.path.exists(root):
            # A misspelt folder is generated as well; this line shows it.
            note(f"generating the tables of {loaded.config.competition} in {root.resolve()}")
        competition = read_competition(loaded.config, root)
    for warning in competition.warnings if said else ():
        note(f"warning: {warning}")
    return competition


def _may_generate(loaded: Loaded[Any], data: Path | None, root: Path) -> bool:
    """Whether the user, or a file about its own folder, says where the tables are."""
    from kit.config.load import RESOLVED

    written = loaded.origins.exact(("data", "root"))
    if data is not None or os.environ.get("KIT_DATA") or written.override is not None:
        return True
    folder = written.file.parent if written.file is not None else loaded.competition_folder
    return loaded.path.name != RESOLVED and root.resolve().is_relative_to(folder.resolve())
