"""The stages of a plain recipe, one after another, for checks that must see them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.config.text.origins import KeyPath

LAST_STAGE = "fit"
"""The name of the stage that the recipe's own models are; no earlier stage can have it."""


@dataclass(frozen=True)
class StageSection:
    """A stage as a recipe writes it, right or wrong; a valid one becomes a `kit.training.planning.stages.Stage`.

    Attributes:
        name: Its name; `LAST_STAGE` for the last.
        path: Where it stands; the empty path for the last.
        section: The mapping that holds its models, blend and pseudo-labels: for the last, the whole recipe.
    """

    name: str
    path: KeyPath
    section: Mapping[str, Any]

    @property
    def models(self) -> Mapping[str, Any]:
        """Its models; empty where the structure is wrong."""
        return section_of(self.section, "models")

    @property
    def pseudo_labels(self) -> Mapping[str, Any]:
        """Its pseudo-labels; empty where it has none or the structure is wrong."""
        return section_of(self.section, "pseudo_labels")


def stage_sections(tree: Mapping[str, Any]) -> list[StageSection]:
    """Return all stages of a plain recipe in the order in which they are fitted, the last included."""
    earlier = [
        StageSection(name, ("stages", name), entry)
        for name, entry in section_of(tree, "stages").items()
        if isinstance(entry, dict)
    ]
    return [*earlier, StageSection(LAST_STAGE, (), tree)]


def section_of(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the mapping under a key, an empty one where there is none."""
    section = tree.get(name)
    return section if isinstance(section, dict) else {}
