"""A real scheduler and real workers, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from kit.errors import InputError, KitWarning, MissingDependencyError, RunError
from kit.training.engines import dask
from kit.training.engines.dask import DaskEngine
from kit.training.fitting.fit_task import Outcome
from kit.training.train import train
from tests.tiny import Notes, Tiny, results

SLOW = "models.trees.params.n_estimators=120"
ROOT = Path(__file__).parents[3]


class Cluster:
    """A scheduler and its workers, processes of their own without anything that starts them again."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._file = folder / "scheduler.json"
        self._folder = folder
        environment = os.environ | {"PYTHONPATH": str(ROOT)}

        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []

        def start(*words: str) -> subprocess.Popen[bytes]:
            with (folder / f"{words[0]}-{len(self.processes)}.log").open("wb") as log:
                command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(self._file), "--no-dashboard"]
                process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
            self.processes.append(process)
            return process

        self._start = start
        start("scheduler", "--host", "127.0.0.1", "--port", "0")
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> None:
        self.workers.append(
            self._start("worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(self._folder))
        )

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
def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster of two workers, or of as many as the test asks for."""
    (tmp_path / "cluster").mkdir()
    started = Cluster(tmp_path / "cluster", getattr(request, "param", 2))
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


class KillsTheScheduler(Notes):
    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def finished(self, outcome: Outcome) -> None:
        super().finished(outcome)
        if len(self.outcomes) == 1:
            self._cluster.processes[0].kill()


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [1], indirect=True)
def test_a_killed_scheduler_is_named_in_one_error_and_the_same_goes_on(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], cluster: Cluster
) -> None:
    monkeypatch.setattr(dask, "_CONNECT_SECONDS", 2)
    watching, out = KillsTheScheduler(cluster), tmp_path / "out"
    address = cluster.address
    capfd.readouterr()
    with (
        pytest.raises(RunError, match=f"the Dask scheduler at {address} is gone; what is finished is kept: .* goes on"),
        DaskEngine.connected(address) as engine,
    ):
        train(tiny.standard(), tiny.competition, out, observer=watching, engine=engine)
    assert capfd.readouterr().err == ""
    again = Notes()
    train(tiny.standard(), tiny.competition, out, observer=again)
    assert again.begun is not None
    assert again.begun[1] == len(watching.outcomes) >= 1


@pytest.mark.parametrize("cluster", [0], indirect=True)
def test_a_scheduler_without_workers_is_told_and_one_that_comes_late_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    address = cluster.address
    monkeypatch.setattr(dask, "_WORKERS_SECONDS", 0.2)
    with (
        pytest.warns(KitWarning, match=f"0 Dask workers at {address}: waiting 0.2 s; `dask worker {address}` starts"),
        pytest.raises(InputError, match=f"no Dask worker came to {address} within 0.2 s; `dask worker {address}`"),
        DaskEngine.connected(address),
    ):
        pass
    monkeypatch.setattr(dask, "_WORKERS_SECONDS", 60)
    late = threading.Timer(0.5, cluster.add_worker)
    late.start()
    with pytest.warns(KitWarning, match="waiting 60 s"), DaskEngine.connected(address) as engine:
        assert engine.workers == 1
    late.join()


class Answers:
    """Stands for a client whose tasks end in a certain way."""

    scheduler = SimpleNamespace(address="tcp://s:1")
    status = "running"

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


@pytest.mark.parametrize(
    ("raised", "status", "told"),
    [
        (TimeoutError("No valid workers found"), "running", "at tcp://s:1 has no workers; .*`dask worker tcp://s:1`"),
        (TimeoutError("No valid workers found"), "connecting", "the Dask scheduler at tcp://s:1 is gone"),
        (OSError("ConnectionPool closing."), "closing", "the Dask scheduler at tcp://s:1 is gone"),
        (ValueError("Client is closed."), "closed", "the Dask scheduler at tcp://s:1 is gone"),
        (None, "closed", "the Dask scheduler at tcp://s:1 is gone"),
    ],
)
def test_a_cluster_that_is_lost_is_told(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception | None, status: str, told: str
) -> None:
    import distributed

    monkeypatch.setattr(distributed, "as_completed", lambda: SimpleNamespace(add=lambda future: None))
    client = Answers(ZeroDivisionError())
    monkeypatch.setattr(client, "status", status, raising=False)
    if raised is not None:
        monkeypatch.setattr(client, "scatter", Mock(side_effect=raised))
    with pytest.raises(RunError, match=told):
        train(tiny.standard(), tiny.competition, tmp_path, engine=DaskEngine(client))


def test_an_address_at_which_nobody_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"), DaskEngine.connected(address):
            pass


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[dask\]"), DaskEngine.connected(None):
        pass
