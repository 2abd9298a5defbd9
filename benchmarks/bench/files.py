"""Reading and writing the full-size tables: 614 × 18,211 in, 255 × 18,211 out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.bench.side_by_side import Line, in_turns
from kit.config import load_competition
from kit.data import read_competition
from kit.data.cache import cached_matrix
from kit.data.tables.table import open_table
from kit.submission.write import _write_csv, write_submission

_COMPETITION = Path(__file__).parents[2] / "competitions" / "open_problems" / "competition.yaml"


def lines(folder: Path, data: Path) -> Iterator[Line]:
    """Yield the lines of reading and writing.

    Args:
        folder: Where files may be written.
        data: The simulated tables.
    """
    config, cache = load_competition(_COMPETITION).config, folder / "cache"
    train = data / "de_train.parquet"
    competition = read_competition(config, data, cache)
    names = list(competition.targets)
    table = open_table(train)

    def read() -> None:
        table.matrix(names)

    def read_by_arrow() -> None:
        pq.read_table(train, columns=names, use_threads=False)

    mine, theirs = in_turns(read, read_by_arrow)
    yield Line("parquet to a float32 matrix", mine, "`pyarrow.parquet.read_table`, still in columns", theirs, 1.5)

    def whole() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        read_competition(config, data, cache)

    mine, theirs = in_turns(whole, read_by_arrow)
    yield Line("the competition, nothing cached: hashes, checks, three tables", mine, "the same", theirs)
    stored = folder / "stored.npy"
    np.save(stored, np.array(competition.Y))

    def build(out: np.ndarray) -> None:
        out[:] = competition.Y

    def from_cache() -> None:
        np.array(cached_matrix("the same table", names, len(competition.Y), build, cache))

    from_cache()
    time.sleep(1)  # what was written a moment ago is hashed once more, and after that no more
    from_cache()

    def load() -> None:
        np.load(stored)

    mine, theirs = in_turns(from_cache, load)
    yield Line("the matrix from the cache", mine, "`numpy.load`", theirs, 2)
    predictions = np.random.default_rng(0).normal(size=(len(competition.sample_ids), len(names))).astype(np.float32)
    frame = pd.DataFrame(predictions, index=list(competition.sample_ids), columns=names)

    def write() -> None:
        write_submission(folder / "a.csv", competition.sample_ids, names, predictions, competition)
        (folder / "a.csv").unlink()

    def write_by_pandas() -> None:
        frame.to_csv(folder / "b.csv")

    def write_alone() -> None:
        _write_csv(folder / "c.csv", predictions, None, competition)
        (folder / "c.csv").unlink()

    mine, theirs = in_turns(write_alone, write_by_pandas, 3)
    yield Line("255 × 18,211 predictions, written", mine, "`pandas.DataFrame.to_csv`", theirs, 0.125)
    mine, theirs = in_turns(write, write_by_pandas, 3)
    yield Line("the same, read back, compared bit by bit, hashed", mine, "the same, not read back", theirs)
