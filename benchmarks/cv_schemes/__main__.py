"""Which folds rank recipes as hidden rows do: every scheme of cross-validation against a known truth.

Recipes of different families are cross-validated by every scheme on simulated competitions of the size and design of
the Open Problems data in rank form (`kit data simulate --like open-problems-ranks`), whose hidden rows are all known,
and on the real data. For each scheme: the rank correlation of cross-validated scores and truth over the recipes, how
often intervals hold the truth, and how far the folds' scores are above it. The scheme is chosen on the simulated data;
the real data's 94 public rows are read by --public alone, after the choice.

    python -m benchmarks.cv_schemes WORK [--data DATA …] [--recipes NAME …] [--schemes NAME …]
    python -m benchmarks.cv_schemes WORK --public
    python -m benchmarks.cv_schemes WORK --report > benchmarks/results/cv_schemes.md

The first fits and keeps the scores of every data set, scheme and recipe in the folder WORK, so that it goes on where it
was stopped; the third makes the tables from what is kept. Nothing is chosen inside of a fold, so the fit on all rows is
the same whatever the scheme, and is made once. Folds are scored as those of a run are, by the recipes' metric alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from threadpoolctl import threadpool_limits

from benchmarks.cv_schemes.members import MEMBERS, REAL, SCHEMES, SIMULATED, TRUTH
from benchmarks.cv_schemes.tables import report
from kit.comparing.comparison import read_truth
from kit.comparing.learning_curve import training_share
from kit.config import Loaded, data_root, load_competition, load_recipe
from kit.config.schema import RecipeConfig
from kit.data import Competition, read_competition
from kit.data.simulate import get_design, is_complete, simulate, write
from kit.metrics.base import RowMetric
from kit.training.execute import execute
from kit.training.joining.join import Aggregators, fit_postprocess, join_blend
from kit.training.joining.stage_blend import fit_blend, fits_of
from kit.training.planning.plan import make_folds, make_plan
from kit.training.planning.row_sets import TEST
from kit.training.planning.row_splits import final_split
from kit.training.scoring.evaluation import cluster_labels
from kit.training.scoring.fold_evaluation import evaluate_fold
from kit.training.workspace import Workspace

RECIPES = Path(__file__).parents[2] / "competitions" / "open_problems_ranks"
DESIGN = "open-problems-ranks"


@dataclass(frozen=True)
class DataSet:
    """Tables and what is known of their hidden rows.

    Attributes:
        name: What the results call it.
        root: The folder of the tables.
        truth: True values of test rows.
    """

    name: str
    root: Path
    truth: Path


def data_set(name: str, work: Path) -> DataSet:
    """Return a data set; a simulated one is drawn unless it is there."""
    if name == REAL:
        root = data_root(load_competition(RECIPES / "baseline.yaml"), None, os.environ).resolve()
        return DataSet(name, root, root / "public_leaderboard.parquet")
    root, design = work / "data" / name.replace(" ", "-"), get_design(DESIGN)
    if not is_complete(root, design, SIMULATED[name]):
        write(simulate(design, SIMULATED[name]), root)
    return DataSet(name, root, root / "truth.parquet")


@dataclass(frozen=True)
class Study:
    """What is kept of a study in its folder.

    Attributes:
        work: The folder.
    """

    work: Path

    def table(self, data: str, scheme: str, member: str) -> Path:
        """Return the file of the scores of a recipe by a scheme, or against the truth."""
        return self.work / "scores" / _file(data) / _file(scheme) / f"{_file(member)}.parquet"

    def fit(self, data: DataSet, scheme: str, member: str) -> None:
        """Fit and score a recipe by a scheme, or (`TRUTH`) on all rows, unless that was done."""
        target = self.table(data.name, scheme, member)
        if target.exists():
            return
        file, settings = MEMBERS[member]
        splitter = SCHEMES[scheme if scheme in SCHEMES else next(iter(SCHEMES))]
        text = yaml.safe_dump({"replaced": splitter}, default_flow_style=True, width=10**6).strip()
        folds = text.removeprefix("{replaced: ").removesuffix("}")
        recipe = load_recipe(RECIPES / file, [*settings, f"folds={folds}"])
        competition = _tables(recipe, data.root)
        scratch = self.work / "fits" / _file(data.name) / _file(scheme) / _file(member)
        shutil.rmtree(scratch, ignore_errors=True)
        plan = make_plan(recipe.config, competition)
        workspace = Workspace(recipe.config, competition, plan, scratch)
        with threadpool_limits(1):
            started = time.process_time()
            if scheme == TRUTH:
                rows = _score_test(workspace, data.truth)
            else:
                shared = self.work / "shared" / _file(data.name)
                rows = _score_folds(workspace, shared)
            rows = rows.assign(cpu_s=time.process_time() - started)
        target.parent.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(target)
        shutil.rmtree(scratch)


_READ: dict[Path, Competition] = {}


def _tables(recipe: Loaded[RecipeConfig], root: Path) -> Competition:
    """Return the tables of a folder, which are the same for every recipe of these."""
    if root not in _READ:
        _READ[root] = read_competition(recipe.config, root)
    return _READ[root]


def _score_folds(workspace: Workspace, shared: Path) -> pd.DataFrame:
    """Return the score of every validated row: ``fold, row, weight, group, cluster, mrrmse``, and the folds' size."""
    competition, parts = workspace.competition, []
    clusters = cluster_labels(competition)
    groups = workspace.group_labels(competition.rows)
    folds = make_folds(workspace.recipe, competition)
    share = training_share(folds, groups)
    for index, fold in enumerate(folds):
        rows = evaluate_fold(workspace, index, shared).rows
        assert rows is not None
        found = {"fold": fold.name, "row": rows["row"], "weight": fold.weight / len(rows), "mrrmse": rows["score"]}
        places = rows["row"].to_numpy()
        parts.append(
            pd.DataFrame(found | {"group": groups[places], "cluster": clusters[places], "n_train": len(fold.train)})
        )
    return pd.concat(parts, ignore_index=True).assign(share=share)


