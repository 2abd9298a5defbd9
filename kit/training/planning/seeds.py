"""One root seed for a whole run; every fit gets its own, whatever else the recipe holds."""

from __future__ import annotations

import hashlib

import numpy as np


def task_seed(root: int, stage: str, model: str, repeat: int, fold: str) -> int:
    """Return the seed of one fit, in [0, 2**31).

    The names enter by their digests, not by their positions, so that adding or removing a model, a fold or a stage
    changes no other fit's seed.

    Args:
        root: The recipe's ``seed``.
        stage: The stage's name.
        model: The model's name in the recipe.
        repeat: The repeat, from 0.
        fold: The fold's name, or ``"final"``.
    """
    key = tuple(int.from_bytes(hashlib.sha256(part.encode()).digest()[:4], "little") for part in (stage, model, fold))
    sequence = np.random.SeedSequence(root, spawn_key=(*key, repeat))
    return int(sequence.generate_state(1)[0] >> 1)
