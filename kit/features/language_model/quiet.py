"""Keeping transformers and the hub's client from writing on the terminal and from drawing on the global seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_hub() -> Iterator[None]:
    """Switch the progress bars of huggingface_hub off within the block."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    were_disabled = are_progress_bars_disabled()
    with warnings.catch_warnings():
        # Changing what the environment fixes is only worth a warning to who asked for the change.
        warnings.simplefilter("ignore")
        disable_progress_bars()
        try:
            yield
        finally:
            if not were_disabled:
                enable_progress_bars()


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers within the block, and give torch's random state back as it was.

    A checkpoint without a pooler gets a random one (that nothing reads), which must not change the draws of whoever
    comes after.
    """
    import torch
    from transformers.utils import logging

    verbosity, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    with quiet_hub(), warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if had_bars:
                logging.enable_progress_bar()
