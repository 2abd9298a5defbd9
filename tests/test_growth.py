"""The benchmark of growth (`benchmarks.growth`): its tables, and its limit of memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kit
from benchmarks.growth import tables
from benchmarks.growth.__main__ import output_of
from benchmarks.growth.limited import run_limited
from kit.config import load_recipe
from kit.data.read import read_competition

_HERE = Path(tables.__file__).parent


def test_tables_of_several_blocks_are_a_competition_with_a_planted_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 128)
    tables.write_tables(600, 40, tmp_path)
    competition = read_competition(load_recipe(_HERE / "ridge.yaml").config, tmp_path, tmp_path / "cache")
    assert competition.Y.shape == (600, 40)
    assert len(competition.test) == 40
    assert not competition.warnings  # every pair is new, every context and compound known
    means = pd.DataFrame(competition.Y).groupby(competition.rows["compound"].to_numpy()).transform("mean")
    others = np.corrcoef(means.to_numpy().ravel(), competition.Y.ravel())[0, 1]
    assert others > 0.5


@pytest.mark.parametrize("recipe", ["ridge", "boosting", "network"])
def test_its_recipes_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    if recipe == "network":
        pytest.importorskip("torch")
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    tables.write_tables(600, 40, tmp_path)
    result = kit.train(_HERE / f"{recipe}.yaml", data=tmp_path, out=tmp_path / "out")
    scores = result.leaderboard.set_index("member")["mrrmse"]
    assert result.score < scores["zeros"]


@pytest.mark.parametrize(("limit", "fits"), [(1 << 30, True), (300 << 20, False)])
def test_a_process_has_no_more_memory_than_its_limit(tmp_path: Path, limit: int, fits: bool) -> None:
    (tmp_path / "mapped").write_bytes(bytes(50 << 20))
    held = """\
import mmap, sys, time
file = open(sys.argv[1])
mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
sum(mapped[::4096])
held = bytearray(400 << 20)
time.sleep(0.3)
print('held')
"""
    took = run_limited(["-c", held, str(tmp_path / "mapped")], limit, tmp_path / "log", {})
    assert (took.ended == 0) == fits
    assert ("held" in took.out) == fits
    assert (took.private > 400 << 20) == fits
    # What is mapped is resident, but nobody's own.
    assert took.private < 440 << 20
    assert (took.resident > 450 << 20) == fits
    assert took.cpu > 0


def test_every_recipe_has_a_table_of_its_own() -> None:
    assert [output_of(recipe).name for recipe in ("ridge", "boosting")] == ["growth.md", "growth_boosting.md"]
