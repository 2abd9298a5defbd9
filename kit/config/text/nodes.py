"""A configuration while it is put together: plain values that remember where they were written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kit.config.text.origins import KeyPath, Origin, Origins


@dataclass(frozen=True)
class Node:
    """A value and its origin.

    Attributes:
        value: A dict of str to `Node`, a list of `Node`, or a str, int, float, bool or None.
        origin: Where its key (or the list's entry) stands.
    """

    value: Any
    origin: Origin

    def plain(self) -> Any:
        """Return the value without origins, all the way down."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def origins(self) -> Origins:
        """Return the origin of every value below, by its path from here."""
        origins: dict[KeyPath, Origin] = {}
        pending: list[tuple[KeyPath, Node]] = [((), self)]
        while pending:
            path, node = pending.pop()
            origins[path] = node.origin
            if isinstance(node.value, dict):
                pending.extend(((*path, key), inner) for key, inner in node.value.items())
            elif isinstance(node.value, list):
                pending.extend(((*path, index), inner) for index, inner in enumerate(node.value))
        return Origins(origins)
