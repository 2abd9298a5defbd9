from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.config import load_recipe
from kit.data import Competition
from kit.errors import InputError
from kit.splits.base import Fold
from kit.training.planning.plan import make_plan
from kit.training.scoring.fold_evaluation import evaluate_fold
from kit.training.workspace import Workspace
from kit.tuning import TuneOptions, tune
from kit.tuning.results import holdout as module
from kit.tuning.results.holdout import divide
from tests.tuning.conftest import MakeSearch

NAMES = ("a", "b", "c")
FOLDS = tuple(Fold(name, np.array([0, 1]), np.array([2]), 1.0) for name in NAMES)


def test_a_fold_is_taken_out() -> None:
    assert list(divide(FOLDS, None).scored) == [0, 1, 2]
    for holdout, position in (("last", 2), ("b", 1)):
        division = divide(FOLDS, holdout)
        assert (division.held_out, division.name) == (position, NAMES[position])
        assert list(division.scored) == [place for place in range(3) if place != position]


def test_a_fold_that_is_not_there() -> None:
    with pytest.raises(InputError, match="no fold 'bb'"):
        divide(FOLDS, "bb")
    with pytest.raises(InputError, match="the only fold"):
        divide(FOLDS[:1], "last")


def test_no_trial_is_scored_on_the_hold_out_but_the_best_one_at_the_end(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = make_search()
    config = search.fill(search.present_values() or {}).config
    last = make_plan(config, competition).folds[-1].name
    seen: list[int] = []

    def watched(*arguments: object) -> object:
        seen.append(int(arguments[1]))  # type: ignore[call-overload]
        return evaluate_fold(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("kit.tuning.trials.objective.evaluate_fold", watched)
    result = tune(search, competition, tmp_path / "out", TuneOptions(6, holdout="last"))
    assert set(seen) == {0}
    assert f"fold {last}" not in result.trials
    found = result.best["holdout"]
    assert found["fold"] == last
    # Both numbers are those of the recipes on that fold.
    for line, values in ((found["best"], result.best["values"]), (found["present"], search.present_values())):
        config = search.fill(values).config
        workspace = Workspace(config, competition, make_plan(config, competition), tmp_path / f"s{line['trial']}")
        expected = evaluate_fold(workspace, 1, tmp_path / "shared").score
        assert line["holdout"] == pytest.approx(expected, abs=1e-12)
        assert line["gap"] == pytest.approx(line["holdout"] - line["study"])
    assert found["present"]["trial"] == 0
    assert f"the hold-out {last} not among them" in result.output.read_text()
    assert load_recipe(result.output).config.folds == config.folds

    def again(*arguments: object) -> None:
        raise AssertionError("evaluated again")

    monkeypatch.setattr(module, "evaluate_fold", again)
    assert tune(search, competition, tmp_path / "out", TuneOptions(6, holdout=last)).best["holdout"] == found
