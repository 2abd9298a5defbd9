"""Names that become files and folders: one rule for all of them."""

from __future__ import annotations

import re

LONGEST = 64
"""Letters in a name: file systems take 255 in a file's name, which is put together from several names."""

PATTERN = rf"^[A-Za-z0-9_][A-Za-z0-9_.+-]{{0,{LONGEST - 1}}}$"
"""The rule as a regular expression, for the JSON Schema."""

_SIGNS = re.compile(r"[A-Za-z0-9_.+-]*")


def why_no_name(name: str) -> str | None:
    """Return why a name cannot name files, or None when it can.

    A name that passes is one part of a path and cannot lead out of the folder that it is put in; it has no sign that a
    shell, a terminal or another file system reads otherwise.
    """
    if not name:
        return "it names files, and it is empty; give it a name"
    if len(name) > LONGEST:
        return f"it names files, and has {len(name)} letters; at most {LONGEST} are allowed"
    if not _SIGNS.fullmatch(name):
        return "it names files too: letters (a to z), digits, _ . + and - are allowed"
    if name[0] in ".+-":
        return f"it names files too: {name[0]!r} cannot be its first letter"
    return None


def as_name(text: str) -> str:
    """Return a text with a dash in place of every letter that no name has; it may be too long."""
    return re.sub(r"[^A-Za-z0-9_.+-]+", "-", text).lstrip(".+-") or "_"
