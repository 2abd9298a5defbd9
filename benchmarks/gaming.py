"""The field's metrics between floor and ceiling: how far these are apart on a data set, and who can be fooled.

A *cheat* is a prediction made without any model, or made of a model's by what adds no knowledge: it should score at or
below the floor. It fools a metric where the 95 % interval of its calibrated score lies above 0.

    python -m benchmarks.gaming [--data DIR] [--work DIR]

No public row is read: on the real data, out-of-fold predictions are scored.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine
from benchmarks.ablations.datasets import HERE, real, simulated
from kit.arrays import Floats
from kit.config import load_recipe
from kit.data import Competition, read_competition
from kit.data.simulate import get_design
from kit.metrics.scores import Scores
from kit.models import GroupMean, MeanOutcome
from kit.reports.markdown import markdown_table
from kit.training.planning.plan import make_plan
from kit.training.scoring.calibration import OUT_OF_FOLD, calibration_table, field_scores, known_rows_of_runs
from kit.training.scoring.evaluation import cluster_labels
from kit.training.scoring.known_rows import KnownRows
from kit.training.train import train
from kit.training.workspace import Workspace

COMPETITIONS = Path(__file__).parents[1] / "competitions"
CELL_TYPES = "folds={kind: held_out_cell_type, params: {cell_type: cell_type, compound: sm_name}}"
ANCHORS = "folds={kind: held_out_compounds, params: {cell_type: cell_type, compound: sm_name, n_splits: 4}}"
INFLATED = "own x 1.2"
_SPIKE, _SPIKED_SHARE = 10.0, 0.02
_SEEN = 0.005
"""A smaller calibrated score is printed as 0.00: often what rounding leaves of a difference that is none."""


def cheats(train_groups: np.ndarray, Y_train: Floats, groups: np.ndarray, own: Floats) -> dict[str, Floats]:
    """Return predictions that know nothing of the rows but their context.

    Args:
        train_groups: (n_train,) contexts of training rows.
        Y_train: (n_train, n_targets) their targets.
        groups: (n_rows,) contexts of the rows to predict.
        own: (n_rows, n_targets) a model's predictions of them.
    """
    rng = np.random.default_rng(0)
    names, codes = np.unique(np.concatenate([train_groups, groups]).astype(str), return_inverse=True)
    X, X_new = codes[: len(train_groups), None].astype(np.float32), codes[len(train_groups) :, None].astype(np.float32)
    of_group = GroupMean(column=0).fit(X, Y_train).predict(X_new)
    shuffled = own.copy()
    for code in range(len(names)):
        rows = np.flatnonzero(X_new[:, 0] == code)
        # By one place around a random circle: no row keeps its own, where there are two.
        circle = rng.permutation(rows)
        shuffled[circle] = own[np.roll(circle, 1)]
    size = _SPIKE * Y_train.std()
    at_random = of_group + size * (rng.random(of_group.shape) < _SPIKED_SHARE)
    strongest = np.abs(of_group) >= np.quantile(np.abs(of_group), 1 - _SPIKED_SHARE, axis=1, keepdims=True)
    found = {
        "constant": np.ones_like(own),
        "mean profile": MeanOutcome().fit(X, Y_train).predict(X_new),
        "group mean": of_group,
        "group mean x 1.2": 1.2 * of_group,
        "signs of the group mean": np.sign(of_group),
        "shuffled in its context": shuffled,
        "group mean, random spikes": at_random,
        "group mean, spiked where strong": of_group + size * strongest * np.sign(of_group),
    }
    return {name: values.astype(np.float32) for name, values in found.items()}


def with_cheats(parts: Iterator[KnownRows], workspace: Workspace) -> Iterator[KnownRows]:
    """Yield the folds of a run with every cheat, and the run's own predictions times 1.2, as members."""
    folds = {split.name: split for split in workspace.plan.folds}
    for part in parts:
        rows, Y_train = workspace.select_rows(folds[part.fold].train)
        _, _, own = part.members[0]
        found = cheats(workspace.group_labels(rows), Y_train, part.groups, own) | {INFLATED: 1.2 * own}
        yield replace(part, members=[*part.members, *((name, "cheat", values) for name, values in found.items())])


