"""One model of a run as a member of a blend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.blending import blend_members
from kit.blending.finished_run import FinishedRun
from kit.blending.members import part_of, read_members
from kit.blending.run_member import of_member
from kit.config.schema import PluginConfig
from kit.errors import InputError, StateError
from kit.training.scoring.evaluation import MODEL
from kit.training.train import RunResult
from tests.blending.conftest import Runs
from tests.tiny import Tiny

ALONE = ("models.trees=null", "blend=mean")


def part(run: Path, model: str) -> Path:
    return run.with_name(f"{run.name}:{model}")


@pytest.mark.parametrize("final", ["refit", "folds"])
def test_it_predicts_what_a_run_of_it_alone_predicts(tiny: Tiny, tmp_path: Path, final: str) -> None:
    whole = tiny.train(tmp_path / "whole", tiny.standard(f"final={final}")).path
    alone = FinishedRun.read(tiny.train(tmp_path / "alone", tiny.standard(f"final={final}", *ALONE)).path)
    member = of_member(FinishedRun.read(whole), "ridge", tiny.competition)
    np.testing.assert_array_equal(member.oof, alone.oof)
    np.testing.assert_array_equal(member.test, alone.test)
    mine, theirs = (run.scores.where(kind=MODEL, member="ridge").rows["mrrmse"] for run in (member, alone))
    np.testing.assert_array_equal(mine, theirs)


def test_a_runs_models_are_blended_as_its_own_blend_does(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path, tiny.standard("postprocess=[]"))
    entry = PluginConfig(kind="weighted", params={"weights": {"standard:ridge": 0.7, "standard:trees": 0.3}})
    paths = [part(run.path, "ridge"), part(run.path, "trees")]
    blended = blend_members(paths, entry, tiny.standard(), tiny.competition, out=tmp_path)
    assert [member.name for member in blended.content.members] == ["standard:ridge", "standard:trees"]
    np.testing.assert_allclose(blended.content.test, np.load(run.path / "test.npy"), rtol=1e-5, atol=1e-6)
    assert blended.content.summary is not None
    assert blended.content.summary["score"] == pytest.approx(run.summary["score"], rel=1e-6)


def test_a_model_stands_beside_runs_and_counts_as_another_member(runs: Runs, finished: RunResult) -> None:
    members = read_members([runs.trees, part(finished.path, "ridge"), finished.path], runs.competition)
    assert [member.name for member in members] == ["trees", "standard:ridge", "standard"]
    assert len({member.sha256 for member in members}) == 3


def test_what_is_no_model_of_a_run(runs: Runs, finished: RunResult, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model 'rigde'.*did you mean 'ridge'"):
        read_members([runs.trees, part(finished.path, "rigde")], runs.competition)
    with pytest.raises(InputError, match="2 times"):
        read_members([part(finished.path, "ridge")] * 2, runs.competition)
    with pytest.raises(InputError, match="no such run or table"):
        read_members([runs.trees, tmp_path / "absent:ridge"], runs.competition)


def test_a_run_that_lost_a_task_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path).path
    (next((run / "tasks").rglob("ridge/seed=0/*/validation.npy"))).unlink()
    with pytest.raises(StateError):
        of_member(FinishedRun.read(run), "ridge", tiny.competition)


def test_a_name_with_a_colon_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "a:b").touch()
    assert part_of(tmp_path / "a:b") == (tmp_path / "a:b", None)
    assert part_of(tmp_path / "a-1:b") == (tmp_path / "a-1", "b")
    assert part_of(Path("latest:ridge")) == (Path("latest"), "ridge")
