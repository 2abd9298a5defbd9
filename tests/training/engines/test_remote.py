"""A task that travels to a machine that sees nothing of the run, and its results back."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from kit.errors import InputError, RunError
from kit.files import DONE
from kit.training.engines.base import failure_of
from kit.training.engines.remote import Delivery, Folder, SentTables, carry_out, inputs_of, receive
from kit.training.execute import execute, job_of
from kit.training.fitting import fit_task
from kit.training.fitting.fit_task import Job
from kit.training.planning.tasks import METRICS_FILE
from kit.training.train import prepare
from kit.training.workspace import Workspace
from tests.tiny import Tiny
from tests.training.test_shard_run import STAGED


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file that says nothing of the time it took."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in (METRICS_FILE, DONE)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


class Elsewhere:
    """An engine that carries jobs out in a folder of its own; everything travels as bytes."""

    workers = 1

    def __init__(self, home: Path) -> None:
        self._home = home
        self.known: set[str] = set()
        self.deliveries: list[Delivery] = []

    def send(self, job: Job) -> Delivery:
        folders = [Folder.read(job.run, path) for path in inputs_of(job)]
        sent = pickle.loads(pickle.dumps((SentTables.of(job.competition), replace(job, competition=None), folders)))  # type: ignore[arg-type]
        delivery = carry_out(*sent, frozenset(self.known), self._home, "w")
        return pickle.loads(pickle.dumps(delivery))

    def run(self, jobs, on_finished, on_begun=None):  # type: ignore[no-untyped-def]
        for job in jobs:
            delivery = self.send(job)
            self.deliveries.append(delivery)
            receive(delivery, job.run)
            if delivery.outcome.error is not None:
                raise failure_of(delivery.outcome, 0, 1, job.run)
            self.known.add(delivery.outcome.metrics["target"])
            on_finished(delivery.outcome)
        return [delivery.outcome for delivery in self.deliveries]


@pytest.fixture
def workspace(tiny: Tiny, tmp_path: Path) -> Workspace:
    return prepare(tiny.recipe(STAGED, "staged"), tiny.competition, tmp_path / "out")


def test_what_is_carried_out_elsewhere_has_the_same_bytes(tiny: Tiny, tmp_path: Path, workspace: Workspace) -> None:
    expected = tiny.train(tmp_path / "alone", tiny.recipe(STAGED, "staged"))
    engine = Elsewhere(tmp_path / "elsewhere")
    execute(workspace, engine, lambda outcome: None)
    for folder in ("tasks", "targets", "stages/teachers"):
        made, theirs = files_in(workspace.path / folder), files_in(expected.path / folder)
        assert made == theirs
        assert any(name.endswith(("npy", "safetensors", "npz")) for name in made)
    # Each transform travels back once; nothing of it stays behind that is not needed again.
    targets = [folder.path for delivery in engine.deliveries for folder in delivery.folders[:-1]]
    assert len(targets) == len(set(targets)) < len(engine.deliveries)
    assert not list((tmp_path / "elsewhere").rglob(f"tasks/**/{DONE}"))
    # Features were fitted over there alone.
    assert not (workspace.path / "features").exists()


def test_a_worker_with_another_code_refuses(workspace: Workspace, tmp_path: Path) -> None:
    job = job_of(workspace, workspace.plan.tasks[0])
    tables = SentTables.of(job.competition)
    other = replace(tables, code=tables.code | {"numpy": "0.1"})
    delivery = carry_out(other, job, (), frozenset(), tmp_path / "elsewhere", "tcp://far:1")
    assert delivery.outcome.error is not None
    assert delivery.outcome.error.startswith("worker tcp://far:1 computes with another code (numpy: ")
    assert "0.1 here" in delivery.outcome.error
    assert delivery.folders == ()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("raised", "kind"), [(ZeroDivisionError("a mistake"), RunError), (InputError("no"), InputError)]
)
def test_errors_come_back_with_their_kind_and_traceback(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[Exception]
) -> None:
    def fail(*arguments: object) -> None:
        raise raised

    monkeypatch.setattr(fit_task, "_run", fail)
    with pytest.raises(kind, match=str(raised)) as caught:
        execute(workspace, Elsewhere(tmp_path / "elsewhere"), lambda outcome: None)
    assert "(worker w)" in str(caught.value)
    assert str(tmp_path / "elsewhere") not in str(caught.value)
    logs = [log.read_text() for log in (workspace.path / "errors").rglob("*.log")]
    assert ["ZeroDivisionError" in log for log in logs] == [True] * (kind is RunError)


def test_a_folder_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    folder = Folder("a/b", "key", {"x/y.txt": b"1", "z": b""})
    folder.write(tmp_path)
    assert Folder.read(tmp_path, "a/b") == folder
    before = (tmp_path / "a" / "b" / "z").stat().st_ino
    folder.write(tmp_path)
    assert (tmp_path / "a" / "b" / "z").stat().st_ino == before
    (tmp_path / "a" / "b" / "z").write_text("changed")
    folder.write(tmp_path)
    assert Folder.read(tmp_path, "a/b") == folder
