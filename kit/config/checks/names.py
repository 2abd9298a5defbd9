"""The check of the names that a recipe gives: they become files and folders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kit.config.checks.references.stages import section_of, stage_sections
from kit.config.text.mistakes import Finding, Mistake
from kit.config.text.origins import KeyPath, Origin
from kit.names import why_no_name


def check_names(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the names in a plain configuration that cannot name files."""
    competition = tree.get("competition")
    if isinstance(competition, str) and (why := why_no_name(competition)):
        yield Mistake(("competition",), f"a competition's name: {why}")
    yield from _keys((), "features", "a feature block's", tree)
    yield from _keys((), "stages", "a stage's", tree)
    for stage in stage_sections(tree):
        yield from _keys(stage.path, "models", "a model's", stage.section)


def file_findings(file: Path) -> list[Finding]:
    """Return the mistakes in a recipe's own name: runs and submissions are called after its file."""
    why = why_no_name(file.stem)
    return [Finding(Origin(file), (), f"a recipe's file name without its ending: {why}; rename it")] if why else []


def _keys(at: KeyPath, section: str, whose: str, tree: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in section_of(tree, section):
        if why := why_no_name(name):
            yield Mistake((*at, section, name), f"{whose} name: {why}")
