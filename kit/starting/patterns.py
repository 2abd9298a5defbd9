"""Columns by pattern: what a shell writes, what a competition file writes, names that differ in numbers alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kit.errors import InputError


def from_shell(pattern: str) -> str:
    r"""Return the regular expression of a shell pattern: ``y*`` is ``y.*``, ``x.[0-9]`` is ``x\.[0-9]``.

    Raises:
        InputError: A bracket is not closed or holds nothing that can be read.
    """
    parts, place = [], 0
    while place < len(pattern):
        letter = pattern[place]
        end = pattern.find("]", place + 2) if letter == "[" else -1
        if end > 0:
            inside = re.sub(r"([\\[])", r"\\\1", pattern[place + 1 : end])
            parts.append("[" + ("^" + inside[1:] if inside[0] == "!" else inside) + "]")
            place = end
        else:
            parts.append({"*": ".*", "?": "."}.get(letter) or re.escape(letter))
        place += 1
    expression = "".join(parts)
    try:
        re.compile(expression)
    except re.error as error:
        raise InputError(f"{pattern!r} is no shell pattern ({error}); * stands for any letters, ? for one") from None
    return expression


def family_of(name: str) -> str:
    """Return a name with ``#`` in place of its numbers: columns of one family differ in numbers alone."""
    return re.sub(r"\d+", "#", name)


def exact_pattern(names: Sequence[str], others: Sequence[str]) -> str | None:
    """Return a regular expression that matches some names as a whole and no others; None where no simple one does.

    Args:
        names: The columns that are meant, two at least.
        others: All other columns of the table.
    """
    first, last = min(names), max(names)
    prefix = first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    if prefix and names[0] != prefix:
        prefix = prefix.rstrip("0123456789")
    templates = {re.sub(r"\d+", r"\\d+", re.escape(name)) for name in names}
    candidates = [re.escape(prefix) + ".*"] if prefix else []
    if len(templates) == 1:
        # "x.*" says more than numbers do where names go on after a sign; "y\d+" more than "y.*" where they do not.
        candidates.insert(len(candidates) if prefix and not prefix[-1].isalnum() else 0, templates.pop())
    for candidate in candidates:
        if not any(re.fullmatch(candidate, other) for other in others):
            return candidate
    return None
