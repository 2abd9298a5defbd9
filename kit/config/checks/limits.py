"""Counts beyond all reason, which are refused before anything is unrolled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kit.config.checks.references.dependencies import plugins_inside
from kit.config.checks.references.stages import StageSection, section_of, stage_sections
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath

MOST_FITS = 100_000
"""The fits of a run: each is a directory of its own, and at a second each they take a day."""

MOST_PLUGINS = 1_000
"""The plug-ins that one feature block holds, those of blocks that it names counted wherever they are named."""

_DEEPEST = 25
"""Blocks that name each other in a row."""


def check_limits(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the counts of a plain recipe that are beyond `MOST_FITS` or `MOST_PLUGINS`."""
    for stage in stage_sections(tree):
        yield from _too_many_fits(tree, stage)
    blocks = section_of(tree, "features")
    sizes: dict[str, int] = {}
    for name in blocks:
        if _size(name, blocks, sizes, 0) > MOST_PLUGINS:
            message = f"more than {MOST_PLUGINS:,} plug-ins, those of blocks that it names counted each time"
            message += f", or more than {_DEEPEST} blocks that name each other in a row"
            yield Mistake(("features", name), f"{message}; name blocks less often")
            return  # the blocks that name this one are too large as well


def _too_many_fits(tree: Mapping[str, Any], stage: StageSection) -> Iterator[Mistake]:
    rounds, at = stage.pseudo_labels.get("rounds"), (*stage.path, "pseudo_labels", "rounds")
    n_rounds = rounds if isinstance(rounds, int) else 1
    fits, largest, where = 0, n_rounds, at
    for name, entry in stage.models.items():
        own = entry.get("repeats") if isinstance(entry, dict) else None
        places: dict[KeyPath, Any] = {
            (*stage.path, "models", name, "repeats"): own,
            (*stage.path, "repeats"): stage.section.get("repeats"),
            ("repeats",): tree.get("repeats"),
        }
        path, repeats = next(((path, count) for path, count in places.items() if isinstance(count, int)), (at, 1))
        fits += n_rounds * repeats
        if repeats > largest:
            largest, where = repeats, path
    if fits > MOST_FITS:
        yield Mistake(where, f"{fits:,} fits on every set of rows; a run has at most {MOST_FITS:,}")


def _size(name: str, blocks: Mapping[str, Any], sizes: dict[str, int], depth: int) -> int:
    """Return the number of plug-ins that a block holds; in a circle of blocks, which is reported elsewhere, too few."""
    if depth > _DEEPEST:
        return MOST_PLUGINS + 1
    if name not in sizes:
        sizes[name] = 0
        for _, family, entry in plugins_inside(("features", name), "feature", blocks[name]):
            named = isinstance(entry, str) and family == "feature" and entry in blocks
            sizes[name] += _size(entry, blocks, sizes, depth + 1) if named else 1
    return sizes[name]
