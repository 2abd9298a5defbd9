"""One thread a task: many tasks side by side are faster than one on many threads, and sums do not hang on their number.

BLAS and OpenMP are limited where they are loaded. Torch keeps a number of its own, which belongs to the whole process.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from threadpoolctl import threadpool_limits

_TURN = threading.RLock()
"""Of several Python threads, one at a time: torch's number of threads is the process's."""


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Have torch, which is imported, compute on one thread; then on as many as before."""
    import torch

    with _TURN:
        n_threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(n_threads)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: BLAS, OpenMP and, where something has imported it, torch."""
    with threadpool_limits(1), one_torch_thread() if "torch" in sys.modules else nullcontext():
        yield
