"""Embeddings of wells under batch effects: the design of RxRx1, whose siRNAs are named in experiments never seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.scenarios.rxrx1_wells import GROUPS_ON_PLATES, PLATES, Wells, read_embeddings, read_wells
from kit.data.simulate.streams import stream

_ROWS, _COLUMNS = "BCDEFGHIJKLMNO", range(2, 24)
"""The wells of a plate that are used: its edge is left empty."""

_GAIN, _EXPERIMENT, _PLATE, _NOISE = 0.3, 3.0, 1.0, 3.0
"""The standard deviations of an experiment's logarithmic gain, its shift, a plate's shift, and the noise of a well."""

_OF_SITE = 0.5
"""The share of the noise's variance that is a site's own, where a well has several; the rest is the well's."""


@dataclass(frozen=True)
class RxRx1(Scenario):
    """Each siRNA once in every experiment, on four plates; experiments of some cell types are trained on, others not.

    The siRNAs are in four groups. A plate holds one group, and the groups of an experiment are moved on by some plates.
    A well's embedding is the effect of its siRNA (sd 1) and what that has of the cell type (sd 1), with noise (sd 3);
    an experiment multiplies each dimension (logarithm's sd 0.3) and shifts it (sd 3), a plate shifts it (sd 1). The
    same controls are on every plate: siRNAs of their own, and a well without any.

    With ``design`` it is the competition's own wells and siRNAs, and where the folder has ``embeddings.csv`` its own
    embeddings too (of which nothing is drawn but the siRNAs to predict, if ``test.csv`` does not have them).

    ``wells.parquet`` has every well's embedding, and names the siRNA of controls alone (``control``).
    ``labelled.parquet`` has the controls of all experiments below the training rows, ``controls.parquet`` them alone.

    Args:
        experiments: The numbers of training and of test experiments by cell type.
        n_per_group: The siRNAs of a group; there are four times as many classes.
        n_controls: The control siRNAs of a plate; one untreated well stands beside them.
        n_dims: The dimensions of an embedding.
        missing: The share of treated wells that failed, and are in no table.
        n_sites: The images of a well, each with an embedding of its own: half of the noise's variance is a site's own.
        design: The folder of the competition's own tables (`kit.data.simulate.scenarios.rxrx1_wells.read_wells`).

    Source: the plates of the competition Recursion Cellular Image Classification (RxRx1, Sypetkowski et al. 2023).
    """

    format: ClassVar[int] = 2
    files: ClassVar[tuple[str, ...]] = (
        "train.parquet",
        "test.parquet",
        "wells.parquet",
        "labelled.parquet",
        "controls.parquet",
        "truth.csv",
        "sample.csv",
    )

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
    n_sites: int = 1
    design: str | None = None

    @property
    def n_classes(self) -> int:
        """The number of siRNAs to tell apart; controls have the numbers behind them, the untreated well the last."""
        return PLATES * self.n_per_group

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return training rows, rows to predict, every well's embedding, the siRNAs of the latter, a sample submission.

        Where wells have several sites, ``wells.parquet`` has a line for each.
        """
        wells = self._wells(seed) if self.design is None else read_wells(Path(self.design), seed)
        own = None if self.design is None else Path(self.design) / "embeddings.csv"
        if own is not None and own.is_file():
            values = read_embeddings(own, wells, self.n_sites)
        else:
            values = self._embeddings(wells, seed)
        names = [f"f{place:02d}" for place in range(values.shape[1])]
        lines = wells.frame.loc[np.repeat(np.arange(len(wells.frame)), self.n_sites)].reset_index(drop=True)
        if self.n_sites > 1:
            lines.insert(1, "site", np.tile(np.arange(1, self.n_sites + 1), len(wells.frame)))
        return wells.tables() | {
            "wells.parquet": pd.concat([lines, pd.DataFrame(values, columns=names, dtype=np.float32)], axis=1)
        }

    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return the numbers of wells, classes and experiments."""
        wells = tables["wells.parquet"]
        return (
            f"{len(tables['train.parquet'])} wells to train on, {len(tables['test.parquet'])} to predict, "
            f"{wells['id_code'].nunique()} with controls, {self.n_classes} classes, "
            f"{wells['experiment'].nunique()} experiments"
        )

    def _wells(self, seed: int) -> Wells:
        """Return the wells that did not fail."""
        names, cell_types, tested = [], [], []
        for cell_type, n_train, n_test in self.experiments:
            names += [f"{cell_type}-{number:02d}" for number in range(1, n_train + n_test + 1)]
            cell_types += [cell_type] * (n_train + n_test)
            tested += [False] * n_train + [True] * n_test
        rng = stream(seed, "design")
        groups = rng.permutation(self.n_classes).reshape(PLATES, self.n_per_group)
        moved_on = rng.choice(PLATES, size=(len(names), 1), p=GROUPS_ON_PLATES)
        of_plates = groups[(np.arange(PLATES) + moved_on) % PLATES]
        controls = np.arange(self.n_classes, self.n_classes + self.n_controls + 1)
        controls = np.broadcast_to(controls, (*of_plates.shape[:2], len(controls)))
        # Where a well lies on its plate says nothing of its siRNA.
        codes = rng.permuted(np.concatenate([of_plates, controls], axis=2), axis=2)
        experiment, plate, place = (places.ravel() for places in np.indices(codes.shape))
        positions = np.array([f"{row}{column:02d}" for row in _ROWS for column in _COLUMNS])
        kept = (codes.ravel() >= self.n_classes) | (rng.random(codes.size) >= self.missing)
        return Wells.of(
            experiment=np.array(names)[experiment][kept],
            plate=plate[kept] + 1,
            well=positions[place][kept],
            codes=codes.ravel()[kept],
            to_predict=np.array(tested)[experiment][kept],
            n_classes=self.n_classes,
        )

    def _embeddings(self, wells: Wells, seed: int) -> Doubles:
        """Return the (n_wells × n_sites, n_dims) embeddings, the sites of a well together."""
        rng, codes = stream(seed, "embeddings"), wells.codes
        cell_type, names = pd.factorize(wells.frame["cell_type"])
        experiment, experiments = pd.factorize(wells.frame["experiment"])
        batch = experiment * PLATES + wells.frame["plate"].to_numpy() - 1
        effects = rng.standard_normal((1 + len(names), self.n_classes + self.n_controls + 1, self.n_dims))
        effects[:, -1] = 0.0  # the untreated well
        values = effects[0, codes] + effects[1 + cell_type, codes]
        noise = _NOISE * rng.standard_normal(values.shape)
        if self.n_sites > 1:
            own = stream(seed, "sites").standard_normal((len(values), self.n_sites, self.n_dims))
            sites = np.sqrt(1 - _OF_SITE) * noise[:, None] + np.sqrt(_OF_SITE) * _NOISE * own
            values, noise = np.repeat(values, self.n_sites, axis=0), sites.reshape(-1, self.n_dims)
            experiment, batch = np.repeat(experiment, self.n_sites), np.repeat(batch, self.n_sites)
        values += noise
        experiment_size = (len(experiments), self.n_dims)
        values *= np.exp(_GAIN * rng.standard_normal(experiment_size))[experiment]
        values += (_EXPERIMENT * rng.standard_normal(experiment_size))[experiment]
        values += (_PLATE * rng.standard_normal((len(experiments) * PLATES, self.n_dims)))[batch]
        return np.asarray(values)


@dataclass(frozen=True)
class RxRx1Sites(RxRx1):
    """The same with two images of every well; ``train_sites.parquet`` has a row for each, of training experiments."""

    files: ClassVar[tuple[str, ...]] = (*RxRx1.files, "train_sites.parquet")

    n_sites: int = 2

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return those tables, and the training rows of all sites."""
        tables = dict(super().tables(seed))
        sites = tables["wells.parquet"][["id_code", "site"]]
        return tables | {"train_sites.parquet": tables["train.parquet"].merge(sites, on="id_code", validate="1:m")}
