"""What keys of a recipe were called in the minor version before: an old key says its new name.

An entry is removed in the minor version after the one in which the key was renamed. A plug-in tells of its own former
parameters by `kit.plugins.Plugin.explain_parameter`.
"""

from __future__ import annotations

from typing import NamedTuple


class Renamed(NamedTuple):
    """A key's new name.

    Attributes:
        name: The name.
        since: The minor version that brought it ("0.2").
    """

    name: str
    since: str


RENAMED: dict[str, Renamed] = {}
"""By the old key's place, in which user-chosen names are ``<name>``: ``models.<name>.repeat``."""
