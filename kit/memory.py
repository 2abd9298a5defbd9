"""The memory of the machine."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kit.errors import InputError

VARIABLE = "KIT_MEMORY"
"""The environment variable that says how much memory fits may take, in GiB, where they run on another machine."""

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux says how much a container may have."""


def machine_memory() -> int | None:
    """Return the bytes of memory that processes here may have, or None where that is not known.

    That of the machine, or less where a container has a limit; or what the environment variable ``KIT_MEMORY`` says.

    Raises:
        InputError: ``KIT_MEMORY`` is no finite number of GiB.
    """
    given = os.environ.get(VARIABLE)
    if given:
        with suppress(ValueError):
            if 0 < float(given) < math.inf:
                return int(float(given) * 2**30)
        raise InputError(f"{VARIABLE}={given}: expected the GiB of memory of the machine that fits, such as 256")
    return min(_known(), default=None)


def _known() -> Iterator[int]:
    with suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in _LIMITS:
        with suppress(OSError, ValueError):  # "max"
            yield int(Path(file).read_text(encoding="ascii"))
