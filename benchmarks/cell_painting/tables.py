"""The tables of wells that competitions/cell_painting reads, of files that others have published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

KEYS = ["plate", "well"]
_TREATMENT, _CONTROL = "treatment", "control"


@dataclass(frozen=True)
class Wells:
    """A screen.

    Attributes:
        title: What it is, in a line.
        table: plate, well, compound, mechanism ("" where it is not known), role (treatment or control), f0, f1, …
    """

    title: str
    table: pd.DataFrame

    @property
    def treated(self) -> pd.DataFrame:
        """The wells of treatments, without what was measured."""
        mine = self.table[self.table["role"] == _TREATMENT]
        return mine[[*KEYS, "compound", "mechanism"]].reset_index(drop=True)

    @property
    def compounds(self) -> pd.DataFrame:
        """The compounds whose mechanism is known."""
        known = self.treated[["compound", "mechanism"]].drop_duplicates()
        return known[known["mechanism"] != ""].reset_index(drop=True)


def cpjump1(folder: Path) -> Wells:
    """Return four plates of CPJUMP1, as a network's 128 features; there are no untreated wells.

    Source: github.com/broadinstitute/FeatureAggregation (BSD-3).
    """
    files = [folder / f"cpjump1_plate{number}.parquet" for number in range(1, 5)]
    wells = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    meta = {"plate": "Plate", "well": "Well", "compound": "pert_iname", "mechanism": "gene"}
    values = wells.filter(regex=r"^f\d+$")
    title = "CPJUMP1, plates BR00117010 to BR00117013: 128 features that a network learnt; a mechanism is a target gene"
    return _wells(title, wells, meta, values, np.ones(len(wells), dtype=bool))


def lincs(folder: Path) -> Wells:
    """Return a plate of the LINCS set: CellProfiler's features, normalised and selected by its authors.

    Source: github.com/cytomining/cytominer-eval (BSD-3).
    """
    wells = pd.read_csv(folder / "lincs_SQ00015054.csv.gz")
    meta = {"plate": "Plate", "well": "Well", "compound": "broad_sample", "mechanism": "moa"}
    values = wells.drop(columns=wells.filter(like="Metadata_"))
    title = "LINCS, plate SQ00015054: CellProfiler's features, the mean over a well's cells; compounds in six doses"
    return _wells(title, wells, meta, values, wells["Metadata_pert_type"] == "trt")


def nelisa(folder: Path) -> Wells:
    """Return four plates of nELISA: proteins in the medium of A549 cells, the compounds of CPJUMP1.

    Source: github.com/carpenter-singh-lab/2024_Kalinin_mAP (BSD-3).
    """
    wells = pd.read_parquet(folder / "nelisa_a549.parquet")
    meta = {"plate": "Plate", "well": "nelisa_well_loc", "compound": "pert_iname", "mechanism": "target"}
    values = wells.drop(columns=wells.filter(like="Metadata_"))
    title = "nELISA, four plates of A549: 191 proteins; a mechanism is a target gene"
    return _wells(title, wells, meta, values, wells["Metadata_control_type"] != "negcon")


SCREENS: dict[str, Callable[[Path], Wells]] = {"cpjump1": cpjump1, "lincs": lincs, "nelisa": nelisa}
"""The screens by name, each from the folder of published files."""


def write_tables(name: str, screen: Wells, out: Path) -> Path:
    """Write a screen's wells, the rows of its recipes, and its compounds; return the file of wells."""
    out.mkdir(parents=True, exist_ok=True)
    wells = out / f"{name}.parquet"
    screen.table.to_parquet(wells, index=False)
    screen.treated.to_parquet(out / f"{name}_rows.parquet", index=False)
    screen.compounds.to_parquet(out / f"{name}_compounds.parquet", index=False)
    return wells


def _wells(
    title: str, wells: pd.DataFrame, meta: dict[str, str], values: pd.DataFrame, treated: pd.Series | np.ndarray
) -> Wells:
    table = pd.DataFrame({name: wells[f"Metadata_{column}"].fillna("").astype(str) for name, column in meta.items()})
    table["role"] = np.where(treated, _TREATMENT, _CONTROL)
    numbers = pd.DataFrame(values.to_numpy(dtype=np.float32), columns=[f"f{place}" for place in range(values.shape[1])])
    return Wells(title, pd.concat([table, numbers], axis=1))
