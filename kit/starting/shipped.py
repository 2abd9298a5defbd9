"""The recipes that the kit brings: the winning solutions of Open Problems and its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kit.config import load_competition
from kit.config.layers.extends import extended_files, read_extended
from kit.config.schema import CompetitionConfig
from kit.config.shipped import COMPETITION, shipped_folder
from kit.errors import InputError, did_you_mean
from kit.files import new_file

WINNERS = ("first_place", "second_place", "third_place", "fourth_place", "scape", "pyboost")
"""The solutions of others, by their place; what else there is, is the kit's own."""

_COLUMNS = {"group": "cell_type", "compound": "sm_name", "smiles": "SMILES"}
"""The columns that the recipes name, by what a competition file calls them."""
_PLAIN = re.compile(r"[A-Za-z_][\w.+-]*")
"""Names that YAML takes for text wherever a recipe says them."""


@dataclass(frozen=True)
class ShippedRecipe:
    """A recipe that the kit brings.

    Attributes:
        name: Its name.
        file: Its file.
    """

    name: str
    file: Path

    @property
    def line(self) -> str:
        """What it is: the first sentence of the comment at its beginning."""
        comment = re.match(r"(?:#.*\n)+", self.file.read_text(encoding="utf-8"))
        text = " ".join(line.lstrip("# ") for line in comment[0].splitlines()) if comment else ""
        return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


@dataclass(frozen=True)
class Copied:
    """What copying a recipe did.

    Attributes:
        files: The files that were written, the recipe first.
        renamed: The columns that the recipe names, by what the other competition calls them.
    """

    files: list[Path]
    renamed: dict[str, str]


def shipped_recipes() -> list[ShippedRecipe]:
    """Return the recipes that the kit brings: the winning solutions by place, then its own by name."""
    files = [file for file in shipped_folder().glob("*.yaml") if file.name != COMPETITION]
    found = {file.stem: ShippedRecipe(file.stem, file) for file in files}
    return [found.pop(name) for name in WINNERS if name in found] + [found[name] for name in sorted(found)]


def copy_recipe(name: str, folder: Path, replace: bool = False) -> Copied:
    """Write a recipe, and what it extends, beside a competition file.

    Where the competition calls its groups, compounds and structures otherwise than Open Problems does (``cell_type``,
    ``sm_name``, ``SMILES``), the recipe is written with its words.

    Args:
        name: The recipe's name.
        folder: The folder of a ``competition.yaml``.
        replace: Whether files of that name are replaced.

    Raises:
        InputError: There is no such recipe, no competition file, the competition has no groups, compounds or structures
            that the recipe could be about, calls them as the recipe calls something else, or a file is there that holds
            something else.
        RunError: A file cannot be written.
    """
    known = {recipe.name: recipe.file for recipe in shipped_recipes()}
    if name not in known:
        raise InputError(f"there is no recipe {name!r}{did_you_mean(name, known)}; `kit recipes` lists them")
    if not (folder / COMPETITION).is_file():
        raise InputError(
            f"{folder} has no {COMPETITION}, beside which a recipe is put; `kit init TRAIN TEST` writes one for your "
            "own tables"
        )
    files = [file for file in extended_files(known[name]) if file.name != COMPETITION]
    texts = {folder / file.name: file.read_text(encoding="utf-8") for file in files}
    renamed = _renamed("".join(texts.values()), load_competition(folder / COMPETITION).config, folder)
    blocks = set(read_extended(known[name]).value["features"].value)
    for column, called in renamed.items():
        # A block of that name is renamed with its column.
        if column in blocks and called in blocks - renamed.keys():
            raise InputError(f"{name} has a block of features called {called!r}, as the column is: rename the column")
    texts = {path: _with_columns(text, renamed) for path, text in texts.items()}
    other = [path.name for path, text in texts.items() if path.exists() and path.read_text(encoding="utf-8") != text]
    if other and not replace:
        raise InputError(f"{folder} holds another {' and '.join(other)} already; move it away, or --force replaces it")
    for path, text in texts.items():
        with new_file(path, "make its folder writable") as temporary:
            temporary.write_text(text, encoding="utf-8")
    return Copied(list(texts), renamed)


def _renamed(text: str, config: CompetitionConfig, folder: Path) -> dict[str, str]:
    """Return the columns of a recipe that are called otherwise in a competition, by the recipes' names for them."""
    renamed = {}
    for role, known in _COLUMNS.items():
        if not re.search(rf"\b{known}\b", text):
            continue
        column = getattr(config.columns, role)
        if column is None:
            raise InputError(
                f"{folder / COMPETITION} names no columns.{role}, which the recipe is about (there: {known}): name "
                "the column; without one, `kit train` writes a recipe that goes by the table"
            )
        if not _PLAIN.fullmatch(column):
            raise InputError(
                f"columns.{role} is {column!r}; in a recipe a column is a word of letters, digits, _ . + -"
            )
        if column != known:
            renamed[known] = column
    return renamed


def _with_columns(text: str, renamed: dict[str, str]) -> str:
    """Return a recipe's text with other names of columns, all at once so that two may change places."""
    words = "|".join(_COLUMNS.values())
    return re.sub(rf"\b({words})\b", lambda found: renamed.get(found[1], found[1]), text)
