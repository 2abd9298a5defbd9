"""Four tables as somebody brings them who has never seen the kit, with the truth of the rows to predict.

    from benchmarks.own_tables import OWN_TABLES
    table = OWN_TABLES["ic50"](seed=0)
    train, test = table.write(folder)

* ``ic50``: drugs × cell lines, ln IC50, 12 % of it not measured, structures as SMILES; new drugs are asked for.
* ``digits``: the right halves of scikit-learn's digits from the left halves; no keys and no groups.
* ``batches``: a CSV of 3 text and 5 numeric columns, 40 targets and a weight; gaps in features and targets, no ids.
* ``screen``: ten cell lines × compounds × genes; most lines have some anchors measured, and the rest is asked for.

Each generator takes the sizes that matter, small enough for a test or large enough for a benchmark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits, make_regression

from kit.data.simulate import COMPOUNDS, CellType, Design, simulate

LINES = ("A549", "MCF7", "HT29", "PC3", "VCAP", "HEPG2", "A375", "HA1E", "HCC515", "NPC", "K562", "THP1")
GAPS = 0.12


@dataclass(frozen=True)
class OwnTable:
    """A table and what is asked of it.

    Attributes:
        name: What it is called here.
        train: The training table.
        test: The rows to predict: the columns of the training table that are known of them.
        truth: The expected targets of ``test`` without gaps and, where it was simulated, without noise.
        train_file: The name of the training table's file.
        test_file: The name of the file of the rows to predict.
        target: A shell pattern of the target columns; None where every other column is one.
    """

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    truth: pd.DataFrame
    train_file: str
    test_file: str
    target: str | None = None

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both tables into a folder; return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = folder / self.train_file, folder / self.test_file
        for path, frame in zip(paths, (self.train, self.test), strict=True):
            if path.suffix == ".parquet":
                frame.to_parquet(path, index=False)
            else:
                frame.to_csv(path, index=False)
        return paths

    def rmse(self, predictions: np.ndarray) -> float:
        """Return the mean over rows of the root mean squared error against the truth."""
        squared = (np.asarray(predictions, dtype=float) - self.truth.to_numpy(dtype=float)) ** 2
        return float(np.sqrt(squared.mean(axis=1)).mean())


def ic50(seed: int = 0, n_drugs: int = 120, n_new: int = 30, n_lines: int = 60) -> OwnTable:
    """Draw ln IC50 of drugs in cell lines: drugs of one mechanism act on the same lines."""
    rng = np.random.default_rng([seed, 1])
    chosen = [COMPOUNDS[index] for index in rng.permutation(len(COMPOUNDS))[: n_drugs + n_new]]
    mechanisms = sorted({drug.mechanism for drug in chosen})
    of_mechanism = rng.normal(0, 1.5, (len(mechanisms), 1)) + rng.normal(0, 0.8, (len(mechanisms), n_lines))
    own = rng.normal(0, 0.8, (len(chosen), 1)) + rng.normal(0, 0.3, (len(chosen), n_lines))
    which = [mechanisms.index(drug.mechanism) for drug in chosen]
    expected = 2.5 + rng.normal(0, 0.5, n_lines) + of_mechanism[which] + own
    measured = expected + rng.normal(0, 0.5, expected.shape)
    measured[rng.random(expected.shape) < GAPS] = np.nan
    lines = [f"{LINES[number % len(LINES)]}-{number // len(LINES) + 1}" for number in range(n_lines)]
    known = pd.DataFrame({"drug": [drug.name for drug in chosen], "smiles": [drug.smiles for drug in chosen]})
    train = pd.concat([known, pd.DataFrame(measured, columns=lines).round(4)], axis=1)[:n_drugs]
    truth = pd.DataFrame(expected, columns=lines)[n_drugs:].reset_index(drop=True)
    return OwnTable("ic50", train, known[n_drugs:].reset_index(drop=True), truth, "ic50.csv", "new_drugs.csv")


def digits(seed: int = 0, n_rows: int = 600, n_new: int = 200) -> OwnTable:
    """Cut the images of scikit-learn's digits: the left halves are ``x.*``, the right ones, asked for, ``y.*``."""
    images = load_digits().images
    drawn = images[np.random.default_rng([seed, 2]).permutation(len(images))[: n_rows + n_new]]
    names = [[f"{half}.{row}.{column}" for row in range(8) for column in range(4)] for half in "xy"]
    left = pd.DataFrame(drawn[:, :, :4].reshape(len(drawn), -1), columns=names[0])
    right = pd.DataFrame(drawn[:, :, 4:].reshape(len(drawn), -1), columns=names[1])
    train = pd.concat([left, right], axis=1)[:n_rows]
    test, truth = (half[n_rows:].reset_index(drop=True) for half in (left, right))
    return OwnTable("digits", train, test, truth, "digits.parquet", "new_digits.parquet", "y.*")


