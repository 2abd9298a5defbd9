"""Profiles of data frames."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.own_tables import OWN_TABLES, SMALL, OwnTable
from kit.data import open_table
from kit.starting.profile import Profile


def profile(folder: Path, frame: pd.DataFrame, name: str = "train.parquet") -> Profile:
    """Write a frame and read it as a user's table."""
    folder.mkdir(parents=True, exist_ok=True)
    if name.endswith(".parquet"):
        frame.to_parquet(folder / name, index=False)
    else:
        frame.to_csv(folder / name, index=False)
    return Profile(open_table(folder / name))


def own(name: str) -> OwnTable:
    """One of the tables of new users, small."""
    return OWN_TABLES[name](**SMALL[name])
