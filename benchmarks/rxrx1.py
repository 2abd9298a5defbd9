"""siRNAs under batch effects: what normalisation, a model a cell type, assignment, plate groups and pseudo-labels do.

python -m benchmarks.rxrx1 [--seeds 0 1 2] [--short] [--small | --design FOLDER]

The design of RxRx1 with simulated embeddings, drawn anew for every seed; linear discriminant analysis is fitted on the
training experiments and scored on the test experiments. A minute a seed on one core. FOLDER holds the competition's
own train.csv, test.csv and controls, whose wells are taken then.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.classes import likeliest, margins
from kit.data.simulate import SCENARIOS
from kit.errors import KitWarning
from kit.features import Normalised
from kit.models import LDA
from kit.postprocess import Assign

PLATE = ["experiment", "plate"]
NORMALISATIONS: dict[str, dict[str, object]] = {
    "raw": {"method": "centre"},
    "all wells, z by experiment": {"within": ["experiment"]},
    "controls, z by experiment": {
        "within": ["experiment"],
        "reference": "controls",
        "control": {"role": "control"},
    },
    "controls, z by plate": {"within": PLATE, "reference": "controls", "control": {"role": "control"}},
    "all wells, z by plate": {"within": PLATE},
}
MARGINS = (0.0, 1.0, 1.5, 2.0, 3.0)
"""By how many standard errors more rows must vote for a division of groups among plates."""


class Study:
    """The tables of one seed, and what is asked of predictions for its test wells.

    Args:
        tables: What the generator drew.
        folder: Where the table of embeddings is written.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
        self.train, self.test = tables["train.parquet"], tables["test.parquet"]
        self.truth = tables["truth.csv"]["sirna"].to_numpy()
        self.Y = pd.get_dummies(self.train["sirna"]).to_numpy(dtype=np.float32)
        self.path = folder / "wells.parquet"
        tables["wells.parquet"].to_parquet(self.path, index=False)

    def features(self, name: str) -> tuple[Floats, Floats]:
        """Return the features of training and test wells under a normalisation."""
        values, options = {"pattern": r"f\d+"}, NORMALISATIONS[name]
        block = Normalised(str(self.path), ["id_code"], values, **options)  # type: ignore[arg-type]
        return block.fit_transform(self.train), block.transform(self.test)

    def predicted(
        self, X: Floats, X_new: Floats, per_type: bool, taught: tuple[np.ndarray, Floats] | None = None
    ) -> Floats:
        """Return the test wells' probabilities, of one model or of one a cell type.

        Args:
            X: Features of the training wells.
            X_new: Of the test wells.
            per_type: Whether each cell type has a model.
            taught: Positions of test wells that are trained on too, and the labels of all test wells.
        """
        types = self.test["cell_type"] if per_type else pd.Series("all", self.test.index)
        found = np.empty((len(X_new), self.Y.shape[1]), dtype=np.float32)
        for one in types.unique():
            mine = (self.train["cell_type"] == one).to_numpy() if per_type else np.ones(len(X), dtype=bool)
            new = np.flatnonzero(types == one)
            rows, labels = X[mine], self.Y[mine]
            if taught is not None:
                more = np.intersect1d(taught[0], new)
                rows, labels = np.vstack([rows, X_new[more]]), np.vstack([labels, taught[1][more]])
            found[new] = LDA().fit(rows, labels).predict(X_new[new])
        return found

    def assigned(
        self, probabilities: Floats, groups: bool, unique: bool, margin: float = 3.0, balance: bool = True
    ) -> Floats:
        """Return probabilities after `assign`."""
        plates = ["plate"] if groups else None
        step = Assign(["experiment"], unique, "learn" if groups else "none", plates, margin, balance)
        self.step = step.fit(self.Y, self.train)
        return self.step.transform(probabilities, self.test)

    def right(self, probabilities: Floats) -> float:
        """Return the share of test wells whose likeliest siRNA is theirs."""
        return float((probabilities.argmax(axis=1) == self.truth).mean())

    def line(self, probabilities: Floats, margin: float = 3.0, balance: bool = True) -> list[float]:
        """Return the accuracy of predictions as they are, each siRNA once, on its group's plates, and both."""
        given = [(False, True), (True, False), (True, True)]
        changed = (self.assigned(probabilities, *which, margin, balance) for which in given)
        return [self.right(probabilities), *map(self.right, changed)]

    def divisions(self, probabilities: Floats, margin: float) -> tuple[int, int, int]:
        """Return the test experiments whose plates were given groups, those where all are right, and the groups."""
        masked = self.assigned(probabilities, groups=True, unique=False, margin=margin)
        groups, ruled_out = self.step.groups_, (masked == 0).mean(axis=1) > 0.5
        frame = self.test.assign(ruled_out=ruled_out, right=groups[masked.argmax(axis=1)] == groups[self.truth])
        of = frame.groupby("experiment")[["ruled_out", "right"]].all()
        return int(of["ruled_out"].sum()), int((of["ruled_out"] & of["right"]).sum()), int(groups.max()) + 1

    def twice(self, probabilities: Floats) -> int:
        """Return how many test wells have a siRNA that another well of their experiment has too."""
        return int(self.test.assign(code=probabilities.argmax(axis=1)).duplicated(["experiment", "code"]).sum())