def fooled(scores: Sequence[Scores], names: Sequence[str], floor: str | None = None) -> pd.DataFrame:
    """Return the calibrated scores of cheats, one line a cheat and one column a metric.

    Returns:
        Text cells; a score of .005 or more whose 95 % interval lies above 0 is in bold.
    """
    lines = []
    for name in names:
        table = calibration_table(scores, name, floor)
        cells: dict[str, str] = {}
        for row in table.itertuples():
            above = row.low > 0 and row.calibrated >= _SEEN
            cells[str(row.metric)] = f"**{row.calibrated:.2f}**" if above else f"{row.calibrated:.2f}"
        lines.append({"prediction": name} | cells)
    return pd.DataFrame(lines)


@dataclass(frozen=True)
class Setting:
    """A data set, a recipe and folds."""

    name: str
    recipe: Path
    root: Path
    settings: tuple[str, ...] = ()


def settings(data: Path | None, work: Path) -> Iterator[Setting]:
    """Yield what is measured, drawing the simulated tables."""
    yield Setting("demo", COMPETITIONS / "demo" / "baseline.yaml", work / "demo")
    measured = real(data)
    quick = COMPETITIONS / "open_problems_ranks" / "quick.yaml"
    yield Setting("real ranks, cell types hidden", quick, measured.root, (CELL_TYPES,))
    yield Setting("real ranks, anchors hidden", quick, measured.root, (ANCHORS,))
    for seed in range(3):
        drawn = simulated(seed, work / "tables", get_design("open-problems-ranks"))
        yield Setting(f"simulated ranks, seed {seed}", HERE / "simulated_process.yaml", drawn.root)


def measure(setting: Setting, out: Path) -> list[Scores]:
    """Train the recipe, and score its out-of-fold predictions, floors, ceilings and cheats by every metric."""
    loaded = load_recipe(setting.recipe, list(setting.settings))
    competition: Competition = read_competition(loaded.config, setting.root)
    result = train(loaded, competition, out, 1)
    workspace = Workspace(loaded.config, competition, make_plan(loaded.config, competition), result.path)
    oof = np.load(result.path / "oof.npy", mmap_mode="r", allow_pickle=False)
    parts = with_cheats(known_rows_of_runs(workspace, {OUT_OF_FOLD: oof}), workspace)
    return field_scores(parts, cluster_labels(competition))


def report(found: dict[str, list[Scores]], seconds: float) -> str:
    """Return the results as Markdown."""
    parts = [
        "# The field's metrics between floor and ceiling",
        "`python -m benchmarks.gaming`",
        f"{machine()}; {seconds:.0f} CPU s in all",
        "Out-of-fold predictions of the recipe; *calibrated*: (value − floor) / (ceiling − floor) with its 95 % "
        "interval over compounds; *range*: ceiling − floor in standard errors of that difference. Where replicates and "
        "noise are not known the ceiling is no error at all, which no prediction reaches.",
    ]
    for name, scores in found.items():
        members = scores[0].rows.query("kind == 'cheat'")["member"].unique().tolist()
        pretending = [member for member in members if member != INFLATED]
        context = next(member for member in scores[0].rows["member"].unique() if member.startswith("per cell"))
        own = calibration_table(scores, OUT_OF_FOLD)
        parts += [f"## {name}", markdown_table(own.rename(columns={"dynamic_range": "range"}), digits=3)]
        parts += [
            "Cheats, from the best floor (bold: above it, the interval leaves out 0):",
            markdown_table(fooled(scores, pretending)),
            f"Cheats, from the context's mean (*{context}*), the floor of cell-eval2:",
            markdown_table(fooled(scores, pretending, context)),
            "What blowing up adds: the run's own predictions, and 1.2 times these:",
            markdown_table(fooled(scores, [OUT_OF_FOLD, INFLATED])),
        ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=None, help="the folder of the real tables")
    parser.add_argument("--work", type=Path, default=None, help="where runs are kept (default: a temporary folder)")
    given = parser.parse_args()
    start = time.process_time()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        found = {}
        for number, setting in enumerate(settings(given.data, work)):
            print(setting.name, file=sys.stderr, flush=True)
            with threadpool_limits(1):
                found[setting.name] = measure(setting, work / f"runs-{number}")
    text = report(found, time.process_time() - start)
    path = Path(__file__).parent / "results" / "metrics_calibrated.md"
    path.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
