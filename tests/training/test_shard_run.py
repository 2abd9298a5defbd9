"""Several processes carry out one run, are killed and begin late; the bytes are those of one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit import large
from kit.errors import InputError, RunBusyError
from kit.training import growth
from kit.training.run_directory import RunDirectory
from kit.training.shard_run import train_shard
from kit.training.sharing.claims import Claims, claimed_in
from kit.training.sharing.share import Shard
from kit.training.train import RunResult
from tests.tiny import Notes, Tiny, results
from tests.training.test_killed import SLOW, arguments, wait_for_tasks

ROOT = Path(__file__).parents[2]

STAGED = """\
target: {kind: svd, params: {n_components: 4, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  student: {kind: ridge, params: {penalty: 10.0}}
pseudo_labels: {stage: teachers}
stages:
  teachers:
    models:
      teacher: {kind: ridge, params: {penalty: 3.0}}
      other: {kind: ridge, params: {penalty: 30.0}}
"""

KERNEL = "features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}\nmodels: {k: kernel_ridge}\n"


def test_one_shard_does_the_work_of_those_that_never_come_and_train_joins(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.recipe(STAGED, "staged")
    expected = tiny.train(tmp_path / "alone", recipe)
    notes = Notes()
    done = train_shard(recipe, tiny.competition, Shard(3, 7), tmp_path / "shared", notes)
    assert (done.left, done.fitted) == (0, done.total)
    assert len(notes.outcomes) == done.total == expected.fitted
    again = train_shard(recipe, tiny.competition, Shard(1, 7), tmp_path / "shared")
    assert again.fitted == again.left == 0
    joined = tiny.train(tmp_path / "shared", recipe)
    assert joined.fitted == 0
    assert results(joined.path) == results(expected.path)
    assert not any(folder.exists() for folder in claimed_in(joined.path / "shards"))
    assert "teacher" in (joined.path / "shards" / "3-of-7.log").read_text()
    finished = train_shard(recipe, tiny.competition, Shard(1, 7), tmp_path / "shared", later := Notes())
    assert (finished.fitted, finished.left) == (0, 0)
    assert later.notes == [f"{joined.path} is finished already"]


def test_a_shard_says_first_what_a_run_says_first(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tiny.recipe(KERNEL, "kernel")
    monkeypatch.setattr(growth, "LONG_FIT", 0.0)
    monkeypatch.setattr(large, "LARGE", 64)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    notes, alone = Notes(), Notes()
    result = train_shard(recipe, tiny.competition, Shard(1, 2), tmp_path / "shared", notes)
    tiny.train(tmp_path / "alone", recipe, observer=alone)
    [long] = [note for note in notes.notes if "CPU time" in note]
    assert long.startswith("warning: models.k: one fit of kernel_ridge on ")
    assert any(note.startswith("the targets are ") for note in notes.notes)
    assert notes.notes == alone.notes[: len(notes.notes)]
    assert long in (result.path / "shards" / "1-of-2.log").read_text()


def test_nobody_joins_a_run_while_shards_work_on_it(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.standard()
    run = RunDirectory.of(tmp_path, "tiny", "standard", tiny.plan(recipe).key)
    with Claims.of(run.shards, "1/2"):
        with pytest.raises(RunBusyError, match=r"1 processes share the work on .*the same command joins"):
            tiny.train(tmp_path, recipe)
        with run.locked(beside_shards=True):
            pass
    assert tiny.train(tmp_path, recipe).fitted > 0


def test_a_shard_refuses_a_run_that_holds_links_out_of_it(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.standard()
    run = RunDirectory.of(tmp_path, "tiny", "standard", tiny.plan(recipe).key)
    run.path.mkdir(parents=True)
    (run.path / "tasks").symlink_to(tmp_path)
    with pytest.raises(InputError, match="is a link"):
        train_shard(recipe, tiny.competition, Shard(1, 2), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_shards_that_work_at_once_and_are_killed_end_with_the_bytes_of_one_process(tiny: Tiny, tmp_path: Path) -> None:
    expected: RunResult = tiny.train(tmp_path / "alone", tiny.standard(SLOW))
    out = tmp_path / "shared"
    environment = os.environ | {"KIT_CACHE": str(tiny.cache), "PYTHONPATH": str(ROOT)}

    def start(*more: str) -> subprocess.Popen[str]:
        given = [sys.executable, "-m", "kit.cli.main", *arguments(tiny, out, "--jobs", "1", "--set", SLOW, *more)]
        return subprocess.Popen(
            given, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    killed = start("--shard", "1/2")
    wait_for_tasks(killed, out, 1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    shards = [start("--shard", f"{number}/2") for number in (1, 2)]
    outputs = [shard.communicate(timeout=300)[0] for shard in shards]
    assert [shard.returncode for shard in shards] == [0, 0], outputs
    [run] = (out / "tiny" / "runs").iterdir()
    join = start()
    output = join.communicate(timeout=300)[0]
    assert join.returncode == 0, output
    assert f"{expected.fitted} of {expected.fitted} tasks done, continuing" in output
    assert results(run) == results(expected.path)
