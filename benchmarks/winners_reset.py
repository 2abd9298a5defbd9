"""Sizes and epochs of the second and the fourth place, by cross-validation on the default folds.

Each variant changes some settings of a recipe; one member of it alone is fitted where that says enough. Folds are
scored as those of a run are, by the recipe's metric; nothing is fitted on all rows, and no public row is read. A
difference is that of the variant less the first one of its part, row by row, with a 95 % bootstrap interval over
compounds.

    python -m benchmarks.winners_reset PART … [--variants NAME …] [--data DIR]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from benchmarks._measure import machine
from kit.config import data_root, load_recipe
from kit.data import read_competition
from kit.metrics.rowwise import MRRMSE
from kit.metrics.scores import Scores
from kit.training.planning.plan import make_plan
from kit.training.scoring.evaluation import cluster_labels
from kit.training.scoring.fold_evaluation import evaluate_fold
from kit.training.workspace import Workspace

RECIPES = Path(__file__).parents[1] / "competitions" / "open_problems_ranks"


_LEFT_OUT = "features.means_and_stds={kind: leave_one_out, params: {by: [cell_type, sm_name], sigma: 0}}"


def _transformer(n_epochs: int, *changes: str, target: int = 32) -> tuple[str, ...]:
    """Return settings of one of the second place's networks, in the published size but for the epochs."""
    sizes = {"n_layers": 6, "d_model": 128, "feedforward": 2048, "dropout": 0.3, "learning_rate": 1e-4}
    params = (f"params.{name}={value}" for name, value in (sizes | {"n_epochs": n_epochs}).items())
    off = (f"models.{name}.enabled=false" for name in ("mean_std_common", "mean_std_kmeans", "mean"))
    return (
        *off,
        *(f"models.mean_std.{change}" for change in (*params, *changes)),
        f"target.params.n_components={target}",
    )


def _small(n_epochs: int, *changes: str, target: int = 32) -> tuple[str, ...]:
    sizes = ("params.n_layers=2", "params.d_model=64", "params.feedforward=256", "params.learning_rate=3.0e-4")
    return _transformer(n_epochs, *sizes, *changes, target=target)


def _trees(n_estimators: int, learning_rate: float, max_depth: int) -> tuple[str, ...]:
    values = {"n_estimators": n_estimators, "learning_rate": learning_rate, "max_depth": max_depth}
    return ("models.cnn.enabled=false", *(f"models.boosting.params.{name}={value}" for name, value in values.items()))


def _image(n_epochs: int, batch_size: int, n_components: int = 45, size: int = 17) -> tuple[str, ...]:
    values = {"image_size": size, "n_epochs": n_epochs, "batch_size": batch_size}
    params = (f"models.cnn.params.{name}={value}" for name, value in values.items())
    return (
        "models.boosting.enabled=false",
        f"models.cnn.target.params.n_components={n_components}",
        *params,
    )


def _weights(boosting: float) -> tuple[str, ...]:
    return (f"blend.params.weights={{boosting: {boosting}, cnn: {1 - boosting:.1f}}}",)


