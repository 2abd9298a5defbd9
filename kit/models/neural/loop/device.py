"""Where networks compute, and the global state of torch around it. Imports torch: import it inside functions only."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from kit.threads import one_torch_thread

# Torch's random numbers and switches belong to the whole process: of several Python threads, one at a time.
_TURN = threading.RLock()

_CUBLAS = "CUBLAS_WORKSPACE_CONFIG"


def pick_device() -> torch.device:
    """Return the GPU if torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def computing(device: torch.device) -> Iterator[None]:
    """Compute on one thread, deterministically, in true float32; leave torch's global state as it was.

    A task of the kit is one thread, and sums of floats depend on the number of threads. Random numbers drawn inside do
    not show outside.
    """
    undisturbed = torch.random.fork_rng(devices=range(torch.cuda.device_count()))
    with _TURN, one_torch_thread(), undisturbed, _deterministic(device):
        yield


@contextmanager
def _deterministic(device: torch.device) -> Iterator[None]:
    """Let a GPU use kernels that return the same every time; those of the CPU do on one thread."""
    if device.type != "cuda":
        yield
        return
    # cuBLAS reads its workspace from the environment and is not deterministic without it.
    configured, was = os.environ.get(_CUBLAS), torch.are_deterministic_algorithms_enabled()
    only_warns = torch.is_deterministic_algorithms_warn_only_enabled()
    flags = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    os.environ.setdefault(_CUBLAS, ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with flags:
            yield
    finally:
        torch.use_deterministic_algorithms(was, warn_only=only_warns)
        if configured is None:
            os.environ.pop(_CUBLAS, None)
