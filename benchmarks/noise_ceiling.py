"""How far recipes stay from what can be known: simulated competitions of Kaggle's size, against the hidden truth.

The hidden rows are known with and without their noise. What a prediction of the values without noise scores against
the values with noise is the best that any model can hope for; the table says how far each recipe is from it.

    python -m benchmarks.noise_ceiling WORK
    python -m benchmarks.noise_ceiling WORK --seeds 0 --recipes third_place --set preset=once

Tables and runs stay in WORK, and what is finished there is not computed again. The folds of a recipe do not change what
it predicts where it chooses nothing by them; --set shortens them (`--set 'folds.params.cells=[NK cells]'`).
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._measure import machine
from kit.data.simulate import get_design, is_complete, simulate, write
from kit.metrics.rowwise import MRRMSE

RECIPES = Path(__file__).parents[1] / "competitions" / "open_problems"
DEFAULT = ("baseline", "quick", "process", "best")


def tables(work: Path, seed: int) -> Path:
    """Return the folder of a simulated competition, which is made when it is not there."""
    folder = work / str(seed)
    if not is_complete(folder, get_design("open-problems"), seed):
        write(simulate("open-problems", seed), folder)
    return folder


def predict(recipe: str, overrides: list[str], data: Path, out: Path) -> tuple[pd.DataFrame, float]:
    """Train a recipe; return its submission by id and the CPU seconds that this call took.

    Raises:
        SystemExit: The run failed.
    """
    command = [sys.executable, "-m", "kit.cli.main", "train", str(RECIPES / f"{recipe}.yaml"), "--data", str(data)]
    command += ["--out", str(out), "--jobs", "1", *(word for text in overrides for word in ("--set", text))]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    written = re.search(r"^submission: (.*?)(?: \(.*\))?$", done.stdout, re.MULTILINE)
    assert written is not None, done.stdout
    return pd.read_csv(written[1]).set_index("id"), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read(path: Path) -> pd.DataFrame:
    """Return a table of true values by id."""
    table = pd.read_parquet(path).set_index("id")
    table.index = table.index.astype(int)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="where tables and runs are kept")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--recipes", nargs="+", default=list(DEFAULT), help="recipes of competitions/open_problems")
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="as in `kit train`")
    arguments = parser.parse_args()
    score_of = MRRMSE()
    title = " ".join(["python -m benchmarks.noise_ceiling WORK", "--recipes", *arguments.recipes, *arguments.overrides])
    print(f"`{title}`\n\n{machine()}\n\n| seed | | MRRMSE | above the noise | CPU s |\n|---|---|---:|---:|---:|")
    for seed in arguments.seeds:
        data = tables(arguments.work, seed)
        truth, quiet = read(data / "truth.parquet"), read(data / "truth_noise_free.parquet")
        ceiling = score_of(truth.to_numpy(), quiet.loc[truth.index, truth.columns].to_numpy())
        zeros = score_of(truth.to_numpy(), np.zeros(truth.shape, np.float32))
        print(f"| {seed} | noise ceiling | {ceiling:.4f} | 0 | |")
        print(f"| {seed} | zeros | {zeros:.4f} | {zeros - ceiling:.4f} | |", flush=True)
        for recipe in arguments.recipes:
            predicted, cpu = predict(recipe, arguments.overrides, data, arguments.work / f"runs-{seed}")
            score = score_of(truth.to_numpy(), predicted.loc[truth.index, truth.columns].to_numpy())
            print(f"| {seed} | {recipe} | {score:.4f} | {score - ceiling:.4f} | {cpu:.1f} |", flush=True)


if __name__ == "__main__":
    main()
