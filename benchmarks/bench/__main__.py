"""Measures everything and writes the table.

python -m benchmarks.bench [--only start files parts recipes workers] [--recipes quick best] [--output FILE]
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks._measure import machine
from benchmarks.bench import files, parts, recipes, start
from benchmarks.bench.side_by_side import HEAD, Line
from kit.data.simulate import simulate, write

_GROUPS = ("start", "files", "parts", "workers", "recipes")
_OUTPUT = Path(__file__).parents[1] / "results" / "bench.md"


def lines(groups: list[str], names: list[str]) -> Iterator[Line]:
    """Yield the lines of the table, group by group."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = folder / "data"
        if {"files", "parts", "recipes"} & set(groups):
            write(simulate("open-problems", 0), data)
        if "start" in groups:
            yield from start.lines(folder)
        if "files" in groups:
            yield from files.lines(folder, data)
        if "parts" in groups:
            yield from parts.lines(folder, data)
        if "workers" in groups:
            yield from recipes.workers(folder)
        if "recipes" in groups:
            yield from recipes.lines(folder, data, names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=_GROUPS, default=list(_GROUPS), help="parts of the table")
    parser.add_argument(
        "--recipes", nargs="+", choices=recipes.NAMES, default=list(recipes.NAMES), help="whole recipes"
    )
    parser.add_argument("--output", type=Path, default=_OUTPUT, help="where the table goes")
    arguments = parser.parse_args()
    load = f"load of the machine at the start {os.getloadavg()[0]:.1f}"
    given = f" ARGS='{shlex.join(sys.argv[1:])}'" if sys.argv[1:] else ""
    text = [f"# What it costs\n\n`make bench{given}`\n\n{machine()}; {load}\n"]
    text += ["Median of the calls, least and greatest in brackets; both of a line in turns, in one run.\n", HEAD]
    print("\n".join(text), flush=True)
    for line in lines(arguments.only, arguments.recipes):
        text.append(str(line))
        print(line, flush=True)
    arguments.output.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
