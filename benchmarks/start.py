"""The first recipe of a table against the floors: what `kit init` and `kit train` give without a decision of one's own.

    python -m benchmarks.start                              # the four tables of benchmarks/own_tables.py
    python -m benchmarks.start ranks=FOLDER simulated       # and the two Open Problems competitions

``ranks=FOLDER`` is the folder of the data in rank form, ``simulated`` what `kit data simulate --like open-problems`
writes (614 x 18,211, some minutes). Scores are MRRMSE of the cross-validation; CPU seconds are those of all fits.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks._measure import machine
from benchmarks.own_tables import OWN_TABLES
from kit.comparing.comparison import run_cost
from kit.config import load_competition
from kit.data import read_competition
from kit.starting import start_recipe

KIT = Path(sys.executable).with_name("kit")
COMPETITIONS = Path(__file__).parents[1] / "competitions"


def main() -> None:
    """Print one line a table, and below it the verdict."""
    print(machine())
    print("\n| table | rows × targets | best floor | start | CPU s |\n|---|---|---|---|---|")
    said = []
    with TemporaryDirectory() as temporary:
        for name, recipe, data in recipes(Path(temporary), sys.argv[1:]):
            out = Path(temporary) / "out" / name
            command = [KIT, "train", recipe, "--out", out, "--jobs", "1", *(["--data", data] if data else [])]
            subprocess.run(command, check=True, capture_output=True)
            (run,) = out.glob("*/runs/*")
            said.append(f"**{name}.** {(run / 'verdict.txt').read_text(encoding='utf-8').strip()}")
            print(line(name, run), flush=True)
    print("\n" + "\n\n".join(said))


def recipes(folder: Path, others: list[str]) -> Iterator[tuple[str, Path, Path | None]]:
    """Yield the name of each table, its first recipe, and where the data are if not beside it."""
    for name, make in OWN_TABLES.items():
        train, test = make(seed=0).write(folder / name)
        target = ["--target", "y.*"] if name == "digits" else []
        made = folder / name / "made"
        subprocess.run([KIT, "init", train, test, *target, "--yes", "--folder", made], check=True, capture_output=True)
        yield name, next(made.rglob("start.yaml")), None
    for other in others:
        name, _, given = other.partition("=")
        competition, data = COMPETITIONS / "open_problems_ranks" / "competition.yaml", Path(given)
        if name == "simulated":
            competition, data = COMPETITIONS / "open_problems" / "competition.yaml", folder / name
            subprocess.run([KIT, "data", "simulate", "--like", "open-problems", "--out", data], check=True)
        recipe = folder / f"{name}.yaml"
        tables = read_competition(load_competition(competition).config, data)
        recipe.write_text(start_recipe(tables, str(competition)), encoding="utf-8")
        yield name, recipe, data


def line(name: str, run: Path) -> str:
    """Return a line of the table."""
    board = pd.read_csv(run / "leaderboard.csv")
    main = board[board["kind"].isin(["model", "blend"])].iloc[-1]
    floors = board[board["kind"] == "floor"].sort_values("mrrmse")
    floor, n_rows = floors.iloc[0], len(pd.read_parquet(run / "train_rows.parquet"))
    size = f"{n_rows} × {np.load(run / 'oof.npy', mmap_mode='r').shape[1]:,}"
    return (
        f"| {name} | {size} | {floor['member']} {floor['mrrmse']:.4f} | {main['mrrmse']:.4f} "
        f"({main['low']:.4f} to {main['high']:.4f}) | {run_cost(run)['cpu_s']:.0f} |"
    )


if __name__ == "__main__":
    main()
