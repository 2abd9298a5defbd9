from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.data.simulate import simulate
from kit.testing import make_competition
from kit.testing.competitions import TINY, TRAIN, put_competition


def test_a_tiny_competition(tmp_path: Path) -> None:
    competition = make_competition(tmp_path)
    assert competition.Y.shape == (47, 30)
    assert len(competition.test) == 9
    assert set(competition.test["cell_type"]) == {"B cells"}
    assert not competition.warnings
    assert (tmp_path / TRAIN).is_file()
    np.testing.assert_array_equal(competition.Y, simulate(TINY, 0).train_targets)
    assert not np.array_equal(make_competition(tmp_path / "other", seed=1).Y, competition.Y)


def test_other_targets_take_the_place_of_the_first(tmp_path: Path) -> None:
    first = make_competition(tmp_path)
    targets = np.array(first.Y)
    other = put_competition(tmp_path, simulate(TINY, 0), -targets)
    np.testing.assert_array_equal(other.Y, -targets)
    assert other.rows.equals(first.rows)
    assert other.fingerprint != first.fingerprint
