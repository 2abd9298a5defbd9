"""Is it worth choosing what to measure? ``python -m benchmarks.design`` on the real data in rank form.

Every compound is known in NK and in T cells. In each of them in turn, all but 13 compounds are hidden, as in the rare
cell types; 60 of the hidden ones are held out for scoring, and the others could be measured. Twelve or 24 of these are
added:

* as `kit design` chooses, from the process that was fitted on what is known;
* at random;
* the most different ones: each the farthest from all known and added ones, by the compounds' profiles in the other
  well-measured cell type, or by their structures (Morgan fingerprints, Tanimoto).

The process is then fitted again and scored on the compounds held out, on the same ones for all ways of a draw.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._measure import machine
from benchmarks.forecast import RECIPE, fitted
from kit.arrays import Doubles, Floats, Ints
from kit.config import data_root, load_recipe
from kit.data import read_competition
from kit.designing.greedy import choose
from kit.features.structures.fingerprint import Fingerprint
from kit.models.base import PredictsCovariance
from kit.training.planning.recipe_model import RecipeModel

N_KNOWN, N_HELD_OUT = 13, 60
SIZES = (12, 24)
WAYS = ("kit design", "random", "most different profiles", "most different structures")


@dataclass(frozen=True)
class Draw:
    """Positions of training rows: those that are known, those of one cell type that could be added, those to score."""

    known: Ints
    pool: Ints
    held_out: Ints


@dataclass(frozen=True)
class Experiment:
    """The real data, and what is fitted to it."""

    spec: RecipeModel
    rows: pd.DataFrame
    Y: Floats
    seed: int

    def draw(self, context: str, number: int) -> Draw:
        """Draw which compounds of a cell type are known and which are scored."""
        own = np.flatnonzero(self.rows["cell_type"] == context)
        mixed = np.random.default_rng(number).permutation(own)
        known = np.concatenate([np.flatnonzero(self.rows["cell_type"] != context), mixed[:N_KNOWN]])
        return Draw(known, mixed[N_KNOWN + N_HELD_OUT :], mixed[N_KNOWN : N_KNOWN + N_HELD_OUT])

    def error(self, draw: Draw, added: Ints) -> float:
        """Return the mean row RMSE of the held-out rows with some more rows known."""
        known = np.concatenate([draw.known, added])
        pipeline = fitted(self.spec, self.rows.iloc[known], self.Y[known], self.seed)
        predictions = pipeline.predict(self.rows.iloc[draw.held_out].reset_index(drop=True))
        return float(np.sqrt(np.square(predictions - self.Y[draw.held_out]).mean(axis=1)).mean())

    def designed(self, draw: Draw) -> Ints:
        """Return the rows of the pool in the order in which `kit design` adds them."""
        pipeline = fitted(self.spec, self.rows.iloc[draw.known], self.Y[draw.known], self.seed)
        hidden = np.concatenate([draw.pool, draw.held_out])
        assert isinstance(pipeline.model, PredictsCovariance)
        joint = pipeline.model.predict_covariance(pipeline.matrix(self.rows.iloc[hidden].reset_index(drop=True)))
        candidates = np.arange(len(hidden)) < len(draw.pool)
        return hidden[choose([joint], np.ones(len(hidden), dtype=bool), candidates, max(SIZES)).rows]

    def different(self, draw: Draw, context: str, distances: Doubles) -> Ints:
        """Return the rows of the pool, each the farthest from those known in the cell type and those before it."""
        near = distances[:, draw.known[self.rows["cell_type"].iloc[draw.known] == context]].min(axis=1)
        found = []
        for _ in range(max(SIZES)):
            best = max(np.setdiff1d(draw.pool, found), key=lambda row: near[row])
            found.append(best)
            near = np.minimum(near, distances[:, best])
        return np.array(found)

    def profile_distances(self, context: str) -> Doubles:
        """Return the (n_rows, n_rows) distances of the compounds' profiles in the other well-measured cell type."""
        sizes = self.rows["cell_type"].value_counts()
        other = next(name for name in sizes.index if name != context)
        of_compound = {self.rows["sm_name"][row]: row for row in np.flatnonzero(self.rows["cell_type"] == other)}
        profiles = self.Y[[of_compound.get(name, 0) for name in self.rows["sm_name"]]].astype(np.float64)
        squares = np.square(profiles).sum(axis=1)
        return np.maximum(squares[:, None] + squares - 2 * profiles @ profiles.T, 0)

    def structure_distances(self) -> Doubles:
        """Return one less the Tanimoto similarity of the rows' structures."""
        bits = Fingerprint().fit(self.rows, self.Y).transform(self.rows).astype(np.float64)
        shared, counts = bits @ bits.T, bits.sum(axis=1)
        return 1 - shared / np.maximum(counts[:, None] + counts - shared, 1)


def errors(experiment: Experiment, context: str, n_draws: int) -> Iterator[dict[tuple[str, int], float]]:
    """Yield the errors of a draw by way and number of compounds added; none added stands under ("", 0)."""
    profiles, structures = experiment.profile_distances(context), experiment.structure_distances()
    for number in range(n_draws):
        draw = experiment.draw(context, number)
        orders = (
            experiment.designed(draw),
            # The pool is in random order.
            draw.pool,
            experiment.different(draw, context, profiles),
            experiment.different(draw, context, structures),
        )
        found = {("", 0): experiment.error(draw, draw.pool[:0])}
        for way, order in zip(WAYS, orders, strict=True):
            found |= {(way, size): experiment.error(draw, order[:size]) for size in SIZES}
        yield found


def lines(context: str, found: pd.DataFrame) -> Iterator[str]:
    """Yield the lines of a cell type: mean error, that less random's with its standard error, draws that it wins."""
    yield f"| {context} | 0 | | {found['', 0].mean():.4f} | | |"
    for size in SIZES:
        for way in WAYS:
            difference = found[way, size] - found["random", size]
            error = difference.std() / np.sqrt(len(found))
            cells = [context, str(size), way, f"{found[way, size].mean():.4f}"]
            cells += [f"{difference.mean():+.4f} ± {error:.4f}", f"{(difference < 0).sum()} of {len(found)}"]
            yield f"| {' | '.join(cells if way != 'random' else [*cells[:4], '', ''])} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--data", type=Path, help="the folder of the tables")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--contexts", nargs="+", default=["NK cells", "T cells"])
    given = parser.parse_args()
    loaded = load_recipe(given.recipe)
    competition = read_competition(loaded.config, data_root(loaded, given.data, os.environ))
    spec = RecipeModel.of(loaded.config, "process")
    experiment = Experiment(spec, competition.rows, np.array(competition.Y), loaded.config.seed)
    print(f"# What to measure next, from {N_KNOWN} known compounds\n\n{machine()}\n")
    print(f"{given.draws} draws; error is the MRRMSE of {N_HELD_OUT} compounds held out.\n")
    print("| cell type | added | chosen by | error | less random's | better |\n|---|---|---|---|---|---|", flush=True)
    for context in given.contexts:
        for line in lines(context, pd.DataFrame(list(errors(experiment, context, given.draws)))):
            print(line, flush=True)


if __name__ == "__main__":
    main()
