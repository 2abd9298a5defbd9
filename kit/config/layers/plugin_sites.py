"""Where plug-ins stand in a recipe, and the short form in which they may be written there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Importing a room registers its plug-ins.
import kit.blends
import kit.features
import kit.metrics
import kit.models
import kit.postprocess
import kit.splits
import kit.targets  # noqa: F401
from kit.blends.base import BLENDS
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath
from kit.features.augmentation import AUGMENTERS
from kit.features.base import FEATURES
from kit.metrics.base import METRICS
from kit.models.base import MODELS
from kit.postprocess.base import POSTPROCESSORS
from kit.splits.base import SPLITTERS
from kit.targets.base import TARGETS

ANY = "*"
"""In a pattern: every key of a mapping."""
EACH = "[]"
"""In a pattern: every entry of a list."""

Pattern = tuple[str, ...]

# What a stage holds, wherever it stands.
_STAGE: dict[Pattern, str] = {
    ("models", ANY): MODELS.family,
    ("models", ANY, "target"): TARGETS.family,
    ("models", ANY, "augment", EACH): AUGMENTERS.family,
    ("blend",): BLENDS.family,
}

POSITIONS: dict[Pattern, str] = {
    ("metric",): METRICS.family,
    ("folds",): SPLITTERS.family,
    ("folds", "inner"): SPLITTERS.family,
    ("target",): TARGETS.family,
    ("features", ANY): FEATURES.family,
    **{("stages", ANY, *inside): family for inside, family in _STAGE.items()},
    ("stages", ANY, "out_of_fold"): SPLITTERS.family,
    **_STAGE,
    ("postprocess", EACH): POSTPROCESSORS.family,
}
"""The family of the plug-in at each place; an outer place comes before the places inside."""

NAMED: tuple[Pattern, ...] = (("features",), ("models",), ("stages",), ("stages", ANY, "models"))
"""The mappings whose keys are names of the user's own."""

_PRESET: Pattern = ("presets", ANY)


def family_at(path: KeyPath) -> str | None:
    """Return the family of the plug-in whose entry stands at a path, or None when none does."""
    path = within_recipe(path)
    return next((family for pattern, family in POSITIONS.items() if _leads_to(pattern, path)), None)


def is_named(path: KeyPath) -> bool:
    """Whether the keys of the mapping at a path are names of the user's own."""
    path = within_recipe(path)
    return any(_leads_to(pattern, path) for pattern in NAMED)


def within_recipe(path: KeyPath) -> KeyPath:
    """Return the place that a place within a preset changes; any other place as it is."""
    return path[len(_PRESET) :] if len(path) > len(_PRESET) and _leads_to(_PRESET, path[: len(_PRESET)]) else path


def plugin_entries(tree: Any) -> Iterator[tuple[KeyPath, str, Any]]:
    """Yield key path, family and entry of every plug-in in a plain recipe; plug-ins inside others are skipped."""
    for pattern, family in POSITIONS.items():
        for path, value in _matches(tree, pattern):
            if value is not None:
                yield path, family, value


def written_out(node: Node, path: KeyPath) -> Node:
    """Return a word that stands for a plug-in as ``{kind: word}``, anything else as it is."""
    if isinstance(node.value, str) and family_at(path) is not None:
        return Node({"kind": node}, node.origin)
    return node


def normalise(node: Node) -> Node:
    """Write every plug-in out: ``blend: median`` becomes ``blend: {kind: median}``.

    Plug-ins inside of parameters stay as they are: there, a word can also name a block of the recipe.
    """
    for pattern in POSITIONS:
        node = _normalise(_normalise(node, pattern), (*_PRESET, *pattern))
    return node


def _leads_to(pattern: Pattern, path: KeyPath) -> bool:
    return len(pattern) == len(path) and all(map(_fits, pattern, path))


def _fits(part: str, segment: str | int) -> bool:
    return part == EACH if isinstance(segment, int) else part in (ANY, segment)


def _normalise(node: Node, pattern: Pattern) -> Node:
    if not pattern:
        return Node({"kind": node}, node.origin) if isinstance(node.value, str) else node
    head, rest = pattern[0], pattern[1:]
    if isinstance(node.value, dict):
        keys = list(node.value) if head == ANY else [key for key in node.value if key == head]
        changed = {key: _normalise(node.value[key], rest) for key in keys}
        return Node({**node.value, **changed}, node.origin)
    if isinstance(node.value, list) and head == EACH:
        return Node([_normalise(item, rest) for item in node.value], node.origin)
    return node


def _matches(value: Any, pattern: Pattern, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if not pattern:
        yield at, value
        return
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = [(key, item) for key, item in value.items() if pattern[0] in (ANY, key)]
    elif isinstance(value, list) and pattern[0] == EACH:
        inner = list(enumerate(value))
    for key, item in inner:
        yield from _matches(item, pattern[1:], (*at, key))