def batches(seed: int = 0, n_rows: int = 300, n_new: int = 80, n_targets: int = 40) -> OwnTable:
    """Draw a regression on numbers and categories, with weights, and gaps on both sides."""
    rng = np.random.default_rng([seed, 3])
    n = n_rows + n_new
    X, linear = make_regression(n, 5, n_informative=5, n_targets=n_targets, random_state=int(rng.integers(2**31)))
    expected = linear / linear.std()
    texts = {"site": ["Basel", "Leeds", "Osaka"], "operator": [f"op{i}" for i in range(9)], "resin": list("ABCDE")}
    known = pd.DataFrame()
    for name, levels in texts.items():
        codes = rng.integers(len(levels), size=n)
        expected = expected + rng.normal(0, 0.5, (len(levels), n_targets))[codes]
        known[name] = np.array(levels)[codes]
    scales = {"temperature": (37, 2), "pressure": (101, 5), "ph": (7, 0.3), "hours": (24, 4), "dose": (10, 3)}
    for place, (name, (centre, spread)) in enumerate(scales.items()):
        known[name] = (centre + spread * X[:, place]).round(3)
    weight = rng.choice([0.5, 1.0, 2.0], n)
    measured = expected + rng.normal(0, 0.6, expected.shape) / np.sqrt(weight)[:, None]
    measured[rng.random(expected.shape) < GAPS] = np.nan
    for name in ("operator", "ph", "dose"):
        known.loc[rng.random(n) < 0.05, name] = None
    targets = [f"y{number}" for number in range(1, n_targets + 1)]
    train = pd.concat(
        [known, pd.DataFrame({"weight": weight}), pd.DataFrame(measured.round(4), columns=targets)], axis=1
    )
    truth = pd.DataFrame(expected, columns=targets)[n_rows:].reset_index(drop=True)
    test = known[n_rows:].reset_index(drop=True)
    return OwnTable("batches", train[:n_rows], test, truth, "batches.csv", "next_batches.csv", "y*")


def screen(
    seed: int = 0, n_lines: int = 10, n_compounds: int = 60, n_anchors: int = 8, n_genes: int = 500, rank: int = 8
) -> OwnTable:
    """Draw a screen: three lines have all compounds, the others the anchors alone; the other pairs are asked for."""
    lines = tuple(
        CellType(name, f"lineage {place % 4}", 120, hidden=place >= 3) for place, name in enumerate(LINES[:n_lines])
    )
    design = Design("screen", lines, n_compounds, n_anchors, n_genes, rank=rank, inequality=1.0)
    drawn = simulate(design, seed)
    names = {"cell_type": "cell_line", "sm_name": "compound"}
    keys = drawn.train[["cell_type", "sm_name", "SMILES"]].rename(columns=names)
    train = pd.concat([keys, pd.DataFrame(drawn.train_targets, columns=drawn.genes)], axis=1)
    test = drawn.test[["cell_type", "sm_name"]].rename(columns=names)
    truth = pd.DataFrame(drawn.test_noise_free, columns=drawn.genes)
    return OwnTable("screen", train, test, truth, "screen.parquet", "to_predict.csv")


OWN_TABLES: dict[str, Callable[..., OwnTable]] = {
    "ic50": ic50,
    "digits": digits,
    "batches": batches,
    "screen": screen,
}
"""The generators, by the name of what they make."""

SMALL: dict[str, dict[str, int]] = {
    "ic50": {"n_drugs": 60, "n_new": 12, "n_lines": 20},
    "digits": {"n_rows": 150, "n_new": 40},
    "batches": {"n_rows": 120, "n_new": 30, "n_targets": 12},
    "screen": {"n_lines": 6, "n_compounds": 20, "n_anchors": 4, "n_genes": 60, "rank": 3},
}
"""Sizes that a test can afford: ``OWN_TABLES[name](**SMALL[name])``."""
