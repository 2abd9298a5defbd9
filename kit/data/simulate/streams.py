"""Independent random streams, so that one part of a simulation can change without moving the others."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random generator of one named part of the simulation with that seed.

    Python's own ``hash`` of a string differs between processes; a CRC does not.
    """
    return np.random.default_rng([seed, crc32(part.encode())])
