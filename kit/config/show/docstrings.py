"""Parameter descriptions from the docstrings of plug-ins, for editors and help texts."""

from __future__ import annotations

import inspect
import re

_ENTRY = re.compile(r"    (\w+): (.*)")


def summary(cls: type) -> str:
    """Return the first line of a class's own docstring, or "" when it has none."""
    return inspect.cleandoc(cls.__doc__ or "").split("\n", 1)[0]


def parameter_descriptions(cls: type) -> dict[str, str]:
    """Return the parameter descriptions in the ``Args:`` sections (Google style) of a class and its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        found |= _own_descriptions(base)
    return found


def _own_descriptions(cls: type) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    name = None
    inside = False
    for line in inspect.cleandoc(cls.__doc__ or "").splitlines():
        if line and not line.startswith(" "):
            inside = line == "Args:"
        elif inside and (entry := _ENTRY.fullmatch(line)):
            name = entry.group(1)
            found[name] = [entry.group(2)]
        elif inside and line.strip() and name is not None:
            found[name].append(line.strip())
    return {name: " ".join(lines) for name, lines in found.items()}
