"""Files of a run that were changed, cut off or removed are noticed, never used, and made again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kit.blending.finished_run import FinishedRun
from kit.errors import RunError, StateError
from kit.training import train as training
from kit.training.joining.saved_run import SavedRun
from kit.training.scoring.predictions import run_submission
from kit.training.train import RunResult
from tests.tiny import Notes, Tiny, results

Harm = Callable[[Path], object]

FOLD = "tasks/fit/ridge/seed=0/fold=0"
TASK_FILES = [f"{FOLD}/validation.npy", f"{FOLD}/metrics.json", f"{FOLD}/model/model/state.json"]
RUN_FILES = ["oof.npy", "test.npy", "submission.json", "metrics.json", "scores_by_row.parquet", "leaderboard.csv"]
HARMS: dict[str, Harm] = {
    "other content": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x07"),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "no UTF-8": lambda path: path.write_bytes(b"\xff\xfe\x80"),
    "other JSON": lambda path: path.write_text("{}"),
    "removed": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.fixture
def run(finished: RunResult, tmp_path: Path) -> Path:
    """A copy of a finished run's whole output folder."""
    shutil.copytree(finished.path.parents[2], tmp_path / "out")
    return tmp_path / "out" / finished.path.relative_to(finished.path.parents[2])


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("name", TASK_FILES)
def test_a_damaged_task_is_computed_again(tiny: Tiny, run: Path, name: str, harm: str) -> None:
    before = results(run)
    (run / "DONE").unlink()
    HARMS[harm](run / name)
    notes = Notes()
    again = tiny.train(run.parents[2], observer=notes)
    assert again.fitted == 1
    assert any("files of 1 tasks were changed since (ridge, repeat 0" in note for note in notes.notes)
    assert results(again.path) == before


def test_a_damaged_target_transform_is_fitted_again(tiny: Tiny, run: Path) -> None:
    before = results(run)
    (run / "DONE").unlink()
    [first, *_] = sorted((run / "targets").glob("*/transform/arrays.npz"))
    HARMS["cut off"](first)
    again = tiny.train(run.parents[2])
    assert again.fitted > 0
    assert results(again.path) == before


@pytest.mark.parametrize("harm", ["other content", "removed", "other JSON"])
@pytest.mark.parametrize("name", RUN_FILES)
def test_a_damaged_result_is_made_again_from_the_tasks(tiny: Tiny, run: Path, name: str, harm: str) -> None:
    before = results(run)
    HARMS[harm](run / name)
    notes = Notes()
    again = tiny.train(run.parents[2], observer=notes)
    assert again.fitted == 0
    assert f"warning: {run / name} was changed or removed since the run finished; it is made again" in notes.notes
    assert results(again.path) == before
    assert tiny.train(run.parents[2]).fitted == 0


@pytest.mark.parametrize("read", [FinishedRun.read, SavedRun, run_submission])
@pytest.mark.parametrize("name", ["test.npy", "manifest.json", "submission.csv"])
def test_no_command_reads_a_damaged_run(run: Path, read: Callable[[Path], object], name: str) -> None:
    read(run)
    HARMS["other content"](run / name)
    with pytest.raises(StateError, match=rf"{name} was changed or removed.*kit train"):
        read(run)


def test_a_damaged_model_predicts_nothing(tiny: Tiny, run: Path) -> None:
    HARMS["other content"](run / "tasks/fit/ridge/seed=0/final/model/model/arrays.npz")
    with pytest.raises(StateError, match=r"arrays\.npz was changed or removed"):
        SavedRun(run).predict(tiny.competition.test)


def test_a_damaged_task_is_not_taken_over(tiny: Tiny, run: Path) -> None:
    HARMS["other content"](run / f"{FOLD}/validation.npy")
    changed = tiny.standard("blend=median")
    assert tiny.train(run.parents[2], changed).fitted == 1


def test_tasks_that_vanish_while_the_run_works_leave_no_mark(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = training.submit

    def remove_first(*arguments: object, **named: object) -> object:
        [folder] = (tmp_path / "tiny").glob("runs/*")
        shutil.rmtree(folder / "tasks")
        return submit(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "submit", remove_first)
    with pytest.raises(RunError, match="was removed or changed while the run worked; run the same command again"):
        tiny.train(tmp_path)
    assert not list((tmp_path / "tiny").glob("runs/*/DONE"))
    monkeypatch.undo()
    assert np.isfinite(tiny.train(tmp_path).summary["score"])
