from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd

from kit.data import Competition, read_competition
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
