"""Competitions in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kit
from kit.errors import InputError
from tests.tiny import Tiny


def test_the_tables_are_data_frames(tiny: Tiny) -> None:
    competition = kit.load_competition(tiny.folder / "competition.yaml")
    tables = tiny.competition
    assert (competition.name, competition.targets) == ("tiny", list(tables.targets))
    np.testing.assert_array_equal(competition.Y.to_numpy(), tables.Y)
    assert list(competition.rows.columns[:2]) == ["cell_type", "sm_name"]
    assert len(competition.test) == len(tables.test)
    assert f"{tables.n_rows} rows x {tables.n_targets} targets" in repr(competition)
    assert competition._repr_html_().count("<table") == 1
    # What a caller does to a frame is its own affair.
    competition.rows["cell_type"] = "x"
    assert set(competition.rows["cell_type"]) != {"x"}


def test_tables_that_are_not_there_are_named(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="absent"):
        kit.load_competition(tiny.folder / "competition.yaml", data=tmp_path / "absent")
