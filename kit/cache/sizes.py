"""Sizes of files as people write and read them."""

from __future__ import annotations

import math
import re

from kit.errors import InputError

_UNITS = {"": 1, "B": 1}
_UNITS |= {f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)}
_UNITS |= {f"{letter}IB": 1024**power for power, letter in enumerate("KMGT", 1)}


def parse_size(text: str, given_by: str) -> int:
    """Return the bytes of a size such as ``20 GB``, ``1.5GiB`` or ``800 MB``; without a unit they are bytes.

    Args:
        text: The size.
        given_by: The option or variable, for the message.

    Raises:
        InputError: It is no size.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)\s*", text)
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None or not math.isfinite(size := float(found[1]) * unit):
        raise InputError(f"{given_by}: {text!r} is no size; give a number and B, KB, MB, GB, TB or MiB, GiB: '20 GB'")
    return int(size)


def shown_size(n_bytes: int) -> str:
    """Return a size for people, in the unit of powers of 1,000 in which it has one to three digits before the point."""
    size, units = float(n_bytes), ["B", "KB", "MB", "GB", "TB"]
    while size >= 999.95 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"
