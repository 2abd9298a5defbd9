"""Rows of numbers that a few hidden factors have made."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.features import Numeric

COLUMNS = [f"x{place}" for place in range(10)]


def numbers() -> Numeric:
    return Numeric(list(COLUMNS))


def planted(n_rows: int = 200, rank: int = 2, seed: int = 0) -> pd.DataFrame:
    """Ten columns: the same ``rank`` directions whatever the seed, and a little noise."""
    loadings = np.random.default_rng(99).standard_normal((rank, len(COLUMNS)))
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n_rows, rank)) @ loadings + 0.1 * rng.standard_normal((n_rows, len(COLUMNS)))
    return pd.DataFrame(values, columns=COLUMNS)


def noise(n_rows: int = 200, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).standard_normal((n_rows, len(COLUMNS)))
    return pd.DataFrame(values, columns=COLUMNS)
