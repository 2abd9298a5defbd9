"""How far the process's forecast of its own error can be believed: ``python -m benchmarks.forecast``.

The recipe `process.yaml` is fitted on what is known and predicts what is hidden: the folds of the real data in rank
form that hide NK cells, T cells, and anchor compounds in four groups; and simulated competitions, all hidden rows.
Nothing is calibrated. Printed are, for each:

* the mean over rows of the root mean squared error, expected and seen, and their rank correlation over rows;
* the share of single values inside of the nominal 90 per cent interval, the prediction ± 1.645 expected deviations;
* on simulated p-values, the rank correlation "at best": that of a forecast which knows the error in the signal of every
  hidden row, and its noise but for the number of cells behind it. That is drawn at random, so nobody can know it.
  (In rank form the noise has no such formula.)
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine
from kit.arrays import Doubles, Floats
from kit.config import data_root, load_recipe
from kit.config.schema import PluginConfig, RecipeConfig
from kit.data import read_competition
from kit.data.simulate import SimulatedCompetition, simulate
from kit.data.simulate.generate import CELLS_SPREAD, FEW_CELLS, NOISE_GROWTH, NULL_SD
from kit.models.base import PredictsVariance
from kit.training.fitting.pipeline import Pipeline, fit_pipeline
from kit.training.planning.plan import make_folds
from kit.training.planning.recipe_model import RecipeModel

RECIPE = Path(__file__).parents[1] / "competitions" / "open_problems_ranks" / "process.yaml"
DESIGNS = ("open-problems", "open-problems-ranks")
SHARE = 0.9
HEAD = "| hidden rows | n | expected | seen | difference | Spearman | at best | 90 % interval | CPU s |"


@dataclass(frozen=True)
class Forecast:
    """Expected and seen errors of hidden rows.

    Attributes:
        expected: (n_rows,) expected squared errors.
        seen: (n_rows,) seen squared errors, means over targets.
        inside: (n_rows,) shares of values inside of the nominal interval.
        cpu: CPU seconds of fit and prediction.
        at_best: (n_rows,) expected squared errors of who knows all but the number of cells, or None.
    """

    expected: Doubles
    seen: Doubles
    inside: Doubles
    cpu: float
    at_best: Doubles | None = None

    @classmethod
    def joined(cls, parts: Sequence[Forecast]) -> Forecast:
        """Return the forecasts of several folds as one."""
        columns = ([part.expected for part in parts], [part.seen for part in parts], [part.inside for part in parts])
        return cls(*map(np.concatenate, columns), sum(part.cpu for part in parts))

    def line(self, name: str) -> str:
        """Return a line of the table."""
        expected, seen = np.sqrt(self.expected).mean(), np.sqrt(self.seen).mean()
        best = "" if self.at_best is None else f"{spearmanr(self.at_best, self.seen)[0]:.2f}"
        cells = [name, str(len(self.seen)), f"{expected:.4f}", f"{seen:.4f}", f"{100 * (expected / seen - 1):+.1f} %"]
        cells += [f"{spearmanr(self.expected, self.seen)[0]:.2f}", best, f"{100 * self.inside.mean():.1f} %"]
        return f"| {' | '.join(cells)} | {self.cpu:.1f} |"


def fitted(spec: RecipeModel, rows: pd.DataFrame, Y: Floats, seed: int) -> Pipeline:
    """Return the recipe's model, fitted on one thread."""
    with threadpool_limits(1):
        return fit_pipeline(spec, rows.reset_index(drop=True), Y, seed)