def shown(name: str, found: Sequence[float]) -> str:
    """Return a line of a table."""
    return f"| {name} | {' | '.join(f'{value:.3f}' for value in found)} |"


def of_seed(study: Study, short: bool) -> dict[str, bool]:
    """Print the tables of a seed; return what was to be shown, and whether it was."""
    print("| normalisation | argmax | each once | groups of plates | both |\n|---|---|---|---|---|")
    pooled_raw = study.predicted(*study.features("raw"), per_type=False)
    print(shown("raw, one model for all", study.line(pooled_raw)))
    for name in ["all wells, z by plate"] if short else NORMALISATIONS:
        X, X_new = study.features(name)
        if not short and name != "raw":
            print(shown(f"{name}, one model for all", study.line(study.predicted(X, X_new, per_type=False))))
        probabilities = study.predicted(X, X_new, per_type=True)
        line = study.line(probabilities)
        print(shown(f"{name}, a model a cell type", line))
    print(shown("the same, the greatest sum of probabilities alone", study.line(probabilities, balance=False)))
    print(shown("the same, 1.5 standard errors asked", study.line(probabilities, 1.5)))
    both, loose = study.assigned(probabilities, True, True), study.assigned(probabilities, True, False, 0.0)
    surer = [np.argsort(-margins(each), kind="stable")[: len(each) // 2] for each in (probabilities, both)]
    taught = {
        "pseudo-labels: all, soft": (np.arange(len(both)), probabilities),
        "pseudo-labels: half by margin, hard": (surer[0], likeliest(probabilities)),
        "pseudo-labels: half by margin, hard, groups of plates": (surer[1], likeliest(both)),
    }
    for name, labels in taught.items():
        print(shown(name, study.line(study.predicted(X, X_new, per_type=True, taught=labels))))

    print(
        "\n| standard errors asked | normalised: divided, of them right | raw: divided, of them right |\n|---|---|---|"
    )
    for margin in MARGINS:
        found = [study.divisions(each, margin) for each in (probabilities, pooled_raw)]
        print(f"| {margin:g} | {found[0][0]}, {found[0][1]} | {found[1][0]}, {found[1][1]} |")
    n_experiments = study.test["experiment"].nunique()
    return {
        "a plate's scale and a model a cell type: at least 4 times raw": line[0] >= 4 * study.right(pooled_raw),
        "groups of plates: at least 1.4 times argmax": study.right(loose) >= 1.4 * line[0],
        "four groups found": study.divisions(probabilities, 0.0)[2] == 4,
        f"the plates of all {n_experiments} experiments given the right groups": study.divisions(probabilities, 0.0)[1]
        == n_experiments,
        "no siRNA twice in an experiment": study.twice(both) == 0,
    }


def main() -> None:
    """Print tables and clauses, seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--short", action="store_true", help="the best normalisation alone")
    parser.add_argument("--small", action="store_true", help="60 siRNAs in 15 experiments")
    parser.add_argument("--design", help="the folder of the competition's own tables")
    given = parser.parse_args()
    warnings.simplefilter("ignore", KitWarning)
    for seed in given.seeds:
        scenario = SCENARIOS["rxrx1-small" if given.small else "rxrx1"]
        if given.design is not None:
            scenario = replace(scenario, design=given.design)  # type: ignore[call-arg]
        print(f"\nseed {seed}")
        with TemporaryDirectory() as folder:
            clauses = of_seed(Study(scenario.tables(seed), Path(folder)), given.short)
        for clause, holds in clauses.items():
            print(f"{'yes' if holds else 'NO'}: {clause}")


if __name__ == "__main__":
    main()
