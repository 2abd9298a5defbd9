"""A recipe for a competition that has none."""

from __future__ import annotations

from pathlib import Path

from kit.cli.inputs import present, read_tables
from kit.cli.output import note

START = "start.yaml"
"""The recipe that is written for a competition without one, beside its file."""


def recipe_or_start(path: Path, overrides: list[str], data: Path | None) -> Path:
    """Return the file to train: what was given, or for a competition without a recipe its start, written if need be.

    Args:
        path: A recipe, a competition file, or the folder of a ``competition.yaml``.
        overrides: The texts of ``--set``.
        data: The option ``--data``.

    Raises:
        InputError: The competition file or its tables are wrong.
        RunError: The recipe cannot be written.
    """
    from kit.config import load_competition
    from kit.config.layers.extends import read_extended
    from kit.config.schema import CompetitionConfig
    from kit.files import new_file
    from kit.starting import start_recipe

    if path.is_dir():
        path = present(path / "competition.yaml")
    written = set(read_extended(path).value)
    # A recipe whose models are forgotten or misspelt has its other keys.
    if "default_recipe" in written or not written <= set(CompetitionConfig.model_fields):
        return path
    if any(text.startswith("default_recipe") for text in overrides):
        return path
    start = path.with_name(START)
    if start.exists():
        note(f"{path} names no recipe; training {start}, which lies beside it")
        return start
    text = start_recipe(read_tables(load_competition(path), data, said=False), path.name)
    with new_file(start, "make its folder writable, or write a recipe elsewhere that extends it") as temporary:
        temporary.write_text(text, encoding="utf-8")
    note(f"{path} names no recipe: wrote {start}, a start that goes by the table's columns")
    return start
