"""Structures told apart: canonical SMILES, without salts, by scaffold. RDKit is imported where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from kit.errors import MissingDependencyError


def has_rdkit() -> bool:
    """Whether RDKit is installed."""
    return find_spec("rdkit") is not None


def canonical_smiles(texts: Sequence[str]) -> list[str]:
    """Return each structure's canonical SMILES (isomeric, by RDKit); "" for what RDKit cannot parse.

    Raises:
        MissingDependencyError: RDKit is not installed.
    """
    chem = _chem()
    return _of_each(texts, chem.MolToSmiles)


def parent_smiles(texts: Sequence[str]) -> list[str]:
    """Return each structure without salts and charges: its largest fragment, neutralised, as canonical SMILES.

    "" for what RDKit cannot parse. By RDKit's MolStandardize (Landrum et al.).

    Raises:
        MissingDependencyError: RDKit is not installed.
    """
    chem, parent = _chem(), _parent()
    return _of_each(texts, lambda molecule: chem.MolToSmiles(parent(molecule)))


def scaffold_smiles(texts: Sequence[str]) -> list[str]:
    """Return the Murcko scaffold (rings and what links them) of each structure without salts, as canonical SMILES.

    A structure without rings has none: it stands for itself. "" for what RDKit cannot parse. After Bemis & Murcko,
    J. Med. Chem. 1996, 39, 2887.

    Raises:
        MissingDependencyError: RDKit is not installed.
    """
    chem, parent = _chem(), _parent()
    from rdkit.Chem.Scaffolds import MurckoScaffold

    scaffold_smiles: Any = MurckoScaffold.MurckoScaffoldSmiles

    def scaffold(molecule: Any) -> str:
        whole = parent(molecule)
        # RDKit annotates this function nowhere.
        smiles: str = scaffold_smiles(mol=whole, includeChirality=False)
        return smiles or str(chem.MolToSmiles(whole))

    return _of_each(texts, scaffold)


def _of_each(texts: Sequence[str], form: Callable[[Any], str]) -> list[str]:
    from rdkit import rdBase

    chem = _chem()
    with rdBase.BlockLogs():
        molecules = [chem.MolFromSmiles(text) for text in texts]
        return ["" if molecule is None else form(molecule) for molecule in molecules]


def _parent() -> Callable[[Any], Any]:
    from rdkit.Chem.MolStandardize import rdMolStandardize

    return lambda molecule: rdMolStandardize.ChargeParent(molecule)


def _chem() -> Any:
    try:
        from rdkit import Chem
    except ImportError:
        raise MissingDependencyError(
            "canonical SMILES need RDKit, which is not installed: pip install 'perturbation-kit[chem]'"
        ) from None
    return Chem
