"""The search space of a recipe: its dimensions, checked by what they make of the recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.config.checks.check import Checked, check
from kit.config.checks.references.dependencies import in_use
from kit.config.layers.plugin_sites import normalise
from kit.config.layers.search_nodes import replaced
from kit.config.messages import show
from kit.config.schema import RecipeConfig
from kit.config.search.dimensions import MISSING, Dimension, find_dimensions
from kit.config.text.mistakes import Finding
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath, dotted
from kit.errors import ConfigError, did_you_mean


@dataclass(frozen=True)
class SearchSpace:
    """The places of a recipe where values are searched.

    Attributes:
        file: The recipe's file.
        node: The recipe with its search nodes.
        dimensions: The places, in the recipe's order.
        broken: What is wrong with other search nodes, by their paths.
        read: The feature blocks and earlier stages that the recipe reads with some of the values.
    """

    file: Path
    node: Node
    dimensions: tuple[Dimension, ...]
    broken: Mapping[KeyPath, list[Finding]]
    read: frozenset[KeyPath]

    @classmethod
    def of(cls, file: Path, node: Node) -> SearchSpace:
        """Return the space of a normalised recipe."""
        dimensions, broken = find_dimensions(node)
        bare = cls(file, node, tuple(dimensions), broken, frozenset())
        read: set[KeyPath] = set()
        base = bare.base()
        changes = [{dimension.name: value} for dimension in dimensions for value in dimension.extremes()]
        for change in [{}, *changes]:
            read |= in_use(bare.filled({**base, **change}).plain())
        return cls(file, node, bare.dimensions, broken, frozenset(read))

    def base(self) -> dict[str, Any]:
        """Return a value for every dimension: the present one, or true, or the first."""
        return {dimension.name: _base(dimension) for dimension in self.dimensions}

    def filled(self, values: Mapping[str, Any]) -> Node:
        """Return the recipe with values in place of search nodes, normalised.

        Raises:
            ConfigError: A dimension has no value, a value has no dimension or lies outside.
        """
        names = [dimension.name for dimension in self.dimensions]
        mistakes = [
            f"{self.file}: no dimension {name!r} to fill{did_you_mean(name, names)}"
            for name in values
            if name not in names
        ]
        mistakes.extend(f"{self.file}: {name}: no value given" for name in names if name not in values)
        if mistakes:
            raise ConfigError("\n".join(mistakes))
        nodes = {dimension.path: dimension.resolve(values[dimension.name]) for dimension in self.dimensions}
        return normalise(replaced(self.node, nodes))

    def check(self, values: Mapping[str, Any]) -> Checked[RecipeConfig]:
        """Check the recipe with the given values.

        Raises:
            ConfigError: As in `filled`.
        """
        return check(RecipeConfig, self.filled(values), self.file, self.read)

    def findings(self) -> list[Finding]:
        """Return the mistakes in search nodes, and in the recipe with each bound and each choice filled in.

        A value that is wrong only in company of another searched value is not: such a combination is for the search to
        avoid.
        """
        findings = self.base_findings()
        base = set(findings)
        for dimension in self.dimensions:
            for value in dimension.extremes():
                for finding in self.check({**self.base(), dimension.name: value}).findings:
                    if finding in base or self._is_broken(finding.path):
                        continue
                    if finding.path[: len(dimension.path)] == dimension.path:
                        findings.append(finding)
                    elif not self._others_matter(dimension, finding.path):
                        message = f"with {show(value)}: {dotted(finding.path)}: {finding.message}"
                        findings.append(Finding(dimension.resolve(value).origin, dimension.path, message))
        return findings

    def base_findings(self) -> list[Finding]:
        """Return the mistakes in search nodes, and in the recipe with the base values filled in."""
        findings = [finding for broken in self.broken.values() for finding in broken]
        # A search that cannot be read would be found wrong once more, as a value.
        findings.extend(finding for finding in self.check(self.base()).findings if not self._is_broken(finding.path))
        return findings

    def without_present(self) -> list[Finding]:
        """Return a finding for every dimension without a present value."""
        return [
            Finding(
                dimension.node.origin,
                dimension.path,
                f"this is searched and has no value yet: `kit tune {self.file.name}` finds one, or write `value: …` "
                "beside it",
            )
            for dimension in self.dimensions
            if dimension.present is MISSING
        ]

    def _is_broken(self, path: KeyPath) -> bool:
        return any(path[: len(broken)] == broken for broken in self.broken)

    def _others_matter(self, dimension: Dimension, path: KeyPath) -> bool:
        """Whether another dimension stands at a path, inside or around it."""
        others = [other.path for other in self.dimensions if other is not dimension]
        return any(other[: len(path)] == path or path[: len(other)] == other for other in others)


def _base(dimension: Dimension) -> Any:
    if dimension.present is not MISSING:
        return dimension.present
    # A block that is switched off is not checked: where both are possible, it is on.
    return next((choice for choice in dimension.choices if choice is True), dimension.extremes()[0])
