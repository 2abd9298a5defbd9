"""Fingerprints of structures: which substructures a compound has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.structures.molecules import import_rdkit, read_structures
from kit.features.vectors.texts import column_texts
from kit.plugins import ColumnOf

_MACCS_KEYS = 166
_DEFAULT_RADIUS, _DEFAULT_BITS = 2, 2048


@FEATURES.register("fingerprint")
@dataclass(eq=False, repr=False)
class Fingerprint(FeatureBuilder):
    """RDKit's fingerprints of a SMILES column: Morgan, feature Morgan, topological or MACCS; bits or counts.

    A row's fingerprint depends on its SMILES alone; nothing is learnt. Missing and unparsable SMILES get zeros, and one
    warning counts them.

    * "morgan": circular neighbourhoods of atoms up to ``radius`` bonds (radius 2 is ECFP4; D. Rogers and M. Hahn,
      "Extended-connectivity fingerprints", J. Chem. Inf. Model. 50, 2010).
    * "feature_morgan": the same with atoms told apart by role (donor, acceptor, aromatic …) alone, like FCFP4.
    * "rdkit": paths and branched subgraphs of one to seven bonds, Daylight-like.
    * "maccs": the 166 public MACCS keys, one predefined substructure each.

    Args:
        column: The column of the SMILES.
        method: Which fingerprint, see above.
        radius: Bonds around each atom, for the two Morgan kinds; None for 2.
        n_bits: Features that hashed substructures are folded into, for all but MACCS; None for 2048.
        counts: How often each occurs instead of 0 or 1; not for MACCS.
        use_chirality: Tell stereoisomers apart, for the two Morgan kinds.
        indicator: Add a column that is 1 where a row has no structure.

    Attributes:
        n_features_: Columns without the indicator.
    """

    libraries = ("rdkit",)

    column: Annotated[str, ColumnOf("anything")] = "SMILES"
    method: Literal["morgan", "feature_morgan", "rdkit", "maccs"] = "morgan"
    radius: Annotated[int, Ge(0)] | None = None
    n_bits: Annotated[int, Ge(1)] | None = None
    counts: bool = False
    use_chirality: bool = False
    indicator: bool = False

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features, which the parameters fix."""
        return self._width + self.indicator

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Check parameters and column; there is nothing to learn.

        Raises:
            InputError: The column is absent, or holds something other than text.
            MissingDependencyError: RDKit is not installed.
            ParameterError: A parameter is set that the fingerprint does not read.
        """
        self.check_parameters()
        import_rdkit("fingerprint")
        column_texts(rows, self.column, "fingerprint")
        self.n_features_ = self._width
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) float32 fingerprints; each distinct SMILES is computed once.

        Raises:
            InputError: The column is absent, or holds something other than text.
            MissingDependencyError: RDKit is not installed.
        """
        check_is_fitted(self)
        found = read_structures(rows, self.column, "fingerprint", "zeros")
        table = np.zeros((len(found.molecules) + 1, self.n_features_ + self.indicator), dtype=np.float32)
        table[-1, self.n_features_ :] = 1
        compute = self._generator()
        for row, molecule in zip(table, found.molecules, strict=False):
            row[: self.n_features_] = compute(molecule)
        return table[found.codes]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``SMILES__morgan__17``, and ``SMILES__missing`` for the indicator."""
        check_is_fitted(self)
        first = 1 if self.method == "maccs" else 0  # the keys are numbered from 1
        names = [f"{self.column}__{self.method}__{first + place}" for place in range(self.n_features_)]
        return np.asarray(names + [f"{self.column}__missing"] * self.indicator, dtype=str)

    def check_parameters(self) -> None:
        """Check types and ranges, and that no parameter is set which this fingerprint would not read.

        Raises:
            ParameterError: One is wrong.
        """
        super().check_parameters()
        unread: dict[str, tuple[str, ...]] = {
            "rdkit": ("radius", "use_chirality"),
            "maccs": ("radius", "use_chirality", "n_bits", "counts"),
        }
        for name in unread.get(self.method, ()):
            value = getattr(self, name)
            if value is not None and value is not False:
                raise ParameterError(f"fingerprint: {name}={value!r} means nothing to method={self.method!r}; drop it")

    @property
    def _width(self) -> int:
        return _MACCS_KEYS if self.method == "maccs" else self.n_bits or _DEFAULT_BITS

    def _generator(self) -> Callable[[Any], np.ndarray]:
        """Return the function that computes a molecule's fingerprint."""
        from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

        if self.method == "maccs":
            return lambda molecule: np.array(rdMolDescriptors.GetMACCSKeysFingerprint(molecule))[1:]  # no key 0
        if self.method == "rdkit":
            generator = rdFingerprintGenerator.GetRDKitFPGenerator(fpSize=self._width)
        else:
            roles = rdFingerprintGenerator.GetMorganFeatureAtomInvGen() if self.method == "feature_morgan" else None
            generator = rdFingerprintGenerator.GetMorganGenerator(
                radius=_DEFAULT_RADIUS if self.radius is None else self.radius,
                fpSize=self._width,
                includeChirality=self.use_chirality,
                atomInvariantsGenerator=roles,
            )
        return generator.GetCountFingerprintAsNumPy if self.counts else generator.GetFingerprintAsNumPy
