"""Where a value of a configuration was written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

KeyPath = tuple[str | int, ...]
"""A place in a configuration: keys of mappings and positions in lists, from the outside in."""

_PLAIN_KEY = re.compile(r"[^\s.\"'=]+")


@dataclass(frozen=True)
class Origin:
    """The place where a value was written.

    Attributes:
        file: The file, or None for overrides and defaults.
        line: The line of its key, counted from 1; None when the whole file is meant.
        override: The text of the ``--set`` option that gave the value.
    """

    file: Path | None = None
    line: int | None = None
    override: str | None = None

    def __str__(self) -> str:
        if self.override is not None:
            return f"--set {self.override}"
        if self.file is None:
            return "default"
        return shown_path(self.file) + ("" if self.line is None else f":{self.line}")

    def sort_key(self) -> tuple[bool, str, int]:
        """Return a sort key: by file and line, overrides last."""
        return self.file is None, str(self.file or self.override), self.line or 0


DEFAULT = Origin()
"""The origin of what nobody wrote."""


class Origins:
    """The origins of a whole configuration, by path.

    Args:
        by_path: The origin of every value that was written; the empty path stands for the whole.
    """

    def __init__(self, by_path: Mapping[KeyPath, Origin]) -> None:
        self._by_path = dict(by_path)

    def __getitem__(self, path: KeyPath) -> Origin:
        """Return the origin of a value, or of the nearest thing around it that was written."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._by_path:
                return self._by_path[path[:length]]
        return DEFAULT

    def __contains__(self, path: object) -> bool:
        return path in self._by_path

    def __iter__(self) -> Iterator[KeyPath]:
        return iter(self._by_path)

    def exact(self, path: KeyPath) -> Origin:
        """Return the origin of a value, `DEFAULT` when it was not written."""
        return self._by_path.get(path, DEFAULT)


def dotted(path: KeyPath) -> str:
    """Return a path as messages and ``--set`` write it: ``models.lgb.params.learning_rate``, ``postprocess.0.kind``.

    Keys that contain a dot or a space are quoted.

    >>> print(dotted(("models", "T cells", "params", "layers", 0)))
    models."T cells".params.layers.0
    """
    return ".".join(
        str(segment) if isinstance(segment, int) or _PLAIN_KEY.fullmatch(segment) else f'"{segment}"'
        for segment in path
    )


def shown_path(path: Path) -> str:
    """Return a path as messages show it: relative to the current folder where it lies inside."""
    absolute = Path(os.path.abspath(path))
    try:
        return absolute.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(absolute)
