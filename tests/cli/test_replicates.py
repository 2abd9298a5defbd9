"""A competition of replicates, averaged or not: its ceiling stands beside the floors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Kit

COMPETITION = """\
competition: replicated
data: {root: ., train: train.csv}
columns: {keys: [cell, drug], group: cell, compound: drug, replicate: donor, average_replicates: AVERAGE}
folds: {kind: kfold, params: {n_splits: 3}}
"""
RECIPE = """\
extends: competition.yaml
target: identity
features:
  drug: {kind: target_profile, params: {by: drug}}
models:
  ridge: {kind: ridge, features: [drug], params: {penalty: 1.0}}
"""
NOISE = 0.5


@pytest.mark.parametrize(("average", "noise"), [("true", NOISE / np.sqrt(3)), ("false", NOISE * np.sqrt(1.5))])
def test_replicates_give_a_ceiling(tmp_path: Path, kit: Kit, average: str, noise: float) -> None:
    rng = np.random.default_rng(4)
    keys = [(cell, drug) for cell in "TB" for drug in "abcdefgh"]
    rows = pd.DataFrame([(*key, donor) for key in keys for donor in (1, 2, 3)], columns=["cell", "drug", "donor"])
    truth = np.repeat(rng.normal(size=(len(keys), 60)), 3, axis=0)
    values = pd.DataFrame(truth + rng.normal(0, NOISE, truth.shape)).add_prefix("y")
    pd.concat([rows, values], axis=1).to_csv(tmp_path / "train.csv", index=False)
    (tmp_path / "competition.yaml").write_text(COMPETITION.replace("AVERAGE", average))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    result = kit("train", tmp_path / "recipe.yaml", "--out", tmp_path / "out", "--jobs", "1")
    assert result.code == 0, result.err
    assert ("drug: a training row's features" in result.err) == (average == "false")
    (run,) = (tmp_path / "out" / "replicated" / "runs").glob("recipe-*")
    board = pd.read_csv(run / "leaderboard.csv").set_index("member")
    assert board.loc["replicates", "kind"] == "ceiling"
    assert board.loc["replicates", "mrrmse"] == pytest.approx(noise, rel=0.05)


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("keys: [cell, drug]", "keys: [cell, drug, donor]", "a key tells rows apart already"),
        ("replicate: donor, ", "", "say in columns.replicate which column"),
    ],
)
def test_wrong_replicates_are_refused(tmp_path: Path, kit: Kit, written: str, instead: str, message: str) -> None:
    text = COMPETITION.replace("AVERAGE", "true")
    assert written in text
    (tmp_path / "competition.yaml").write_text(text.replace(written, instead))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    result = kit("train", tmp_path / "recipe.yaml", "--out", tmp_path / "out")
    assert result.code == 2
    assert message in " ".join(result.err.split()), result.err
