"""``presets``: named changes of a recipe, of which ``preset`` (or ``--set preset=small``) lays one over it.

A preset merges like a file that extends the recipe and says only what the preset says (`kit.config.layers.extends`);
other ``--set`` options win over it. Of a checked configuration neither key remains, so that recipes that differ in
presets they do not use are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kit.config.layers.extends import merge
from kit.config.layers.overrides import apply_overrides
from kit.config.text.mistakes import Finding
from kit.config.text.nodes import Node
from kit.errors import ConfigError, did_you_mean

_KEY = re.compile(r"\s*presets?\s*[.=]")
"""An override of the choice or of a preset itself."""

_OUTSIDE = ("preset", "presets", "extends", "default_recipe")
"""What decides which file and preset is read, and so cannot be part of a preset."""


@dataclass(frozen=True)
class Chosen:
    """A recipe with its preset and all overrides.

    Attributes:
        node: The recipe; ``preset`` and ``presets`` remain only where they are malformed.
        others: By the name of each preset that was not chosen, what it says, and the recipe with it (no overrides).
        findings: Keys that a preset cannot have.
    """

    node: Node
    others: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def choose_preset(node: Node, overrides: Iterable[str] = ()) -> Chosen:
    """Lay the chosen preset and then the ``--set`` texts over a normalised recipe.

    Raises:
        ConfigError: There is no preset of the chosen name, or a ``--set`` text is wrong.
    """
    texts = list(overrides)
    leading = [text for text in texts if _KEY.match(text)]
    rest = [text for text in texts if text not in leading]
    node = apply_overrides(node, leading)
    presets, name = node.value.get("presets"), node.value.get("preset")
    if (presets is not None and not _well_formed(presets)) or (name is not None and not _is_name(name)):
        return Chosen(apply_overrides(node, rest))  # the check of the structure says what is wrong
    findings: list[Finding] = []
    known = {preset: _inside(preset, change, findings) for preset, change in presets.value.items()} if presets else {}
    plain = Node({key: inner for key, inner in node.value.items() if key not in ("preset", "presets")}, node.origin)
    laid_over = {preset: (change, merge(plain, change)) for preset, change in known.items()}
    chosen = plain
    if name is not None and name.value is not None:
        if name.value not in known:
            hint = did_you_mean(name.value, known) or " (the recipe has no presets)"
            raise ConfigError(f"{name.origin}: preset: no preset {name.value!r}{hint}")
        _, merged = laid_over.pop(name.value)
        chosen = Node(merged.value, node.origin)  # it is still the recipe's file
    return Chosen(apply_overrides(chosen, rest), laid_over, findings)


def _inside(preset: str, change: Node, findings: list[Finding]) -> Node:
    """Return the valid part of a preset, and collect its mistakes."""
    for key in _OUTSIDE:
        if key in change.value:
            message = f"{key} cannot be part of a preset; remove the line"
            findings.append(Finding(change.value[key].origin, ("presets", preset, key), message))
    return Node({key: inner for key, inner in change.value.items() if key not in _OUTSIDE}, change.origin)


def _well_formed(presets: Node) -> bool:
    return isinstance(presets.value, dict) and all(isinstance(preset.value, dict) for preset in presets.value.values())


def _is_name(name: Node) -> bool:
    return name.value is None or isinstance(name.value, str)
