"""What each metric's page says of its floor and ceiling.

Those of the field are measured by `benchmarks/gaming.py`. The others are measured while the pages are built: on the
demo competition, and, for metrics of classes and of vectors, on the pictures of digits that scikit-learn carries.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_digits

import kit
from kit.errors import KitWarning
from kit.metrics import METRICS, Metric

ROOT = Path(__file__).parents[1]
CALIBRATED = ROOT / "benchmarks" / "results" / "metrics_calibrated.md"

DIGITS = """\
competition: digits
problem_type: {problem}
metric: {metric}
data: {{root: ., train: digits.csv}}
columns: {{label: digit, metadata: {{pattern: 'pixel_.*'}}}}
folds: {{kind: {folds}, params: {{n_splits: 3}}}}
"""
RECIPE = """\
extends: competition.yaml
features: {{pixels: {{kind: numeric, params: {{columns: {{pattern: 'pixel_.*'}}}}}}}}
models: {{model: {{kind: {model}}}}}
"""
KINDS = {
    "classes": {"problem": "classification", "folds": "kfold", "model": "ridge"},
    "retrieval": {"problem": "retrieval", "folds": "labels_out", "model": "as_is"},
}
"""How digits are posed, by the room of `kit.metrics` that a metric is in."""

GIVEN = {
    # By itself it has so many draws that it would take most of a minute.
    "percent_replicating": "{kind: percent_replicating, params: {draws: 500}}",
    "hierarchical_f1": "{kind: hierarchical_f1, params: {ontology: strokes.csv}}",
    "descendant_accuracy": "{kind: descendant_accuracy, params: {ontology: strokes.csv}}",
}
"""Metrics with parameters."""

STROKES = {"round": (0, 3, 6, 8, 9), "straight": (1, 4, 7), "both": (2, 5)}
"""An ontology of digits, by how they are drawn."""

Rows = list[list[str]]


def measurements() -> dict[str, Rows]:
    """Return, by metric, the rows of the table on its page: data, best floor, ceiling, range between them."""
    found = _of_the_field()
    digits: dict[str, list[pd.DataFrame]] = {room: [] for room in KINDS}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(category=KitWarning, action="ignore"):
        demo = _demo(Path(folder))
        floors, ceilings = (demo[demo["kind"] == kind].set_index("member") for kind in ("floor", "ceiling"))
        for cls in METRICS:
            if cls.kind in found:
                continue
            if cls.kind in demo:
                found[cls.kind] = [_row("demo", cls, floors[cls.kind], ceilings.at["no noise", cls.kind], "no noise")]
            else:
                room = next(room for room in KINDS if f".{room}." in cls.__module__)
                known = [board for board in digits[room] if cls.kind in board]
                if not known:  # a leaderboard has others beside the metric that it is for
                    known = [_digits(Path(folder), room, cls.kind)]
                    digits[room] += known
                values = known[0].loc[known[0]["kind"] == "floor"].set_index("member")[cls.kind]
                found[cls.kind] = [_row("digits", cls, values, cls.best, "perfect")]
    return found


def _row(data: str, cls: type[Metric], floors: pd.Series, ceiling: float, name: str) -> list[str]:
    best = floors.idxmax() if cls.greater_is_better else floors.idxmin()
    return [data, f"{floors[best]:.3f} (*{best}*)", f"{ceiling:.3f} (*{name}*)", ""]


def _of_the_field() -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for section in re.split(r"^## ", CALIBRATED.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = section.partition("\n")
        for line in rest.split("Cheats", 1)[0].splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split("|")]
            if len(cells) == 10 and cells[0] != "metric" and not cells[0].startswith("-"):
                metric, _, floor, low, ceiling, high, *_, width = cells
                found.setdefault(metric, []).append([name, f"{low} (*{floor}*)", f"{high} (*{ceiling}*)", width])
    return found


def _demo(folder: Path) -> pd.DataFrame:
    demo = folder / "demo"
    shutil.copytree(ROOT / "competitions" / "demo", demo, ignore=shutil.ignore_patterns("data", "cache"))
    return kit.train(demo / "baseline.yaml", out=folder, progress=False).leaderboard


def _digits(folder: Path, room: str, metric: str) -> pd.DataFrame:
    where = folder / metric
    where.mkdir()
    X, y = load_digits(return_X_y=True)
    table = pd.DataFrame(X[:120], columns=[f"pixel_{number}" for number in range(X.shape[1])])
    table.assign(digit=[f"digit {digit}" for digit in y[:120]]).to_csv(where / "digits.csv", index=False)
    posed = DIGITS.format(metric=GIVEN.get(metric, metric), **KINDS[room])
    lines = [f"digit {digit},{kind}" for kind, digits in STROKES.items() for digit in digits]
    lines = ["child,parent", *lines, *(f"{kind},digit" for kind in STROKES)]
    (where / "strokes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (where / "competition.yaml").write_text(posed, encoding="utf-8")
    (where / "recipe.yaml").write_text(RECIPE.format(**KINDS[room]), encoding="utf-8")
    board = kit.train(where / "recipe.yaml", out=folder, progress=False).leaderboard
    board.columns = board.columns.str.partition("(").get_level_values(0)
    return board.loc[:, ~board.columns.duplicated()]
