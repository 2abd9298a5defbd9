"""What happens to memory that arrays no longer need."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""What glibc's ``mallopt`` calls them (malloc.h)."""

KEPT, LARGE = 128 * 2**20, 4 * 2**20
"""Bytes of freed memory that a process keeps at most, and bytes from which an array is given back at once."""


def keep_freed_memory() -> None:
    """Have this process, and those that it starts, keep freed memory for their next arrays.

    A fit makes and drops matrices of a few hundred rows, 2 or 3 MB each, thousands of times. By default glibc gives the
    free end of its heap back to the system time and again, and every page of it that is asked for once more is a fault,
    which takes as long as the arithmetic. Arrays of `LARGE` bytes come from the system in huge pages, where faults are
    few, and go back at once. Without glibc nothing is changed; what the environment sets is left as it is.
    """
    set_already = any(name in os.environ for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"))
    if set_already:
        return
    os.environ |= {"MALLOC_TRIM_THRESHOLD_": str(KEPT), "MALLOC_MMAP_THRESHOLD_": str(LARGE)}  # for workers
    if (glibc := _glibc()) is not None:
        glibc.mallopt(_TRIM_THRESHOLD, KEPT)
        glibc.mallopt(_MMAP_THRESHOLD, LARGE)


def give_back_freed_memory() -> None:
    """Give back what this process keeps of freed memory: after work whose like does not come again, as reading tables.

    Without glibc nothing is done.
    """
    if (glibc := _glibc()) is not None:
        glibc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    with suppress(OSError, TypeError):
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
            return library
    return None
