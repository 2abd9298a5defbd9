"""A real scheduler and real workers, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from kit.errors import InputError, MissingDependencyError, RunError
from kit.training.engines import dask
from kit.training.engines.dask import DaskEngine
from kit.training.fitting.fit_task import Outcome
from kit.training.train import train
from tests.tiny import Notes, Tiny, results

SLOW = "models.trees.params.n_estimators=120"
ROOT = Path(__file__).parents[3]


class Cluster:
    """A scheduler and two workers, processes of their own without anything that starts them again."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self._folder = folder
        environment = os.environ | {"PYTHONPATH": str(ROOT)}

        def start(*words: str) -> subprocess.Popen[bytes]:
            with (folder / f"{words[0]}-{len(self.processes)}.log").open("wb") as log:
                command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(self._file), "--no-dashboard"]
                return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)

        self.processes: list[subprocess.Popen[bytes]] = []
        self.processes.append(start("scheduler", "--host", "127.0.0.1", "--port", "0"))
        self.workers = []
        for _ in range(2):
            worker = start("worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
            self.processes.append(worker)
            self.workers.append(worker)

    @property
    def address(self) -> str:
        until = time.monotonic() + 60
        while True:
            try:
                return str(json.loads(self._file.read_text())["address"])
            except (OSError, ValueError):
                assert time.monotonic() < until, "no scheduler"
                time.sleep(0.05)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "cluster").mkdir()
    started = Cluster(tmp_path / "cluster")
    yield started
    started.stop()


class KillsAWorker(Notes):
    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def finished(self, outcome: Outcome) -> None:
        super().finished(outcome)
        if len(self.outcomes) == 2:
            os.kill(self._cluster.workers[0].pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_a_killed_workers_tasks_are_done_by_others_and_the_bytes_are_those_of_this_machine(
    tiny: Tiny, tmp_path: Path, cluster: Cluster
) -> None:
    recipe = tiny.standard(SLOW)
    expected = tiny.train(tmp_path / "local", recipe)
    watching = KillsAWorker(cluster)
    with DaskEngine.connected(cluster.address) as engine:
        until = time.monotonic() + 60
        while engine.workers < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert engine.dashboard.startswith("http://")
        result = train(recipe, tiny.competition, tmp_path / "far", observer=watching, engine=engine)
    assert cluster.workers[0].wait(60) == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    assert result.fitted == expected.fitted == len(watching.outcomes)
    # Feature blocks stay where they were fitted; all else has come back.
    theirs = {name: content for name, content in results(expected.path).items() if not name.startswith("features/")}
    assert results(result.path) == theirs


class Answers:
    """Stands for a client whose tasks end in a certain way."""

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self.sent = 0

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {}}

    def scatter(self, *given: object, **options: object) -> str:
        return "there"

    def cancel(self, futures: list[object]) -> None:
        pass

    def submit(self, *given: object, **options: object) -> Failed:
        self.sent += 1
        return Failed(self._error)


class Failed:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def result(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("killed", "it ended every worker that it was given to, most often for lack of memory"),
        (ModuleNotFoundError("No module named 'mine'"), "plug-ins and libraries are to be there as here"),
        ("cancelled", "was lost with its workers again and again"),
    ],
)
def test_what_a_cluster_does_to_a_task_is_told(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str | Exception, told: str
) -> None:
    from concurrent.futures import CancelledError

    import distributed

    class Completed(list[Any]):
        add = list.append

        def __next__(self) -> Any:
            return self.pop()

    monkeypatch.setattr(distributed, "as_completed", Completed)
    kinds = {
        "killed": distributed.KilledWorker("task", SimpleNamespace(address="tcp://w:1"), 3),
        "cancelled": CancelledError(),
    }
    raised = kinds[error] if isinstance(error, str) else error
    client = Answers(raised)
    with pytest.raises(RunError, match=told):
        train(tiny.standard(), tiny.competition, tmp_path, engine=DaskEngine(client))
    assert client.sent == 2 if error != "cancelled" else client.sent > 2


def test_an_address_at_which_nobody_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"), DaskEngine.connected(address):
            pass


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[dask\]"), DaskEngine.connected(None):
        pass
