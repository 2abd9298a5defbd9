"""Embeddings of wells under batch effects: the design of RxRx1, whose siRNAs are named in experiments never seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Ints
from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.streams import stream

_PLATES = 4
_GROUPS_ON_PLATES = (22 / 33, 4 / 33, 7 / 33, 0.0)
"""How often the four groups of siRNAs are moved on by 0, 1, 2 or 3 plates, counted in the 33 training experiments."""

_ROWS, _COLUMNS = "BCDEFGHIJKLMNO", range(2, 24)
"""The wells of a plate that are used: its edge is left empty."""

_GAIN, _EXPERIMENT, _PLATE, _NOISE = 0.3, 3.0, 1.0, 3.0
"""The standard deviations of an experiment's logarithmic gain, its shift, a plate's shift, and the noise of a well."""


@dataclass(frozen=True)
class RxRx1(Scenario):
    """Each siRNA once in every experiment, on four plates; experiments of some cell types are trained on, others not.

    The siRNAs are in four groups. A plate holds one group, and the groups of an experiment are moved on by some plates.
    A well's embedding is the effect of its siRNA (sd 1) and what that has of the cell type (sd 1), with noise (sd 3);
    an experiment multiplies each dimension (logarithm's sd 0.3) and shifts it (sd 3), a plate shifts it (sd 1). The
    same controls are on every plate: siRNAs of their own, and a well without any.

    Args:
        experiments: The numbers of training and of test experiments by cell type.
        n_per_group: The siRNAs of a group; there are four times as many classes.
        n_controls: The control siRNAs of a plate; one untreated well stands beside them.
        n_dims: The dimensions of an embedding.
        missing: The share of treated wells that failed, and are in no table.

    Source: the plates of the competition Recursion Cellular Image Classification (RxRx1, Sypetkowski et al. 2023).
    """

    files: ClassVar[tuple[str, ...]] = ("train.parquet", "test.parquet", "wells.parquet", "truth.csv", "sample.csv")

    experiments: tuple[tuple[str, int, int], ...] = (
        ("HUVEC", 16, 8),
        ("HEPG2", 7, 4),
        ("RPE", 7, 4),
        ("U2OS", 3, 2),
    )
    n_per_group: int = 277
    n_controls: int = 30
    n_dims: int = 64
    missing: float = 0.0017

    @property
    def n_classes(self) -> int:
        """The number of siRNAs to tell apart; controls have the numbers behind them, the untreated well the last."""
        return _PLATES * self.n_per_group

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return training rows, rows to predict, every well's embedding, the siRNAs of the latter, a sample submission.

        ``wells.parquet`` names the siRNA of controls alone (``control``), and says in ``role`` which wells they are.
        """
        wells, codes, is_test = self._wells(seed)
        treated = codes < self.n_classes
        keys = ["id_code", "experiment", "cell_type", "plate", "well"]
        role = np.where(treated, "treatment", "control")
        control = np.where(treated, "", codes.astype(str))
        names = [f"f{place:02d}" for place in range(self.n_dims)]
        values = pd.DataFrame(self._embeddings(wells, codes, seed), columns=names, dtype=np.float32)
        labelled = wells[keys].assign(sirna=codes)
        test = labelled[treated & is_test].reset_index(drop=True)
        return {
            "train.parquet": labelled[treated & ~is_test].reset_index(drop=True),
            "test.parquet": test[keys],
            "wells.parquet": pd.concat([wells[keys].assign(role=role, control=control), values], axis=1),
            "truth.csv": test[["id_code", "sirna"]],
            "sample.csv": test[["id_code"]].assign(sirna=0),
        }

    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return the numbers of wells, classes and experiments."""
        n_experiments = sum(n_train + n_test for _, n_train, n_test in self.experiments)
        return (
            f"{len(tables['train.parquet'])} wells to train on, {len(tables['test.parquet'])} to predict, "
            f"{len(tables['wells.parquet'])} with controls, {self.n_classes} classes, {n_experiments} experiments"
        )

    def _wells(self, seed: int) -> tuple[pd.DataFrame, Ints, np.ndarray]:
        """Return the wells that did not fail, the (n_wells,) codes of their siRNAs, and which are to be predicted."""
        names, cell_types, tested = [], [], []
        for cell_type, n_train, n_test in self.experiments:
            names += [f"{cell_type}-{number:02d}" for number in range(1, n_train + n_test + 1)]
            cell_types += [cell_type] * (n_train + n_test)
            tested += [False] * n_train + [True] * n_test
        rng = stream(seed, "design")
        groups = rng.permutation(self.n_classes).reshape(_PLATES, self.n_per_group)
        moved_on = rng.choice(_PLATES, size=(len(names), 1), p=_GROUPS_ON_PLATES)
        of_plates = groups[(np.arange(_PLATES) + moved_on) % _PLATES]
        controls = np.arange(self.n_classes, self.n_classes + self.n_controls + 1)
        controls = np.broadcast_to(controls, (*of_plates.shape[:2], len(controls)))
        # Where a well lies on its plate says nothing of its siRNA.
        codes = rng.permuted(np.concatenate([of_plates, controls], axis=2), axis=2)
        experiment, plate, place = (places.ravel() for places in np.indices(codes.shape))
        positions = np.array([f"{row}{column:02d}" for row in _ROWS for column in _COLUMNS])
        wells = pd.DataFrame(
            {
                "experiment": np.array(names)[experiment],
                "cell_type": np.array(cell_types)[experiment],
                "plate": plate + 1,
                "well": positions[place],
                "batch": experiment * _PLATES + plate,
            }
        )
        wells.insert(0, "id_code", wells["experiment"] + "_" + wells["plate"].astype(str) + "_" + wells["well"])
        kept = (codes.ravel() >= self.n_classes) | (rng.random(codes.size) >= self.missing)
        return wells[kept].reset_index(drop=True), codes.ravel()[kept], np.array(tested)[experiment][kept]

    def _embeddings(self, wells: pd.DataFrame, codes: Ints, seed: int) -> Doubles:
        """Return the (n_wells, n_dims) embeddings."""
        rng = stream(seed, "embeddings")
        cell_type, names = pd.factorize(wells["cell_type"])
        batch = wells["batch"].to_numpy()
        n_experiments = int(batch.max()) // _PLATES + 1
        effects = rng.standard_normal((1 + len(names), self.n_classes + self.n_controls + 1, self.n_dims))
        effects[:, -1] = 0.0  # the untreated well
        values = effects[0, codes] + effects[1 + cell_type, codes]
        values += _NOISE * rng.standard_normal(values.shape)
        experiment_size = (n_experiments, self.n_dims)
        values *= np.exp(_GAIN * rng.standard_normal(experiment_size))[batch // _PLATES]
        values += (_EXPERIMENT * rng.standard_normal(experiment_size))[batch // _PLATES]
        values += (_PLATE * rng.standard_normal((n_experiments * _PLATES, self.n_dims)))[batch]
        return np.asarray(values)
