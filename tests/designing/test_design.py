"""From a run and its tables to pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kit.designing.design import design
from kit.models.base import PredictsCovariance
from kit.training.joining.saved_run import SavedRun
from tests.tiny import PROCESS, Tiny


@pytest.fixture(scope="module")
def run(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    return SavedRun(
        tiny.train(tmp_path_factory.mktemp("design"), tiny.recipe(PROCESS, "process", "models.process.repeats=1")).path
    )


def test_the_first_pair_is_the_best_of_all(tiny: Tiny, run: SavedRun) -> None:
    competition = tiny.competition
    designed = design(run, competition, 1)
    keys = competition.config.columns.keys
    ((_, model, X),) = run.final_models(PredictsCovariance, competition.test)
    assert isinstance(model, PredictsCovariance)
    joint = model.predict_covariance(X)
    variances = np.diagonal(joint.signal)
    told = np.square(joint.signal).sum(axis=1) - variances**2
    gains = pd.Series(100 * told / (variances + joint.noise) / variances.sum(), range(len(X)))
    assert designed.table["gain"][0] >= gains.max() - 1e-9
    chosen = competition.test[keys].eq(designed.table[keys].iloc[0]).all(axis=1)
    if chosen.any():
        assert designed.table["gain"][0] == pytest.approx(gains[chosen.to_numpy()].item())
        assert designed.table["error"][0] == pytest.approx(np.sqrt(variances + joint.noise)[chosen.to_numpy()].item())
    assert designed.n_wanted == len(competition.test) - chosen.sum()
    assert designed.after < designed.before
    assert designed.passed_over == 0


def test_rows_of_compounds_that_were_never_measured_are_passed_over(tiny: Tiny, run: SavedRun) -> None:
    competition = tiny.competition
    test = competition.test.copy()
    test.loc[0, "sm_name"] = "Unobtainium"
    designed = design(run, replace(competition, test=test), 2)
    assert designed.passed_over == 1
    assert "Unobtainium" not in set(designed.table["sm_name"])
