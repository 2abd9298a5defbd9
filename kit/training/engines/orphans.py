"""Worker processes end when the process that started them dies: nobody would take their results."""

from __future__ import annotations

import os
import threading
import time

_LOOK_SECONDS = 1.0


def end_with(parent: int) -> None:
    """Have this process end soon after its parent has died; a repeated call changes nothing.

    A worker whose parent was killed (by the out-of-memory killer, say) would otherwise wait for work for ever, with all
    its memory. What it was writing stays under a temporary name, as after any kill.

    Args:
        parent: The number of the process that started this one.
    """
    # Only POSIX gives an orphan another parent; elsewhere the operating system closes what the worker waits for.
    if os.name == "posix" and parent != os.getpid() and _watched.isdisjoint({parent}):
        _watched.add(parent)
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="end with parent").start()


_watched: set[int] = set()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)
