"""Cells of several donors, to be told apart by their genes, with texts of what the genes are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Ints
from kit.counts import log_counts
from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.scenarios.cell_graph import GRAPH, HOUSEKEEPING, leaves, lineage
from kit.data.simulate.streams import stream

_EDGE = ["child", "parent"]

_SILENT, _ON, _DEPTH = -1.0, 1.5, 0.4
"""The mean logarithm of a marker where it is off, what is added where it is on, and the sd of a cell's depth."""

_WRONG_TEXT, _NO_TEXT = 0.1, 0.05
"""The shares of genes that are described as what they are not, and not at all."""

_FILLER = ("protein", "gene", "family", "member", "isoform", "domain", "encoded", "transcript", "role", "function")


@dataclass(frozen=True)
class CellTyping(Scenario):
    """Simulated cells of simulated donors: each expresses the markers of its type and of all that the type is one of.

    The types are the leaves of a small graph with Cell Ontology's names. Every kind of cell in it has markers, genes
    that its cells express, and their texts are made of words of that kind, of its parent and of any gene; the other
    genes are those of every cell. A donor multiplies each gene (logarithm's sd ``donor_sd``), has the types in its own
    shares, some of them not at all, and its own number of cells; the last training donor has few. Values are
    log(1 + count per 10,000), the counts Poisson's.

    Args:
        n_donors: The donors of the training cells.
        n_test_donors: Those of the cells to predict.
        n_cells: The mean number of cells of a donor.
        n_markers: The markers of a kind of cell.
        n_housekeeping: The genes of every cell.
        depth: The median counts of a cell.
        donor_sd: See above.
    """

    files: ClassVar[tuple[str, ...]] = (
        "train.parquet",
        "test.parquet",
        "genes.parquet",
        "ontology.csv",
        "truth.csv",
        "sample.csv",
    )

    n_donors: int = 8
    n_test_donors: int = 2
    n_cells: int = 250
    n_markers: int = 10
    n_housekeeping: int = 160
    depth: int = 200
    donor_sd: float = 0.8

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return training cells, cells to predict, the genes' texts, the graph (child, parent), and the truth."""
        kinds, genes = self._genes(seed)
        cells, codes = self._cells(seed)
        values = pd.DataFrame(self._expression(seed, kinds, cells["place"].to_numpy(), codes), columns=genes["gene"])
        labelled = cells[["cell", "donor"]].assign(cell_type=np.array(leaves())[codes])
        is_test = cells["place"].to_numpy() >= self.n_donors
        train = pd.concat([labelled, values], axis=1)[~is_test].reset_index(drop=True)
        test = pd.concat([labelled, values], axis=1)[is_test].reset_index(drop=True)
        return {
            "train.parquet": train,
            "test.parquet": test.drop(columns="cell_type"),
            "genes.parquet": genes,
            "ontology.csv": pd.DataFrame([(name, parent) for name, (parent, _) in GRAPH.items()], columns=_EDGE),
            "truth.csv": test[["cell", "cell_type"]],
            "sample.csv": test[["cell"]].assign(cell_type=leaves()[0]),
        }

    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return the numbers of cells, donors, types and genes."""
        train, test = tables["train.parquet"], tables["test.parquet"]
        return (
            f"{len(train)} simulated cells of {train['donor'].nunique()} simulated donors to train on, {len(test)} of "
            f"{test['donor'].nunique()} others to predict, {train['cell_type'].nunique()} types, "
            f"{len(tables['genes.parquet'])} invented genes with texts"
        )

    def _genes(self, seed: int) -> tuple[Ints, pd.DataFrame]:
        """Return (n_genes,) the kind of cell that each is a marker of, −1 for none, and the genes' names and texts."""
        rng = stream(seed, "genes")
        of_kind = np.repeat(np.arange(len(GRAPH)), self.n_markers)
        kinds = rng.permutation(np.concatenate([of_kind, np.full(self.n_housekeeping, -1)]))
        words = [of.split() for _, of in GRAPH.values()]
        parents = [GRAPH[parent][1].split() if parent in GRAPH else [] for parent, _ in GRAPH.values()]
        texts = []
        for kind in kinds:
            told = int(rng.integers(len(GRAPH))) if rng.random() < _WRONG_TEXT else int(kind)
            if told < 0:
                own, above = HOUSEKEEPING[int(rng.integers(len(HOUSEKEEPING)))].split(), []
            else:
                own, above = words[told], parents[told]
            chosen = [*rng.choice(own, 3, replace=False), *rng.choice(_FILLER, 5, replace=False)]
            chosen += list(rng.choice(above, 1)) if above else []
            texts.append("" if rng.random() < _NO_TEXT else " ".join(rng.permutation(chosen)))
        names = [f"GENE{number:03d}" for number in range(len(kinds))]
        return kinds, pd.DataFrame({"gene": names, "text": texts})

    def _cells(self, seed: int) -> tuple[pd.DataFrame, Ints]:
        """Return the cells (cell, donor, the donor's place), and the (n_cells,) codes of their types."""
        rng = stream(seed, "cells")
        n_types, places, codes = len(leaves()), [], []
        frequency = rng.dirichlet(np.full(n_types, 2.0))
        for place in range(self.n_donors + self.n_test_donors):
            few = place == self.n_donors - 1
            n_cells = self.n_cells // 10 if few else int(rng.integers(self.n_cells // 2, 3 * self.n_cells // 2))
            shares = rng.dirichlet(frequency * n_types)
            places += [place] * n_cells
            codes += rng.choice(n_types, n_cells, p=shares).tolist()
        names = [f"D{place + 1}-{number:04d}" for number, place in enumerate(places)]
        frame = pd.DataFrame({"cell": names, "donor": [f"D{place + 1}" for place in places], "place": places})
        return frame, np.array(codes, dtype=np.intp)

    def _expression(self, seed: int, kinds: Ints, places: Ints, codes: Ints) -> Doubles:
        """Return the (n_cells, n_genes) values."""
        rng = stream(seed, "expression")
        of_type = np.array([[name in lineage(leaf) for name in GRAPH] for leaf in leaves()])
        strength = _ON + 0.5 * rng.standard_normal(len(kinds))
        means = rng.standard_normal(len(kinds)) + np.where(kinds < 0, 0.0, _SILENT)
        on = (of_type[:, kinds] & (kinds >= 0)) * strength
        donors = self.donor_sd * rng.standard_normal((self.n_donors + self.n_test_donors, len(kinds)))
        rates = np.exp(means + on[codes] + donors[places])
        depth = self.depth * np.exp(_DEPTH * rng.standard_normal((len(codes), 1)))
        counts = rng.poisson(depth * rates / rates.sum(axis=1, keepdims=True))
        return np.asarray(log_counts(counts), dtype=np.float32)
