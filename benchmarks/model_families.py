"""Every model family on the real data in rank form: cross-validation, public leaderboard rows, CPU time, memory.

One recipe a family (`competitions/open_problems_ranks/models/*.yaml`), each trained in a process of its own from an
empty run directory, with one worker; CPU time and memory are that process's, from files to submission. The public rows
are scored afterwards and enter nothing else.

    python -m benchmarks.model_families [--data DIR] [NAME …]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks._measure import machine
from kit.config import data_root, load_competition
from kit.config.build import build_metric
from kit.data import read_competition
from kit.reports.leaderboard import leaderboard
from kit.training.scoring.predictions import read_pair, score_predictions

FOLDER = Path(__file__).parents[1] / "competitions" / "open_problems_ranks"
TRUTH = "public_leaderboard.parquet"
FOLDS = "folds={kind: held_out_cell_type, params: {cell_type: cell_type, compound: sm_name}}"


def train(recipe: Path, data: Path, out: Path) -> tuple[float, float, dict]:
    """Return CPU seconds, peak memory in GiB and the summary of one run.

    Raises:
        SystemExit: The run failed.
    """
    command = [sys.executable, "-m", "kit.cli.main", "train", str(recipe), "--data", str(data), "--set", FOLDS]
    # wait4 gives the usage of this one child; RUSAGE_CHILDREN's memory is the largest of all children so far.
    process = subprocess.Popen(
        [*command, "--out", str(out), "--jobs", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{recipe}: {errors}")
    run = next((out / "open_problems_ranks" / "runs").glob(f"{recipe.stem}-*"))
    summary = json.loads((run / "metrics.json").read_text())
    summary["submission"] = json.loads((run / "submission.json").read_text())["file"]
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, summary


def lines(recipes: list[Path], data: Path) -> Iterator[str]:
    """Yield the lines of the table, floors first."""
    loaded = load_competition(FOLDER / "competition.yaml")
    competition = read_competition(loaded.config, data)
    floors_done = False
    for recipe in recipes:
        with tempfile.TemporaryDirectory() as out:
            cpu, memory, summary = train(recipe, data, Path(out))
            given, truth = read_pair(Path(summary["submission"]), data / TRUTH, loaded.config.columns.id)
            run = next((Path(out) / "open_problems_ranks" / "runs").glob(f"{recipe.stem}-*"))
            cv_floors = (run / "leaderboard.csv").read_text().splitlines()
        scored = score_predictions(given, truth, build_metric(loaded.config), competition)
        board = leaderboard(scored.scores).set_index("member")
        if not floors_done:
            floors_done = True
            header = cv_floors[0].split(",")
            for line in cv_floors[1:]:
                cells = dict(zip(header, line.split(","), strict=True))
                if cells["kind"] == "floor":
                    public = board.loc[cells["member"]]
                    yield (
                        f"| *{cells['member']}* | {float(cells['mrrmse']):.4f} | {float(cells['pearson']):.3f} "
                        f"| {public['mrrmse']:.4f} | {public['pearson']:.3f} | | |"
                    )
        public = board.loc["predictions"]
        metrics = summary["metrics"]
        yield (
            f"| `{recipe.stem}` | {metrics['mrrmse']:.4f} | {metrics['pearson']:.3f} "
            f"| {public['mrrmse']:.4f} | {public['pearson']:.3f} | {cpu:.0f} | {memory:.2f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="recipes by name (default: all)")
    parser.add_argument("--data", type=Path, default=None, help="the folder of the tables")
    arguments = parser.parse_args()
    data = data_root(load_competition(FOLDER / "competition.yaml"), arguments.data, os.environ)
    recipes = sorted((FOLDER / "models").glob("*.yaml"))
    if arguments.names:
        recipes = [recipe for recipe in recipes if recipe.stem in arguments.names]
    print(f"# Model families on the real data in rank form\n\n{machine()}\n", flush=True)
    print("| recipe | CV MRRMSE | CV Pearson | public MRRMSE | public Pearson | CPU s | peak GiB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for line in lines(recipes, data):
        print(line, flush=True)


if __name__ == "__main__":
    main()
