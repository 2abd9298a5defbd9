"""From files to a checked submission at the competition's full size: 614 × 18,211 simulated, one recipe.

Every run is a process of its own with an empty table cache, so that reading, fitting, scoring and writing are all in
it. CPU time is that of the process and its workers; memory is the largest single process's peak.

    python -m benchmarks.full_size
    python -m benchmarks.full_size --recipe competitions/open_problems/third_place.yaml --set preset=once --workers 2
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks._measure import machine
from benchmarks.bench.side_by_side import kit
from kit.data.simulate import simulate, write

RECIPE = Path(__file__).parents[1] / "competitions" / "open_problems" / "baseline.yaml"


def run(recipe: Path, overrides: Sequence[str], data: Path, workers: int) -> tuple[float, float, float, str]:
    """Return wall and CPU seconds, peak memory in GiB and the score's line of one run.

    Raises:
        SystemExit: The run failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = [recipe.resolve(), "--data", data, "--out", folder, "--jobs", str(workers)]
        given += [word for text in overrides for word in ("--set", text)]
        ran = kit("train", *given, KIT_CACHE=f"{folder}/cache")
    score = re.search(r"^score: .*$", ran.out, re.MULTILINE)
    return ran.wall, ran.cpu, ran.peak / 2**30, score.group() if score else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--like", default="open-problems", help="the simulated design")
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="as in `kit train`")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="a run for each number of workers")
    arguments = parser.parse_args()
    title = " ".join([arguments.recipe.stem, *arguments.overrides])
    print(f"# {title} on simulated {arguments.like}\n\n{machine()}\n")
    print("| workers | wall s | CPU s | largest process, GiB | |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as data:
        write(simulate(arguments.like, 0), Path(data))
        for workers in arguments.workers:
            wall, cpu, peak, score = run(arguments.recipe, arguments.overrides, Path(data), workers)
            print(f"| {workers} | {wall:.1f} | {cpu:.1f} | {peak:.2f} | {score} |", flush=True)


if __name__ == "__main__":
    main()
