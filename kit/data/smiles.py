"""Checks of the compounds' structures."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kit.data.mistakes import count, some
from kit.data.tables.table import Table


@dataclass(frozen=True)
class Structure:
    """A compound's structure.

    Attributes:
        smiles: As it is written.
        place: The table and row where it stands first, for messages.
    """

    smiles: str
    place: str


def smiles_per_compound(
    tables: list[tuple[Table, pd.DataFrame]], compound: str, smiles: str
) -> tuple[dict[str, Structure], list[str]]:
    """Return every compound's structure, and a problem for every compound that has two.

    Args:
        tables: Tables with their frames, which hold the column ``compound``; those without ``smiles`` are passed over.
        compound: The column of the compound.
        smiles: The column of the structure (None where unknown).
    """
    first: dict[str, Structure] = {}
    conflicts: dict[str, str] = {}
    for table, frame in tables:
        if smiles not in frame:
            continue
        known = frame[[compound, smiles]].dropna().drop_duplicates()
        for index, name, text in known.itertuples():
            structure = Structure(text, f"{table.path.name} {table.row(index)}")
            other = first.setdefault(name, structure)
            if structure.smiles != other.smiles and name not in conflicts:
                conflicts[name] = (
                    f"{compound} {name!r} has two SMILES: {other.smiles!r} ({other.place}) and {structure.smiles!r} "
                    f"({structure.place}); keep one"
                )
    return first, list(conflicts.values())


def unparsable_smiles(structures: dict[str, Structure], column: str) -> tuple[list[str], list[str]]:
    """Return a problem for every structure that RDKit cannot parse, and a warning where RDKit is not installed.

    Args:
        structures: The structures by compound.
        column: The name of the SMILES column.
    """
    try:
        from rdkit import Chem, rdBase
    except ImportError:
        remedy = "pip install 'perturbation-kit[chem]'"
        return [], [f"the {column} were not checked, RDKit is not installed ({remedy})"]
    with rdBase.BlockLogs():
        return [
            f"{structure.place}, column {column!r}: RDKit cannot parse {structure.smiles!r} of {name!r}; correct it or "
            "leave it empty where the structure is unknown"
            for name, structure in structures.items()
            if Chem.MolFromSmiles(structure.smiles) is None
        ], []


def compounds_without(structures: dict[str, Structure], compounds: list[str], column: str) -> list[str]:
    """Return a warning that names the compounds of the training and test rows without a structure, if there are any."""
    unknown = [name for name in compounds if name not in structures]
    if not unknown:
        return []
    return [
        f"{count(len(unknown), 'compound')} without {column}: {some(unknown)}; features of the structure treat "
        f"{'it' if len(unknown) == 1 else 'them'} as unknown"
    ]
