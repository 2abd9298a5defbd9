"""Physical and topological descriptors of structures: weight, polarity, partial charges, counts of groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Self

import numpy as np
import pandas as pd
from annotated_types import Gt, Lt, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.errors import ParameterError, StateError, did_you_mean
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.structures.molecules import Structures, import_rdkit, read_structures
from kit.plugins import ColumnOf

_HEAVY = 10
"""A column is heavy-tailed where a training value is further from the median than so many interquartile ranges."""


@FEATURES.register("descriptors")
@dataclass(eq=False, repr=False)
class Descriptors(FeatureBuilder):
    """RDKit's molecular descriptors of a SMILES column, 217 numbers a structure.

    What RDKit cannot compute for a structure (partial charges of metals, eigenvalues of salts: not a number, or beyond
    float32) is the median over the training rows. So is everything for a row without a structure, and one warning
    counts those. Units are RDKit's and range over many orders of magnitude (Ipc reaches 1e14): put `scaled` around this
    block for a model that is not made of trees. Columns that are constant in training stay as they are.

    Args:
        column: The column of the SMILES.
        names: Which descriptors, by RDKit's names ("MolLogP", "TPSA" …); None for all.
        clip: Clip heavy-tailed columns to their training quantiles ``clip`` and 1 − ``clip``, a share in (0, 0.5);
            None for no clipping. Heavy-tailed is a column of which a training row is more than ten interquartile ranges
            away from the median; where the interquartile range is 0 the column is left alone.

    Attributes:
        names_: (n_features,) names of the descriptors.
        medians_: (n_features,) float32, what stands for a value that cannot be computed; 0 where no training row has
            one.
        low_: (n_features,) float32 lower limits, −∞ where nothing is clipped.
        high_: (n_features,) float32 upper limits, ∞ where nothing is clipped.
    """

    libraries = ("rdkit",)

    column: Annotated[str, ColumnOf("anything")] = "SMILES"
    names: Annotated[list[str], MinLen(1)] | None = None
    clip: Annotated[float, Gt(0), Lt(0.5)] | None = None

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of descriptors."""
        return len(self._chosen())

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn medians and limits of the training rows; Y is not read.

        Raises:
            InputError: The column is absent, or holds something other than text.
            MissingDependencyError: RDKit is not installed.
            ParameterError: RDKit has no descriptor of a name.
        """
        self.check_parameters()
        self.names_ = np.asarray(self._chosen(), dtype=str)
        found = read_structures(rows, self.column, "descriptors", None)
        values = self._table(found)[found.codes]
        width = len(self.names_)
        self.medians_ = np.zeros(width, dtype=np.float32)
        self.low_, self.high_ = np.full(width, -np.inf, np.float32), np.full(width, np.inf, np.float32)
        for place, column in enumerate(values.T):
            known = column[np.isfinite(column)]
            if not len(known):
                continue
            self.medians_[place] = median = np.median(known)
            below, above = np.quantile(known, [0.25, 0.75])
            if self.clip is not None and np.abs(known - median).max() > _HEAVY * (above - below) > 0:
                self.low_[place], self.high_[place] = np.quantile(known, [self.clip, 1 - self.clip])
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) float32 descriptors; each distinct SMILES is computed once.

        Raises:
            InputError: The column is absent, or holds something other than text.
            MissingDependencyError: RDKit is not installed.
            StateError: The installed RDKit lacks a descriptor that `fit` has used.
        """
        check_is_fitted(self)
        found = read_structures(rows, self.column, "descriptors", "the training rows' medians")
        table = self._table(found)
        filled = np.where(np.isfinite(table), table, self.medians_)
        return np.clip(filled, self.low_, self.high_).astype(np.float32)[found.codes]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``SMILES__MolLogP``."""
        check_is_fitted(self)
        return np.asarray([f"{self.column}__{name}" for name in self.names_], dtype=str)

    def _chosen(self) -> list[str]:
        known = _known_names()
        for name in self.names or []:
            if name not in known:
                raise ParameterError(f"descriptors: RDKit has no descriptor {name!r}{did_you_mean(name, known)}")
        if self.names is not None and len(set(self.names)) < len(self.names):
            raise ParameterError(f"descriptors: a name is listed twice in names={self.names}")
        return list(known if self.names is None else self.names)

    def _table(self, found: Structures) -> Doubles:
        """Return the (n_structures + 1, n_features) values, NaN where there is none, as in the whole last row."""
        names = tuple(self.names_.tolist())
        lost = sorted(set(names) - set(_known_names()))
        if lost:
            raise StateError(
                f"descriptors: the installed RDKit has no {lost[0]!r}, which this builder was fitted with; install the "
                "version that was used then, or fit again"
            )
        table = np.full((len(found.texts) + 1, len(names)), np.nan)
        for row, text in zip(table, found.texts, strict=False):
            values = np.array(_values(text, names))
            fits = np.abs(values) < np.finfo(np.float32).max  # false for NaN as well
            row[fits] = values[fits]
        return table


def _known_names() -> tuple[str, ...]:
    """Return the names of RDKit's descriptors, in its order."""
    import_rdkit("descriptors")
    from rdkit.Chem import Descriptors as Rdkit

    return tuple(name for name, _ in Rdkit.descList)


@lru_cache(maxsize=4096)
def _values(smiles: str, names: tuple[str, ...]) -> tuple[float, ...]:
    """Return descriptors of a structure, NaN for what fails; all take 30 ms: kept for the other folds' fits."""
    from rdkit import Chem, rdBase
    from rdkit.Chem import Descriptors as Rdkit

    functions = dict(Rdkit.descList)
    values = []
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
        for name in names:
            try:
                values.append(float(functions[name](molecule)))
            except Exception:  # RDKit's functions raise errors of many kinds on what they do not cover
                values.append(np.nan)
    return tuple(values)
