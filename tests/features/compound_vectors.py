"""A file of vectors for the compounds of the synthetic rows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from kit.testing import make_rows


@cache
def compound_vectors() -> str:
    """The .npz file that all tests of a process share: three numbers for every structure but one."""
    structures = sorted(set(make_rows()[0]["SMILES"]))[1:]
    path = Path(mkdtemp()) / "vectors.npz"
    numbers = np.random.default_rng(0).normal(size=(len(structures), 3))
    np.savez(path, smiles=np.array(structures, dtype=str), vectors=numbers)
    return str(path)
