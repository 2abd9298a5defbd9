"""Real processes are killed at many points; the same command continues and ends with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import kit
from kit.submission import ledger
from kit.training.joining.saved_run import SavedRun
from kit.training.run_directory import RunDirectory
from kit.training.train import RunResult
from tests.tiny import Tiny, results
from tests.training.killing import run_scenarios

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL and process groups are POSIX's"),
    pytest.mark.slow,
]

ROOT = Path(kit.__file__).parents[1]
SLOW = "models.trees.params.n_estimators=120"
"""So that there is time to kill a run between its first task and its last."""


@pytest.fixture(scope="module")
def environment(tiny: Tiny) -> dict[str, str]:
    return os.environ | {"KIT_CACHE": str(tiny.cache), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def arguments(tiny: Tiny, out: Path, *more: str) -> list[str]:
    return ["train", str(tiny.folder / "standard.yaml"), "--out", str(out), "--data", str(tiny.data), *more]


def same_as(run: Path, expected: Path) -> None:
    """Check that a run ended like another one: the same bytes, one line in the ledger, nothing left over."""
    assert results(run) == results(expected)
    out = run.parents[2]
    submissions = list((out / "tiny").glob("*.csv"))
    assert [path.read_bytes() for path in submissions] == [(expected / "submission.csv").read_bytes()]
    assert len(ledger.read(out / "ledger.csv")) == 1
    assert not list(run.rglob(".*.tmp*"))
    assert sorted(str(path.relative_to(run)) for path in run.rglob("*")) == sorted(
        str(path.relative_to(expected)) for path in expected.rglob("*")
    )


# ------------------------------------------------------------------------------------- at a change of the file system


def test_a_run_killed_before_any_change_of_the_file_system_goes_on_to_the_same_bytes(
    tiny: Tiny, tmp_path: Path, environment: dict[str, str], finished: RunResult
) -> None:
    whole = arguments(tiny, tmp_path / "whole", "--jobs", "1")
    [[left_alone]] = run_scenarios(environment, [{"arguments": whole, "kills": [None]}])
    assert left_alone["code"] == 0, left_alone["output"]
    total = left_alone["changes"]
    assert total > 150
    # A few in the fits; the last 48 changes, from the joined predictions to the mark, more densely.
    points = [1, 9, 60, 150, *range(total - 48, total, 6), total]
    scenarios = [
        {"arguments": arguments(tiny, tmp_path / str(point), "--jobs", "1"), "kills": [point, None]} for point in points
    ]
    for point, (killed, again) in zip(points, run_scenarios(environment, scenarios), strict=True):
        assert (killed["killed"], killed["changes"]) == (True, point)
        assert again["code"] == 0, again["output"]
        # What was finished before is not fitted again.
        assert again["changes"] < total or point < 10
        [run] = (tmp_path / str(point) / "tiny" / "runs").iterdir()
        same_as(run, finished.path)


def test_a_run_killed_over_and_over_gets_there(
    tiny: Tiny, tmp_path: Path, environment: dict[str, str], finished: RunResult
) -> None:
    chance = random.Random(0)
    kills: list[int | None] = [chance.randrange(1, 40) for _ in range(9)]
    scenario = {"arguments": arguments(tiny, tmp_path, "--jobs", "1"), "kills": [*kills, None]}
    [attempts] = run_scenarios(environment, [scenario])
    assert sum(attempt["killed"] for attempt in attempts) >= 5
    assert attempts[-1]["code"] == 0, attempts[-1]["output"]
    [run] = (tmp_path / "tiny" / "runs").iterdir()
    same_as(run, finished.path)
    predictions = [SavedRun(path).predict(tiny.competition.test).tobytes() for path in (run, finished.path)]
    assert predictions[0] == predictions[1]


# ------------------------------------------------------------------------------------------------- the command line


@contextmanager
def command(environment: dict[str, str], given: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start the command line in a process group of its own, and leave none of it alive."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kit.cli.main", *given],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for_tasks(process: subprocess.Popen[str], out: Path, number: int) -> None:
    """Wait until so many tasks are done."""
    until = time.monotonic() + 300
    while len(list(out.glob("tiny/runs/*/tasks/*/*/*/[!.]*/DONE"))) < number:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.fixture(scope="module")
def slow(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """What the slower recipe ends with when nobody kills it."""
    return tiny.train(tmp_path_factory.mktemp("slow"), tiny.standard(SLOW))


@pytest.mark.parametrize(("jobs", "after_tasks", "whole_group"), [(1, 3, True), (2, 4, True), (2, 2, False)])
def test_the_command_line_goes_on_after_a_kill(
    tiny: Tiny,
    tmp_path: Path,
    environment: dict[str, str],
    slow: RunResult,
    jobs: int,
    after_tasks: int,
    whole_group: bool,
) -> None:
    given = arguments(tiny, tmp_path, "--jobs", str(jobs), "--set", SLOW)
    with command(environment, given) as process:
        wait_for_tasks(process, tmp_path, after_tasks)
        # Without the group, the workers live on for a while and write where the next process works already.
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        assert process.returncode == -signal.SIGKILL
        [run] = (tmp_path / "tiny" / "runs").iterdir()
        assert not (run / "DONE").exists()
        # The number of workers makes no difference.
        with command(environment, arguments(tiny, tmp_path, "--jobs", "1", "--set", SLOW)) as again:
            output = again.communicate(timeout=300)[0]
    assert again.returncode == 0, output
    assert "tasks done, continuing" in output
    assert f"score: mrrmse {slow.summary['score']:.4f}" in output
    same_as(run, slow.path)


def test_of_two_processes_the_second_says_so_and_leaves(
    tiny: Tiny, tmp_path: Path, environment: dict[str, str]
) -> None:
    run = RunDirectory.of(tmp_path, "tiny", "standard", tiny.plan(tiny.standard()).key)
    with run.locked(), command(environment, arguments(tiny, tmp_path, "--jobs", "1")) as second:
        output = second.communicate(timeout=300)[0]
    assert second.returncode == 1
    assert f"error: another process works on {run.path}; wait for it" in output
    assert "Traceback" not in output
    assert [path.name for path in run.path.iterdir()] == [".lock"]
