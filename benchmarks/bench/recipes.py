"""Whole recipes from files to submission: CPU, memory, foretold and taken; what going on and a second worker cost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.bench.side_by_side import Line, Seconds, kit

_FOLDER = Path("competitions/open_problems")
_RECIPES = {
    "baseline": ((), ""),
    "quick": ((), "≤ 30 s"),
    "best": ((), ""),
    "third_place": (("preset=once",), "≤ 300 s, ≤ 1.0 GiB"),
}

_TWO_FOLDS = "folds={kind: kfold, params: {n_splits: 2}}"


def lines(folder: Path, data: Path, names: list[str]) -> Iterator[Line]:
    """Yield the lines of whole recipes.

    Args:
        folder: Where files may be written.
        data: The simulated tables.
        names: Which recipes.
    """
    targets = 4 * 614 * 18_211
    ten = ten_rows(data, folder / "ten")
    for name in names:
        overrides, aim = _RECIPES[name]
        given = [_FOLDER / f"{name}.yaml", "--jobs", "1", *(word for text in overrides for word in ("--set", text))]

        def of(tables: Path, made: str, given: list[str | Path] = given) -> tuple[list[str | Path], dict[str, str]]:
            """Return the arguments and the environment of a run on some tables, with a cache of its own."""
            return [*given, "--data", tables, "--out", folder / made], {"KIT_CACHE": str(folder / f"cache-{made}")}

        words, environment = of(data, f"foretold-{name}")
        foretold = json.loads(kit("train", *words, "--dry-run", "--json", **environment).out)
        words, environment = of(ten, f"ten-{name}")
        small = kit("train", *words, "--set", _TWO_FOLDS, **environment)
        words, environment = of(data, name)
        ran = kit("train", *words, **environment)
        score = re.search(r"^score: (.*?),", ran.out, re.MULTILINE)
        more = (ran.peak - small.peak) / targets
        said = f"{score[1] if score else ''}; peak {_mib(ran.peak)}, on ten rows {_mib(small.peak)}: "
        said += f"{more:.1f} × the targets more; foretold {foretold['cpu_seconds']:.0f} s "
        said += f"({foretold['cpu_seconds'] / ran.cpu:.2f} of it), {_mib(foretold['memory_bytes'])} "
        said += f"({foretold['memory_bytes'] / ran.peak:.2f})"
        aims = "; ".join(filter(None, [aim, "≤ 6 × the targets more than on ten rows"]))
        yield Line(f"`{' '.join([name, *overrides])}`, files to submission", Seconds((ran.cpu,)), aim=aims, note=said)
        again = [kit("train", *words, **environment).cpu for _ in range(3)]
        yield Line(f"`{name}`, finished, made again", Seconds(tuple(again)))


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
    note = f"wall of one worker / (2 × wall of two): {share:.2f}"
    yield Line("40 fits, wall s of 1 worker and of 2", one, "2 workers", two, "efficiency ≥ 0.85", note)
