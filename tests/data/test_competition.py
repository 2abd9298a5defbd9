from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import Competition, read_competition
from kit.training.fitting.resources import resident_memory
from tests.data.small import GENES, small_config, train_table, write_tables


def test_a_pickled_competition_carries_no_targets(tmp_path: Path) -> None:
    wide = pd.concat([train_table(), pd.DataFrame(np.ones((8, 3000)), columns=[f"G{i}" for i in range(3000)])], axis=1)
    names = [*GENES, *(f"G{i}" for i in range(3000))]
    write_tables(tmp_path, train=wide, sample=pd.DataFrame({"id": [0, 1, 2], **dict.fromkeys(names, 0.0)}))
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    pickled = pickle.dumps(competition)
    assert len(pickled) < competition.Y.nbytes
    back = pickle.loads(pickled)
    assert isinstance(back.Y, np.memmap)
    np.testing.assert_array_equal(back.Y, competition.Y)
    assert back.fingerprint == competition.fingerprint
    pd.testing.assert_frame_equal(back.rows, competition.rows)


def test_a_part_of_the_map_is_pickled_by_value(tmp_path: Path) -> None:
    write_tables(tmp_path)
    whole = read_competition(small_config(), tmp_path, tmp_path / "cache")
    state = whole.__getstate__() | {"Y": whole.Y[2:5]}
    part = Competition.__new__(Competition)
    part.__setstate__(state)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(part)).Y, whole.Y[2:5])


@pytest.mark.skipif(resident_memory() is None, reason="the memory of a process is known on Linux alone")
def test_pages_that_were_read_are_forgotten_and_read_again(tmp_path: Path) -> None:
    write_tables(tmp_path)
    state = read_competition(small_config(), tmp_path, tmp_path / "cache").__getstate__()
    np.save(tmp_path / "wide.npy", np.ones((64, 2**17), dtype=np.float32))  # 32 MiB
    competition = Competition.__new__(Competition)
    competition.__setstate__(state | {"Y": np.load(tmp_path / "wide.npy", mmap_mode="r")})
    assert competition.Y.sum(dtype=np.float64) == competition.Y.size
    read = resident_memory()
    competition.forget_pages()
    forgotten = resident_memory()
    assert read is not None
    assert forgotten is not None
    assert read - forgotten > 24 * 2**20
    assert competition.Y.sum(dtype=np.float64) == competition.Y.size
