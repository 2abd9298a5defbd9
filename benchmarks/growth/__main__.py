"""How files to submission grows with rows and targets: a model on profiles, two folds and a refit, one process.

Each size is a simulated competition and a process of its own, whose private memory is limited; maps of files do not
count, as the system takes their memory back when it needs it. A million rows of 978
targets take tens of GB of disk.

    python -m benchmarks.growth [--recipe NAME] [--rows N …] [--targets N …] [--wide ROWS TARGETS] [--output FILE]

Without sizes: 16,000 rows × 1, 4, 16, 64 of 978 targets; 614 rows of 978 targets × 1, 4; 57,000 rows of 2,000.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks._measure import machine
from benchmarks.growth.limited import Took, run_limited
from benchmarks.growth.tables import write_tables

_HERE = Path(__file__).parent
_RECIPES = {
    "ridge": "Ridge on profiles",
    "boosting": "LightGBM, 50 trees for each of 8 coordinates, on profiles",
    "network": "A network of 128 and 64, 10 epochs, on profiles",
}
_RESULTS = _HERE.parent / "results"
_HEAD = (
    "| rows | targets | CPU s | slope | private, GiB | asked for, GiB | resident, GiB | wall s | mrrmse | aim |\n"
    "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|"
)
_TARGETS, _FEW_ROWS = 978, 614
_ROWS = [16_000, 64_000, 256_000, 1_024_000]
_WIDTHS = [978, 3_912]
_WIDE = [57_000, 2_000]
_MILLION, _LINEAR_FROM = 1_000_000, 64_000


def measured(recipe: str, n_rows: int, n_targets: int, limit: float, folder: Path) -> Took:
    """Draw a competition of that size and train a recipe on it, from files to submission."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        data = Path(temporary)
        write_tables(n_rows, n_targets, data)
        words = ["-m", "kit.cli.main", "train", _HERE / f"{recipe}.yaml", "--data", data, "--out", data / "out"]
        # Arrow's own allocator would reserve a GiB of the limit at the start, of which it touches next to nothing.
        environment = {"KIT_CACHE": str(data / "cache"), "TMPDIR": temporary, "ARROW_DEFAULT_MEMORY_POOL": "system"}
        given = [*map(str, words), "--jobs", "1"]
        return run_limited(given, round(limit * 2**30), data / "log", environment)


def lines(recipe: str, sizes: list[tuple[int, int]], limit: float, folder: Path) -> Iterator[str]:
    """Yield the lines of a series in which one number grows; a size that fails says how it ended."""
    before: tuple[int, float] | None = None
    for n_rows, n_targets in sizes:
        took = measured(recipe, n_rows, n_targets, limit, folder)
        numbers = n_rows * n_targets
        slope, score = "", re.search(r"^score: \w+ ([\d.]+)", took.out, re.MULTILINE)
        if took.ended:
            lines = took.out.strip().splitlines() or [f"signal {-took.ended}"]
            yield _line(n_rows, n_targets, f"{took.cpu:.1f}, failed", "", *_rest(took), "", lines[-1].replace("|", "/"))
            before = None
            continue
        if before is not None:
            slope = f"{math.log(took.cpu / before[1]) / math.log(numbers / before[0]):.2f}"
        before = (numbers, took.cpu)
        cells = [f"{took.cpu:.1f}", slope, *_rest(took), score[1] if score else ""]
        yield _line(n_rows, n_targets, *cells, _aim(n_rows, n_targets, slope))


def _aim(n_rows: int, n_targets: int, slope: str) -> str:
    aims = ["slope ≤ 1.1"] if slope and n_targets == _TARGETS and n_rows > _LINEAR_FROM else []
    if n_rows >= _MILLION:
        aims.append("within 4 GiB")
    if [n_rows, n_targets] == _WIDE:
        aims.append("≤ 120 CPU s, within 4 GiB")
    return ", ".join(aims)


def _rest(took: Took) -> list[str]:
    """Return the cells of memory and of wall seconds."""
    return [*(f"{size / 2**30:.2f}" for size in (took.private, took.asked, took.resident)), f"{took.wall:.0f}"]


def output_of(recipe: str) -> Path:
    """Return where the table of a recipe goes by default; that of ridge is the one without a name."""
    return _RESULTS / ("growth.md" if recipe == "ridge" else f"growth_{recipe}.md")


def _line(n_rows: int, n_targets: int, *cells: str) -> str:
    return "| " + " | ".join([f"{n_rows:,}", f"{n_targets:,}", *cells]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", choices=list(_RECIPES), default="ridge")
    parser.add_argument("--rows", nargs="+", type=int, default=[], help=f"numbers of rows, of {_TARGETS} targets")
    parser.add_argument("--targets", nargs="+", type=int, default=[], help=f"numbers of targets, of {_FEW_ROWS} rows")
    parser.add_argument("--wide", nargs=2, type=int, metavar=("ROWS", "TARGETS"), help="one size of both")
    parser.add_argument("--limit", type=float, default=4, help="GiB of private memory a process may have; 0: any")
    parser.add_argument("--folder", type=Path, help="where tables, caches and runs are kept meanwhile")
    parser.add_argument("--output", type=Path, help="where the table goes (default: a file of results/ by the recipe)")
    given = parser.parse_args()
    asked = {"rows": given.rows, "targets": given.targets, "wide": given.wide or [], "limit": [given.limit]}
    said = [] if given.recipe == "ridge" else [f"--recipe {given.recipe}"]
    said += [f"--{name} {' '.join(map(str, numbers))}" for name, numbers in asked.items() if numbers and numbers != [4]]
    if not (given.rows or given.targets or given.wide):
        given.rows, given.targets, given.wide = _ROWS, _WIDTHS, _WIDE
    series = [[(rows, _TARGETS) for rows in given.rows], [(_FEW_ROWS, wide) for wide in given.targets]]
    series += [[tuple(given.wide)]] if given.wide else []
    words = f" ARGS='{' '.join(said)}'" if said else ""
    text = [f"# Growth with rows and targets\n\n`make bench-growth{words}`\n"]
    text += [f"{machine()}; load of the machine at the start {os.getloadavg()[0]:.1f}\n"]
    text += [
        f"{_RECIPES[given.recipe]}, two folds and a refit, files to submission, one process, private memory limited to "
        f"{given.limit:g} GiB; resident: and mapped; slope: of log CPU s on log numbers, from the line above.\n",
        _HEAD,
    ]
    print("\n".join(text), flush=True)
    for sizes in series:
        for line in lines(given.recipe, sizes, given.limit, given.folder or Path(tempfile.gettempdir())):
            text.append(line)
            print(line, flush=True)
    (given.output or output_of(given.recipe)).write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