def _score_test(workspace: Workspace, truth: Path) -> pd.DataFrame:
    """Return the score of every row of the truth, by a fit on all rows."""
    recipe, plan, competition = workspace.recipe, workspace.plan, workspace.competition
    final = final_split(competition.n_rows)
    execute(workspace.inside(final), 1, lambda outcome: None)
    groups = workspace.group_labels(competition.test)
    fits = fits_of(workspace, plan.last, [final], TEST)
    blend = fit_blend(workspace, plan.last, final).blend
    steps = fit_postprocess(recipe.postprocess, competition.Y, competition.rows)
    predictions = join_blend(fits, Aggregators.of(recipe, plan.last), groups, blend, steps)
    true = read_truth(truth, competition)
    place = {str(name): index for index, name in enumerate(competition.test[recipe.columns.id])}
    places = [place[name] for name in true.ids]
    assert isinstance(plan.metric, RowMetric)
    return pd.DataFrame(
        {
            "fold": TRUTH,
            "row": list(true.ids),
            "weight": 1.0,
            "group": groups[places],
            "cluster": competition.test[recipe.columns.compound].astype(str).to_numpy()[places],
            "mrrmse": plan.metric.per_row(true.values, predictions[places]),
        }
    )


def _file(name: str) -> str:
    return name.replace(",", "").replace(" ", "-").replace("/", "-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="the folder of tables, fits and scores")
    parser.add_argument("--data", nargs="+", default=[*SIMULATED, REAL], choices=[*SIMULATED, REAL])
    parser.add_argument("--recipes", nargs="+", default=list(MEMBERS), choices=list(MEMBERS))
    parser.add_argument("--schemes", nargs="+", default=list(SCHEMES), choices=list(SCHEMES))
    parser.add_argument("--public", action="store_true", help="score the real data's public rows; after the choice")
    parser.add_argument("--report", action="store_true", help="print the tables of what is kept")
    given = parser.parse_args()
    study = Study(given.work)
    if given.report:
        print(report(study.table, given.recipes))
        return
    # The real truth is known in part, and kept for the end.
    jobs = [(TRUTH, name) for name in given.data if name != REAL]
    jobs += [(scheme, name) for scheme in given.schemes for name in given.data]
    for scheme, name in [(TRUTH, REAL)] if given.public else jobs:
        data = data_set(name, study.work)
        for member in given.recipes:
            print(f"{name}, {scheme}: {member}", file=sys.stderr, flush=True)
            study.fit(data, scheme, member)


if __name__ == "__main__":
    main()
