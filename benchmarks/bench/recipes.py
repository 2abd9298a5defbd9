"""Whole recipes from files to submission: CPU, memory, foretold and taken; what going on and a second worker cost."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.bench.side_by_side import Line, Ran, Seconds, kit, run

_COMPETITIONS = Path("competitions")
_RECIPES = {
    "demo": ("demo/baseline.yaml", ()),
    "baseline": ("open_problems/baseline.yaml", ()),
    "quick": ("open_problems/quick.yaml", ()),
    "best": ("open_problems/best.yaml", ()),
    "third_place": ("open_problems/third_place.yaml", ("preset=once",)),
}
_MOST_SECONDS = {"quick": 30, "third_place": 300}
_MOST_GIB = {"third_place": 1.0}
NAMES = tuple(_RECIPES)

_TWO_FOLDS = "folds={kind: kfold, params: {n_splits: 2}}"
_INTERRUPTED = "quick"
"""The recipe that is also killed half way."""

_MOST_MORE = 6
"""So often the size of the targets a recipe may take beyond what it takes on ten rows."""


def lines(folder: Path, data: Path, names: list[str]) -> Iterator[Line]:
    """Yield the lines of whole recipes.

    Args:
        folder: Where files may be written.
        data: The simulated tables.
        names: Which recipes.
    """
    ten = ten_rows(data, folder / "ten")
    for name in names:
        file, overrides = _RECIPES[name]
        given = [_COMPETITIONS / file, "--jobs", "1", *(word for text in overrides for word in ("--set", text))]
        # The demo brings its own small tables.
        tables = [] if name == "demo" else ["--data", data]
        foretold = json.loads(_train(folder / f"foretold-{name}", *given, *tables, "--dry-run", "--json").out)
        ran = _train(folder / name, *given, *tables)
        score = re.search(r"^score: (.*?),", ran.out, re.MULTILINE)
        said = [score[1] if score else "", f"peak {_mib(ran.peak)}"]
        aims = {}
        if name in _MOST_SECONDS:
            aims[f"≤ {_MOST_SECONDS[name]} s"] = ran.cpu <= _MOST_SECONDS[name]
        if name in _MOST_GIB:
            aims[f"≤ {_MOST_GIB[name]} GiB"] = ran.peak <= _MOST_GIB[name] * 2**30
        if name != "demo":
            small = _train(folder / f"ten-{name}", *given, "--data", ten, "--set", _TWO_FOLDS)
            more = (ran.peak - small.peak) / (4 * 614 * 18_211)
            said[-1] += f", on ten rows {_mib(small.peak)}: {more:.2f} × the targets more"
            aims[f"≤ {_MOST_MORE} × the targets more than on ten rows"] = more <= _MOST_MORE
        said.append(f"foretold {foretold['cpu_seconds']:.0f} s, {foretold['cpu_seconds'] / ran.cpu:.2f} of it")
        said[-1] += f", and {_mib(foretold['memory_bytes'])}, {foretold['memory_bytes'] / ran.peak:.2f} of it"
        title = " ".join([name, *overrides])
        yield Line(f"`{title}`, files to submission", Seconds((ran.cpu,)), aims=aims, note="; ".join(said))
        again = [_train(folder / name, *given, *tables).cpu for _ in range(3)]
        yield Line(f"`{title}`, finished, made again", Seconds(tuple(again)))
        if name == _INTERRUPTED:
            yield _interrupted(folder / f"killed-{name}", title, [*given, *tables], ran.cpu)


def _interrupted(folder: Path, title: str, words: list[str | Path], whole: float) -> Line:
    """Return the line of a run that is killed half way and gone on with.

    Args:
        folder: Where it goes.
        title: The recipe.
        words: The command's arguments.
        whole: The CPU seconds of the same run uninterrupted.
    """
    half = max(1, round(whole / 2))
    command = [sys.executable, "-m", "kit.cli.main", "train", *words, "--out", folder / "out"]
    killed, status = run(*command, limit=half, KIT_CACHE=str(folder / "cache"))
    if status != -signal.SIGKILL:
        raise SystemExit(f"expected {title} to be killed after {half} CPU s, but it ended with {status}: {killed.out}")
    rest = _train(folder, *words)
    both, alone = Seconds((killed.cpu + rest.cpu,)), Seconds((whole,))
    note = f"{killed.cpu:.1f} s until the kill, {rest.cpu:.1f} s after it"
    return Line(f"`{title}`, killed half way (SIGKILL) and gone on with", both, "uninterrupted", alone, note=note)


def _train(folder: Path, *words: str | Path) -> Ran:
    """Train into a folder, which also has the cache: what was not run there before reads and computes everything."""
    return kit("train", *words, "--out", folder / "out", KIT_CACHE=str(folder / "cache"))


def ten_rows(data: Path, folder: Path) -> Path:
    """Write ten rows of the simulated tables with twenty targets, on which a recipe imports what it needs and fits.

    Args:
        data: The simulated tables.
        folder: Where the small ones go.
    """
    folder.mkdir()
    names = [name for name in pq.read_schema(data / "de_train.parquet").names if not name.startswith("__")]
    n_keys = next(place for place, name in enumerate(names) if name.startswith("GENE"))
    train = pq.read_table(data / "de_train.parquet", columns=names[: n_keys + 20]).to_pandas()
    everywhere = train.groupby("sm_name")["cell_type"].transform("size")
    train[everywhere == everywhere.max()].sort_values("sm_name").head(10).to_parquet(folder / "de_train.parquet")
    pd.read_csv(data / "id_map.csv").head(3).to_csv(folder / "id_map.csv", index=False)
    sample = pd.read_csv(data / "sample_submission.csv", usecols=["id", *names[n_keys : n_keys + 20]])
    sample.head(3).to_csv(folder / "sample_submission.csv", index=False)
    return folder


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


def workers(folder: Path) -> Iterator[Line]:
    """Yield the line of the parallel efficiency of 40 equal tasks, of walls taken in turns on warm workers."""
    from benchmarks.bench.efficiency import efficiency

    one, two, share = efficiency(folder)
    aims = {"efficiency ≥ 0.85": share >= 0.85}
    note = f"wall of one worker / (2 × wall of two): {share:.2f}"
    yield Line("40 fits, wall s of 1 worker and of 2", one, "2 workers", two, aims=aims, note=note)
