"""One structure under two names on both sides of a fold: what is learnt of one is known of the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pandas as pd

from kit.arrays import Ints


class Divided(Protocol):
    """A fold, or what a plan makes of it."""

    @property
    def name(self) -> str:
        """What is held out."""

    @property
    def train(self) -> Ints:
        """Positions of the training rows."""

    @property
    def validation(self) -> Ints:
        """Positions of the validation rows."""


def twins_apart(folds: Iterable[Divided], rows: pd.DataFrame, compound: str | None, smiles: str | None) -> list[str]:
    """Return a warning where a fold validates a compound that it does not train on, but for a name of its structure.

    Args:
        folds: The folds.
        rows: (n_rows, …) keys and metadata; every structure is written in one way.
        compound: The column of the compounds' names.
        smiles: The column of their structures.
    """
    if compound is None or smiles is None or smiles not in rows:
        return []
    pairs = rows[[compound, smiles]].astype(object)
    found: dict[str, tuple[str, str, str]] = {}
    for fold in folds:
        trained = pairs.iloc[fold.train].dropna().drop_duplicates()
        name_of = dict(zip(trained[smiles], trained[compound], strict=True))
        hidden = pairs.iloc[fold.validation].dropna().drop_duplicates()
        for name, structure in hidden[~hidden[compound].isin(set(pairs.iloc[fold.train][compound]))].itertuples(False):
            if structure in name_of:
                found.setdefault(structure, (name, name_of[structure], fold.name))
    if not found:
        return []
    name, other, where = next(iter(found.values()))
    number = "1 structure is" if len(found) == 1 else f"{len(found)} structures are"
    return [
        f"{number} on both sides of a fold, under two names of one structure: {where!r} validates {name!r} and trains "
        f"on {other!r}; folds: {{kind: structure_kfold}} keeps structures together"
    ]
