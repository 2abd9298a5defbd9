"""Whole recipes from files to submission: CPU, memory, foretold and taken; what going on and a second worker cost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench.side_by_side import Line, Seconds, kit

_FOLDER = Path("competitions/open_problems")
_RECIPES = {
    "baseline": ((), ""),
    "quick": ((), "≤ 30 s"),
    "best": ((), ""),
    "third_place": (("preset=once",), "≤ 300 s, ≤ 1.0 GiB"),
}


def lines(folder: Path, data: Path, names: list[str]) -> Iterator[Line]:
    """Yield the lines of whole recipes.

    Args:
        folder: Where files may be written.
        data: The simulated tables.
        names: Which recipes.
    """
    targets = 4 * 614 * 18_211
    for name in names:
        overrides, aim = _RECIPES[name]
        out = folder / f"out-{name}"
        given = [_FOLDER / f"{name}.yaml", "--data", data, "--out", out, "--jobs", "1"]
        given += [word for text in overrides for word in ("--set", text)]
        environment = {"KIT_CACHE": str(folder / f"cache-{name}")}
        foretold = json.loads(kit("train", *given, "--dry-run", "--json", **environment).out)
        memory = max(line["memory_bytes"] for line in foretold["plan"])
        ran = kit("train", *given, **environment)
        score = re.search(r"^score: (.*?),", ran.out, re.MULTILINE)
        said = f"{score[1] if score else ''}; peak {ran.peak / 2**30:.2f} GiB, {ran.peak / targets:.1f} × the targets; "
        said += f"foretold {foretold['cpu_seconds']:.0f} s, {memory / 2**30:.2f} GiB"
        yield Line(f"`{' '.join([name, *overrides])}`, files to submission", Seconds((ran.cpu,)), aim=aim, note=said)
        again = [kit("train", *given, **environment).cpu for _ in range(3)]
        yield Line(f"`{name}`, finished, made again", Seconds(tuple(again)))


def workers(folder: Path) -> Iterator[Line]:
    """Yield the line of the parallel efficiency of 40 equal tasks, of walls taken in turns on warm workers."""
    from benchmarks.bench.efficiency import efficiency

    one, two, share = efficiency(folder)
    note = f"wall of one worker / (2 × wall of two): {share:.2f}"
    yield Line("40 fits, wall s of 1 worker and of 2", one, "2 workers", two, "efficiency ≥ 0.85", note)
