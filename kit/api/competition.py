"""A competition as data frames."""

from __future__ import annotations

import warnings
from functools import cached_property
from pathlib import Path

import pandas as pd

from kit.api.display import page, table
from kit.config import Loaded
from kit.config import load_competition as load_file
from kit.config.schema import CompetitionConfig
from kit.data import Competition as Tables
from kit.data.loaded import read_loaded
from kit.errors import KitWarning

PathLike = str | Path


def note(text: str) -> None:
    """Warn of something odd, as Python's programs do."""
    warnings.warn(text, KitWarning, stacklevel=3)


class Competition:
    """What somebody else fixed: tables, keys, targets, metric, folds.

    Attributes:
        path: The competition file, or the recipe that it was read from.
        config: What the file says.
        tables: The tables as arrays, checked against each other.
    """

    def __init__(self, loaded: Loaded[CompetitionConfig], tables: Tables) -> None:
        self.path = loaded.path
        self.config = loaded.config
        self.tables = tables

    @property
    def name(self) -> str:
        """Its name."""
        return self.config.competition

    @property
    def targets(self) -> list[str]:
        """The names of the target columns."""
        return list(self.tables.targets)

    @property
    def rows(self) -> pd.DataFrame:
        """The training rows: keys and metadata."""
        return self.tables.rows.copy()

    @cached_property
    def Y(self) -> pd.DataFrame:  # noqa: N802 - the field's name for targets
        """The targets, (n_rows, n_targets) float32, in the order of `rows`."""
        return pd.DataFrame(self.tables.Y, columns=self.targets, index=self.tables.rows.index)

    @property
    def test(self) -> pd.DataFrame:
        """The rows to predict: id, keys and what is known of them."""
        return self.tables.test.copy()

    @property
    def _size(self) -> str:
        return f"{self.tables.n_rows} rows x {self.tables.n_targets} targets, {len(self.tables.test)} rows to predict"

    def __repr__(self) -> str:
        return f"<Competition {self.name}: {self._size}>"

    def _repr_html_(self) -> str:
        return page(self.config.title or self.name, self._size, table(self.tables.rows.head()))


def load_competition(path: PathLike, *, data: PathLike | None = None) -> Competition:
    """Read a competition's tables and check them against each other.

    Args:
        path: A competition file, or a recipe of it.
        data: The folder of the tables (default: KIT_DATA, or what the file says).

    Raises:
        InputError: The file is wrong, or the tables are missing, damaged or contradict each other.
    """
    loaded = load_file(Path(path))
    tables = read_loaded(loaded, None if data is None else Path(data), note)
    for warning in tables.warnings:
        note(warning)
    return Competition(loaded, tables)
