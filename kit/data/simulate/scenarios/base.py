"""What scenarios have in common: a name, a seed, and tables that both determine."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd


@dataclass(frozen=True)
class Scenario:
    """Draws the tables of a competition.

    Attributes:
        name: What ``data.simulate.like`` calls it.
        format: Version of what it draws; raised whenever the same fields and seed give other values.
        files: The names of its tables: .parquet or .csv.
    """

    format: ClassVar[int] = 1
    files: ClassVar[tuple[str, ...]]

    name: str

    @abstractmethod
    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return the tables by file; the same seed gives the same values."""

    @abstractmethod
    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return in words how large the tables are."""
