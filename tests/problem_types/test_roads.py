"""Classes and vectors down the whole road: poisoned labels, rows one by one, runs that are killed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kit
from kit.predicting.predictor import RunPredictor
from kit.training.train import RunResult
from tests.problem_types.roads import CLASSES, FEW_CLASSES, FEW_VECTORS, VECTORS, Road
from tests.training.killing import run_scenarios

ROADS = {"classes": CLASSES, "vectors": VECTORS}
HIDDEN = "b2"
"""The batch whose labels are poisoned: the last fold, so that its rows were training rows of the folds before."""


@pytest.fixture(scope="module", params=ROADS)
def road(request: pytest.FixtureRequest) -> Road:
    return ROADS[request.param]


@pytest.fixture(scope="module")
def run(road: Road, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return road.train(tmp_path_factory.mktemp("road"))


def validated(run: Path) -> dict[str, bytes]:
    """Return what every model and stage predicts of the hidden batch, by path."""
    files = [path for path in run.rglob("validation*.npy") if "fold=2" in str(path)]
    return {str(path.relative_to(run)): path.read_bytes() for path in files}


def arrays_and_tables(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in [*run.rglob("*.npy"), *run.glob("*.csv")]}


def test_other_labels_of_a_hidden_batch_change_no_prediction_of_it(road: Road, run: RunResult, tmp_path: Path) -> None:
    poisoned = road.train(tmp_path, HIDDEN)
    hidden = (pd.read_parquet(run.path / "oof_rows.parquet")["fold"] == HIDDEN).to_numpy()
    before, after = (np.load(one.path / "oof.npy") for one in (run, poisoned))
    np.testing.assert_array_equal(before[hidden], after[hidden])
    assert not np.array_equal(before[~hidden], after[~hidden])  # there these rows are training rows
    mine, theirs = validated(run.path), validated(poisoned.path)
    assert len(mine) >= len(run.leaderboard.query("kind == 'model'"))
    assert mine == theirs
    if road is CLASSES:
        assert run.summary["score"] > 0.9 > poisoned.summary["score"]


def test_a_row_does_not_hang_on_what_is_predicted_with_it(road: Road, run: RunResult) -> None:
    """Where classes are assigned, on the rows of its quartet alone, as the step says."""
    new = pd.read_csv(run.path.parents[3] / "test.csv")
    predictor = RunPredictor.load(run.path)
    whole = predictor.predict(new, warn=False).values
    np.testing.assert_allclose(whole, np.load(run.path / "test.npy"), rtol=1e-4, atol=1e-6)
    parts = new.groupby("quartet").indices.values() if road is CLASSES else np.arange(len(new))[:, None]
    alone = np.empty_like(whole)
    for rows in parts:
        alone[rows[::-1]] = predictor.predict(new.iloc[rows[::-1]], warn=False).values
    np.testing.assert_allclose(alone, whole, rtol=1e-4, atol=1e-6)
    if road is CLASSES:
        assert (np.sort(whole.argmax(axis=1).reshape(-1, 4), axis=1) == np.arange(4)).all()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_runs_that_are_killed_go_on_to_the_same_bytes(tmp_path: Path) -> None:
    roads = {"classes": FEW_CLASSES, "vectors": FEW_VECTORS}
    scenarios = []
    for name, road in roads.items():
        recipe = road.write(tmp_path / name)
        for out, kills in {"whole": [None], "early": [40, None], "late": [150, None]}.items():
            where = ["--out", str(tmp_path / name / out), "--data", str(tmp_path / name), "--jobs", "1", "--no-report"]
            scenarios.append({"arguments": ["train", str(recipe), *where], "kills": kills})
    environment = os.environ | {
        "KIT_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(kit.__file__).parents[1]),
        "OMP_NUM_THREADS": "1",
    }
    attempts = run_scenarios(environment, scenarios)
    for place, name in enumerate(roads):
        [whole], *others = attempts[3 * place : 3 * place + 3]
        assert whole["code"] == 0, whole["output"]
        [expected] = (tmp_path / name / "whole" / "road" / "runs").iterdir()
        for out, (killed, again) in zip(("early", "late"), others, strict=True):
            assert killed["killed"]
            assert killed["changes"] < whole["changes"]
            assert again["code"] == 0, again["output"]
            [found] = (tmp_path / name / out / "road" / "runs").iterdir()
            assert arrays_and_tables(found) == arrays_and_tables(expected)
            assert not list(found.rglob(".*.tmp*"))
