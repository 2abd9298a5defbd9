"""Checks of the compounds' structures."""

from __future__ import annotations

import pandas as pd

from kit.data.problems import count, some
from kit.data.tables import Table


def smiles_per_compound(
    tables: list[tuple[Table, pd.DataFrame]], compound: str, smiles: str
) -> tuple[dict[str, str], list[str]]:
    """Return every compound's SMILES, and a problem for every compound that has two.

    Args:
        tables: Tables with their frames, which hold the column ``compound``; those without ``smiles`` are passed over.
        compound: The column of the compound.
        smiles: The column of the structure (None where unknown).
    """
    first: dict[str, tuple[str, str]] = {}
    conflicts: dict[str, str] = {}
    for table, frame in tables:
        if smiles not in frame:
            continue
        known = frame[[compound, smiles]].dropna().drop_duplicates()
        for index, name, structure in known.itertuples():
            place = f"{table.path.name} {table.row(index)}"
            known_structure, known_place = first.setdefault(name, (structure, place))
            if structure != known_structure and name not in conflicts:
                conflicts[name] = (
                    f"{compound} {name!r} has two SMILES: {known_structure!r} ({known_place}) and {structure!r} "
                    f"({place}); keep one"
                )
    return {name: structure for name, (structure, _) in first.items()}, list(conflicts.values())


def warn_about_smiles(structures: dict[str, str], compounds: list[str], column: str) -> list[str]:
    """Return warnings about compounds without a structure and about structures that RDKit cannot parse.

    Args:
        structures: The SMILES by compound.
        compounds: All compounds of the training and the test rows.
        column: The name of the SMILES column.
    """
    warnings = []
    unknown = [name for name in compounds if name not in structures]
    if unknown:
        warnings.append(
            f"{count(len(unknown), 'compound')} without {column}: {some(unknown)}; features of the structure treat "
            f"{'it' if len(unknown) == 1 else 'them'} as unknown"
        )
    try:
        from rdkit import Chem, rdBase
    except ImportError:
        warnings.append(f"the {column} were not checked, RDKit is not installed (pip install 'perturbation-kit[chem]')")
        return warnings
    with rdBase.BlockLogs():
        unparsable = {name: text for name, text in structures.items() if Chem.MolFromSmiles(text) is None}
    if unparsable:
        named = some((f"{text} of {name}" for name, text in unparsable.items()), shown=5)
        warnings.append(f"{count(len(unparsable), 'SMILES string')} cannot be parsed by RDKit: {named}; correct them")
    return warnings