def forecast(
    spec: RecipeModel, known: tuple[pd.DataFrame, Floats], hidden: tuple[pd.DataFrame, Floats], seed: int
) -> tuple[Forecast, Floats]:
    """Fit on known rows and forecast the errors of hidden ones; return also the predictions.

    Args:
        spec: The recipe's model.
        known: The rows' keys and their targets.
        hidden: The same of the rows that are predicted.
        seed: Of the fit.
    """
    start = time.process_time()
    pipeline = fitted(spec, *known, seed)
    X = pipeline.matrix(hidden[0].reset_index(drop=True))
    assert isinstance(pipeline.model, PredictsVariance)
    predictions, expected = pipeline.model.predict(X), pipeline.model.predict_variance(X)
    cpu = time.process_time() - start
    squares = np.square(predictions - hidden[1], dtype=np.float64)
    reach = norm.ppf((1 + SHARE) / 2) ** 2 * expected
    inside = (squares <= reach[:, None]).mean(axis=1)
    return Forecast(expected, squares.mean(axis=1), inside, cpu), predictions


def real(recipe: RecipeConfig, data: Path) -> Iterator[str]:
    """Yield the lines of the folds of the data in rank form."""
    competition = read_competition(recipe, data)
    spec, Y = RecipeModel.of(recipe, "process"), np.array(competition.Y)
    params = {"cell_type": "cell_type", "compound": "sm_name"}
    schemes = {
        "held_out_cell_type": PluginConfig(kind="held_out_cell_type", params=params),
        "held_out_compounds": PluginConfig(kind="held_out_compounds", params=params | {"n_splits": 4}),
    }
    for scheme, entry in schemes.items():
        folds = recipe.folds.model_copy(update=dict(entry))
        found = {}
        for fold in make_folds(recipe.model_copy(update={"folds": folds}), competition):
            known, hidden = ((competition.rows.iloc[rows], Y[rows]) for rows in (fold.train, fold.validation))
            found[fold.name] = forecast(spec, known, hidden, recipe.seed)[0]
        if scheme == "held_out_cell_type":
            for name, of_one in found.items():
                yield of_one.line(f"real ranks, {name}")
        else:
            yield Forecast.joined([*found.values()]).line(f"real ranks, anchors in {len(found)} groups")


def noise_but_for_cells(simulated: SimulatedCompetition) -> Doubles:
    """Return the (n_test,) expected noise variance of hidden rows over the number of cells, which is log-normal."""
    medians = {cell_type.name: cell_type.median_cells for cell_type in simulated.design.cell_types}
    median = simulated.test["cell_type"].map(medians).to_numpy()
    by_cells = 1 + FEW_CELLS / median * np.exp(CELLS_SPREAD**2 / 2)
    growth: Doubles = 1 + NOISE_GROWTH * np.abs(simulated.test_noise_free).mean(axis=1, dtype=np.float64)
    return NULL_SD**2 * by_cells * growth


def simulated(recipe: RecipeConfig, design: str, seed: int) -> str:
    """Return the line of a simulated competition."""
    made = simulate(design, seed)
    spec = RecipeModel.of(recipe, "process")
    found, predictions = forecast(spec, (made.train, made.train_targets), (made.test, made.test_targets), seed)
    if made.design.form != "ranks":
        error = np.square(predictions - made.test_noise_free, dtype=np.float64).mean(axis=1)
        found = replace(found, at_best=error + noise_but_for_cells(made))
    return found.line(f"simulated {design}, seed {seed}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="as in `kit train`")
    parser.add_argument("--data", type=Path, help="the real data in rank form, left out if absent")
    parser.add_argument("--like", nargs="*", default=DESIGNS, help="the simulated designs")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    given = parser.parse_args()
    loaded = load_recipe(given.recipe, given.overrides)
    recipe = loaded.config
    print(f"# Forecast of {' '.join([given.recipe.stem, *given.overrides])}\n\n{machine()}\n")
    print(f"{HEAD}\n|{'---|' * (HEAD.count('|') - 1)}")
    root = data_root(loaded, given.data, os.environ)
    for line in real(recipe, root) if root.is_dir() else ():
        print(line, flush=True)
    for design in given.like:
        for seed in given.seeds:
            print(simulated(recipe, design, seed), flush=True)


if __name__ == "__main__":
    main()