_LIGHT = "params.dropout=0.1"
PARTS: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "sizes of the second place": (
        "second_place.yaml",
        {
            "6 layers of width 128, 15 epochs of 1e-4": _transformer(15),
            "5 epochs": _transformer(5),
            "2 layers of width 64, 15 epochs of 3e-4": _small(15),
            "2 layers of width 64, 40 epochs": _small(40),
            "2 layers of width 64, dropout .5": _small(15, "params.dropout=0.5"),
            "2 layers of width 64, weight decay .1": _small(15, "params.weight_decay=0.1"),
            "2 layers of width 64, 128 components": _small(15, target=128),
        },
    ),
    "2 layers of width 64": (
        "second_place.yaml",
        {
            "15 epochs, dropout .3": _small(15),
            "dropout .1": _small(15, _LIGHT),
            "no dropout": _small(15, "params.dropout=0"),
            "dropout .1, 8 epochs": _small(8, _LIGHT),
            "dropout .1, 40 epochs": _small(40, _LIGHT),
            "dropout .1, 16 components": _small(15, _LIGHT, target=16),
            "dropout .1, 30 % masked": _small(15, _LIGHT, "augment=[{kind: mask, params: {share: 0.3}}]"),
            "dropout .1, own target left out": (*_small(15, _LIGHT), _LEFT_OUT),
            "dropout .1, features standardised": _small(15, _LIGHT, "params.standardize=true"),
        },
    ),
    "boosting of the fourth place": (
        "fourth_place.yaml",
        {
            "300 trees of depth 3, step .03": _trees(300, 0.03, 3),
            "100 trees of depth 3, step .03": _trees(100, 0.03, 3),
            "1,000 trees of depth 6, step .01": _trees(1000, 0.01, 6),
        },
    ),
    "network of the fourth place": (
        "fourth_place.yaml",
        {
            "17 pixels, 15 epochs in batches of 32": _image(15, 32),
            "16 components": _image(15, 32, n_components=16),
            "6 epochs in batches of 8": _image(6, 8),
            "33 pixels, 15 epochs in batches of 8": _image(15, 8, size=33),
        },
    ),
    "fourth place": ("fourth_place.yaml", {"boosting .3": _weights(0.3), "boosting .7": _weights(0.7)}),
}
"""For each part of the study the recipe and its variants, each with what it changes."""


def scores_of(recipe: str, settings: Sequence[str], name: str, data: Path | None, work: Path) -> tuple[Scores, float]:
    """Return the scores of a variant's validated rows and the CPU seconds of its fits."""
    loaded = load_recipe(RECIPES / recipe, list(settings))
    competition = read_competition(loaded.config, data)
    workspace = Workspace(loaded.config, competition, make_plan(loaded.config, competition), work / name)
    clusters = cluster_labels(competition)
    groups = workspace.group_labels(competition.rows)
    parts, started = [], time.process_time()
    for index, fold in enumerate(workspace.plan.folds):
        rows = evaluate_fold(workspace, index, work / "shared").rows
        assert rows is not None
        places = rows["row"].to_numpy()
        found = {"fold": fold.name, "row": rows["row"], "weight": fold.weight / len(rows), "mrrmse": rows["score"]}
        parts.append(pd.DataFrame(found | {"group": groups[places], "cluster": clusters[places]}))
    joined = pd.concat(parts, ignore_index=True).assign(member=name, kind="recipe", seed=0)
    return Scores((MRRMSE(),), joined), time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", metavar="PART", nargs="+", choices=PARTS)
    parser.add_argument("--variants", nargs="+", metavar="NAME", help="these and the first (default: all)")
    parser.add_argument("--data", type=Path, default=None, help="the folder of the real tables")
    given = parser.parse_args()
    data = data_root(load_recipe(RECIPES / "baseline.yaml"), given.data, os.environ).resolve()
    print(f"{machine()}", flush=True)
    for part in given.parts:
        recipe, variants = PARTS[part]
        print(f"\n## {recipe}: {part}\n\n| variant | MRRMSE | difference | low | high | CPU s |")
        print("|---|---:|---:|---:|---:|---:|", flush=True)
        first = None
        for name, settings in variants.items():
            if given.variants and first is not None and name not in given.variants:
                continue
            with tempfile.TemporaryDirectory() as work:
                scores, seconds = scores_of(recipe, settings, name, data, Path(work))
            mean = scores.means("member")["mrrmse"].item()
            if first is None:
                first, against = scores, "|  |  |"
            else:
                of = scores.difference(first)
                against = f"{of.mean:+.4f} | {of.low:+.4f} | {of.high:+.4f}"
            print(f"| {name} | {mean:.4f} | {against} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
