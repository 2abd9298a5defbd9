"""A small experiment with the real one's shape, and a fitted linear projector that can be saved."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.features import (
    CategoryCodes,
    FeatureBuilder,
    Interaction,
    LeaveOneOut,
    Numeric,
    OneHot,
    TargetEncoding,
    TargetProfile,
    TargetStatistics,
)
from kit.plugins import Plugin, Registry

PROJECTORS = Registry("test_projector", "kit.test_projectors")

N_TARGETS = 11
BY: list[str | list[str]] = ["cell_type", "sm_name", ["cell_type", "sm_name"]]


@PROJECTORS.register("basis")
class Basis(Plugin):
    """A fixed number of random orthonormal directions."""

    def __init__(self, n_components: int = 4) -> None:
        self.n_components = n_components

    def fit(self, Y: Floats) -> Self:
        draws = np.random.default_rng(7).standard_normal((Y.shape[1], self.n_components))
        self.basis_ = np.linalg.qr(draws)[0].astype(np.float32)
        return self

    def project(self, Y: Floats) -> Floats:
        return Y @ self.basis_


def experiment(seed: int = 0, n_targets: int = N_TARGETS) -> tuple[pd.DataFrame, Floats]:
    """Two cell types with all 20 compounds, one with 5, two replicates of a pair, one compound with a single row."""
    rng = np.random.default_rng(seed)
    pairs = [(cell, f"compound {c}") for cell in ("NK", "T") for c in range(20)]
    pairs += [("B", f"compound {c}") for c in range(5)]
    pairs += [("NK", "compound 3"), ("NK", "compound 3"), ("B", "compound 1"), ("T", "alone")]
    rows = pd.DataFrame(pairs, columns=["cell_type", "sm_name"]).sample(frac=1, random_state=seed, ignore_index=True)
    rows["dose"] = rng.uniform(0.1, 10, len(rows))
    Y = rng.standard_normal((len(rows), n_targets)) * 2 + rng.standard_normal(n_targets)
    return rows, Y.astype(np.float32)


def new_rows() -> pd.DataFrame:
    """Rows to predict: known pairs, an unseen pair, an unseen compound, an unseen cell type."""
    rows = pd.DataFrame(
        {
            "cell_type": ["NK", "B", "B", "T", "Myeloid", "T"],
            "sm_name": ["compound 3", "compound 1", "compound 19", "never seen", "compound 2", "alone"],
        }
    )
    return rows.assign(dose=np.linspace(1, 2, len(rows)))


def builders() -> dict[str, FeatureBuilder]:
    """One builder of every kind, and variants that take another path."""
    return {
        "one_hot": OneHot(["cell_type", "sm_name"]),
        "category_codes": CategoryCodes(["cell_type", "sm_name"]),
        "numeric": Numeric(["dose"]),
        "target_statistics": TargetStatistics(BY, ["mean", "std", "median", "min", "max", "count"], [0.1, 0.25]),
        "target_encoding": TargetEncoding(BY, smooth=1.5, random_state=3),
        "target_encoding auto": TargetEncoding(BY, random_state=3),
        "leave_one_out": LeaveOneOut(BY, sigma=0),
        "leave_one_out noisy": LeaveOneOut(BY, sigma=0.2, random_state=3),
        "target_profile": TargetProfile(),
        "target_profile shrunk": TargetProfile(shrinkage=2.0),
        "target_profile centred": TargetProfile(center="cell_type", shrinkage=0.5),
        "target_profile per cell type": TargetProfile(per="cell_type", shrinkage=0.5),
        "target_profile per cell type, centred": TargetProfile(per="cell_type", center="cell_type"),
        "target_profile weighted": TargetProfile(center="cell_type", weights="dose"),
        "interaction": Interaction(OneHot(["cell_type"]), TargetProfile(center="cell_type")),
    }
