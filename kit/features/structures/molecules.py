"""The distinct structures in a column of SMILES, each parsed once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Ints
from kit.errors import KitWarning, MissingDependencyError
from kit.features.vectors.texts import column_texts, require_texts, some


@dataclass(frozen=True)
class Structures:
    """The distinct structures of a table.

    Attributes:
        texts: Their SMILES as they are written, sorted.
        molecules: RDKit's molecule of each.
        codes: (n_rows,) each row's structure, −1 where it has none: as an index, −1 means a table's last row.
    """

    texts: list[str]
    molecules: list[Any]
    codes: Ints


def read_structures(rows: pd.DataFrame, column: str, user: str, instead: str | None) -> Structures:
    """Parse the distinct SMILES of a column.

    Args:
        rows: (n_rows, …) keys and metadata.
        column: The column; an unparsable or missing SMILES is no error.
        user: Who asks, for messages.
        instead: What rows without a structure get, for one warning that counts them; None for no warning.

    Raises:
        InputError: The column is absent, or holds something other than text.
        MissingDependencyError: RDKit is not installed.
    """
    chem = import_rdkit(user)
    require_texts(rows, column, user)
    texts, missing = column_texts(rows, column, user)
    distinct = sorted(set(texts) - {""})
    with chem.rdBase.BlockLogs():
        parsed = [chem.Chem.MolFromSmiles(text) for text in distinct]
    known = [(text, molecule) for text, molecule in zip(distinct, parsed, strict=True) if molecule is not None]
    places = {text: place for place, (text, _) in enumerate(known)}
    codes = np.array([places.get(text, -1) for text in texts], dtype=np.intp)
    without = int((codes < 0).sum())
    if without and instead is not None:
        unparsable = [text for text in distinct if text not in places]
        why = [f"{missing.sum()} without a SMILES"] if missing.any() else []
        if unparsable:
            why.append(f"{without - missing.sum()} whose SMILES RDKit cannot parse: {some(unparsable)}")
        warnings.warn(
            f"{user}: {without} of {len(rows)} rows have no structure in column {column!r} ({'; '.join(why)}); they "
            f"get {instead}",
            KitWarning,
            stacklevel=4,
        )
    return Structures([text for text, _ in known], [molecule for _, molecule in known], codes)


def import_rdkit(user: str) -> Any:
    """Return the package rdkit, its modules Chem and rdBase loaded.

    Raises:
        MissingDependencyError: It is not installed.
    """
    try:
        import rdkit
        from rdkit import Chem, rdBase  # noqa: F401
    except ImportError:
        raise MissingDependencyError(
            f"{user} reads structures with RDKit, which is not installed: pip install 'perturbation-kit[chem]'"
        ) from None
    return rdkit
