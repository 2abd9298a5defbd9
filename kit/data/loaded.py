"""The tables of a loaded recipe or competition file: where they are looked for, and where they may be generated."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.config import Loaded, data_root
from kit.config.load import RESOLVED
from kit.config.text.origins import shown_path
from kit.data.competition import Competition
from kit.data.read import read_competition
from kit.errors import InputError


def read_loaded(loaded: Loaded[Any], data: Path | None, note: Callable[[str], None]) -> Competition:
    """Read the tables of a competition or recipe, from ``data``, KIT_DATA or ``data.root``.

    Tables that the competition file asks to simulate are generated where the user said (``data``, KIT_DATA,
    ``--set``), or inside of the folder of the file that says ``data.root``: a file from somebody else writes nowhere
    else, and a run's configuration writes nowhere.

    Args:
        loaded: The competition or recipe.
        data: The folder that the user named.
        note: Told where tables are generated.

    Raises:
        InputError: The tables are missing, damaged or contradict each other.
    """
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
        with loaded.placing():
            return read_competition(loaded.config.model_copy(update={"data": only_read}), root)
    if wanted and not os.path.exists(root):
        # A misspelt folder is generated as well; this line shows it.
        note(f"generating the tables of {loaded.config.competition} in {root.resolve()}")
    with loaded.placing():
        return read_competition(loaded.config, root)


def _may_generate(loaded: Loaded[Any], data: Path | None, root: Path) -> bool:
    """Whether the user, or a file about its own folder, says where the tables are."""
    written = loaded.origins.exact(("data", "root"))
    if data is not None or os.environ.get("KIT_DATA") or written.override is not None:
        return True
    folder = written.file.parent if written.file is not None else loaded.competition_folder
    return loaded.path.name != RESOLVED and root.resolve().is_relative_to(folder.resolve())
