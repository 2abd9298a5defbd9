"""Single cells of the wells of a screen: compounds change means and covariances, plates shift, bags are unequal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.streams import stream

_GAIN, _SHIFT = 0.2, 1.0
"""The standard deviations of a plate's logarithmic gain and of its shift, for each feature."""

_MEAN, _STRETCH = 0.15, 0.06
"""The standard deviations of a compound's shift and of the entries of the logarithm of the matrix by which it stretches
cells; a cell's own is about 1."""

_WELL_MEAN, _WELL_STRETCH = 0.06, 0.05
"""The same of what a single well adds by chance: 280 cells know their mean no better than that."""

_ROWS, _COLUMNS = "ABCDEFGHIJKLMNOP", range(1, 25)


@dataclass(frozen=True)
class CellPainting(Scenario):
    """Each compound in one well of every plate, untreated wells beside; a well has few cells or many.

    A cell is normal. Every compound stretches cells by a matrix of its own, so that their covariance changes; every
    second one shifts them as well. A well adds a shift and a stretch by chance, a plate shifts and scales each feature.
    The number of cells of a well is log-normal, and compounds differ in it, as some kill.

    Args:
        n_plates: The plates.
        n_compounds: The compounds; at most 384 less the controls.
        n_controls: The untreated wells of a plate.
        n_dims: The features of a cell.
        n_cells: The median number of cells of a well.
        spread: The standard deviation of the logarithm of that number.
        least: The least number of cells of a well.
    """

    files: ClassVar[tuple[str, ...]] = ("wells.csv", "cells.parquet")

    n_plates: int = 4
    n_compounds: int = 90
    n_controls: int = 16
    n_dims: int = 8
    n_cells: int = 400
    spread: float = 0.7
    least: int = 5

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return the treated wells (plate, well, compound, cells), and the cells of all (plate, well, role, f0, …)."""
        wells = self._wells(seed)
        cells = self._cells(wells, seed)
        treated = wells["code"] < self.n_compounds
        of_cell = wells.loc[wells.index.repeat(wells["cells"]), ["plate", "well"]].reset_index(drop=True)
        of_cell["role"] = np.where(treated, "treatment", "control").repeat(wells["cells"])
        names = [f"f{place}" for place in range(self.n_dims)]
        return {
            "wells.csv": wells.loc[treated, ["plate", "well", "compound", "cells"]].reset_index(drop=True),
            "cells.parquet": pd.concat([of_cell, pd.DataFrame(cells, columns=names, dtype=np.float32)], axis=1),
        }

    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return the numbers of wells, compounds and cells."""
        wells = tables["wells.csv"]
        return (
            f"{len(wells)} wells of {self.n_compounds} compounds on {self.n_plates} plates, {wells['cells'].min()} to "
            f"{wells['cells'].max()} cells each, {len(tables['cells.parquet'])} with those of controls"
        )

    def _wells(self, seed: int) -> pd.DataFrame:
        """Return all wells: plate, well, code (that of untreated wells is the number of compounds), compound, cells."""
        rng = stream(seed, "design")
        positions = np.array([f"{row}{column:02d}" for row in _ROWS for column in _COLUMNS])
        codes = np.concatenate([np.arange(self.n_compounds), np.full(self.n_controls, self.n_compounds)])
        # A compound has another place on every plate, so that no place gives it away.
        plates = [
            pd.DataFrame({"plate": f"p{plate}", "well": rng.permutation(positions)[: len(codes)], "code": codes})
            for plate in range(self.n_plates)
        ]
        wells = pd.concat(plates, ignore_index=True)
        living = np.append(0.4 * rng.standard_normal(self.n_compounds), 0.0)
        numbers = np.exp(living[wells["code"]] + self.spread * rng.standard_normal(len(wells))) * self.n_cells
        names = np.append([f"compound {code:03d}" for code in range(self.n_compounds)], "untreated")
        return wells.assign(compound=names[wells["code"]], cells=np.maximum(numbers.astype(int), self.least))

    def _cells(self, wells: pd.DataFrame, seed: int) -> Doubles:
        """Return the (n_cells, n_dims) features of the cells of wells, well after well."""
        rng, n_dims = stream(seed, "cells"), self.n_dims
        shifts = _MEAN * rng.standard_normal((self.n_compounds + 1, n_dims))
        shifts[1::2], shifts[-1] = 0.0, 0.0
        stretches = _STRETCH * rng.standard_normal((self.n_compounds + 1, n_dims, n_dims))
        stretches[-1] = 0.0
        gains = np.exp(_GAIN * rng.standard_normal((self.n_plates, n_dims)))
        offsets = _SHIFT * rng.standard_normal((self.n_plates, n_dims))
        parts = []
        for plate, code, number in zip(pd.factorize(wells["plate"])[0], wells["code"], wells["cells"], strict=True):
            middle = shifts[code] + _WELL_MEAN * rng.standard_normal(n_dims)
            stretch = _exponential(stretches[code] + _WELL_STRETCH * rng.standard_normal((n_dims, n_dims)))
            cells = rng.standard_normal((number, n_dims)) @ stretch + middle
            parts.append(cells * gains[plate] + offsets[plate])
        return np.concatenate(parts)


def _exponential(entries: Doubles) -> Doubles:
    """Return the exponential of a matrix that is made symmetric: of any entries, a matrix that stretches."""
    sizes, directions = np.linalg.eigh((entries + entries.T) / np.sqrt(2))
    return np.asarray((directions * np.exp(sizes)) @ directions.T)
