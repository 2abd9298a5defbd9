from __future__ import annotations

import builtins
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit.errors import DiskError, InputError, KitError, RunError
from kit.training.engines import local as engine
from kit.training.engines.local import LocalEngine, default_jobs
from kit.training.fitting import fit_task
from kit.training.fitting.fit_task import Job, Outcome
from kit.training.planning.tasks import Task
from tests.tiny import Tiny


@pytest.fixture
def jobs(tiny: Tiny, tmp_path: Path) -> list[Job]:
    plan = tiny.plan(tiny.standard())
    return [
        Job(task, plan.model(task), tiny.competition, tmp_path, plan.metric, {}, ("models", task.model))
        for task in plan.fold_tasks()[:3]
    ]


def test_carries_out_every_job_and_tells_of_it(jobs: list[Job]) -> None:
    told: list[Outcome] = []
    outcomes = LocalEngine(1).run(jobs, told.append)
    assert outcomes == told
    assert [outcome.task for outcome in outcomes] == [job.task for job in jobs]
    assert all((job.run / job.task.path / "DONE").is_file() for job in jobs)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_named_before_it_ends_and_the_first_at_once(
    jobs: list[Job], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(job: Job) -> Outcome:
        return Outcome(job.task, {})

    monkeypatch.setattr(engine, "run_job", quick)
    told: list[tuple[str, Task]] = []
    LocalEngine(workers).run(
        jobs, lambda done: told.append(("ended", done.task)), lambda task: told.append(("begun", task))
    )
    begun = [task for what, task in told if what == "begun"]
    assert [str(task) for task in begun] == [str(job.task) for job in jobs]
    # As many as there are workers have begun before the first ends, and never more are under way.
    assert [what for what, _ in told[: workers + 1]] == ["begun"] * workers + ["ended"]
    assert [what for what, _ in told].count("ended") == len(jobs)


def test_the_first_failure_names_the_task_and_keeps_what_is_finished(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_second(job: Job) -> Outcome:
        return Outcome(job.task, {}, error="it broke" if job is jobs[1] else None)

    monkeypatch.setattr(engine, "run_job", fail_second)
    told: list[Outcome] = []
    with pytest.raises(RunError) as caught:
        LocalEngine(1).run(jobs, told.append)
    assert str(caught.value) == (
        f"task {jobs[1].task} failed after 1 of 3 tasks: it broke; "
        f"what is finished stays in {jobs[1].run}, the same command continues"
    )
    assert [outcome.task for outcome in told] == [jobs[0].task]


def test_a_worker_that_dies_is_a_run_error(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    # A local function travels to the workers by value.
    def die(job: Job) -> Outcome:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    monkeypatch.setattr(engine, "run_job", die)
    with pytest.raises(RunError, match=r"a worker process died after 0 of 2 tasks.*--jobs 1"):
        LocalEngine(2).run(jobs[:2], lambda outcome: None)


def test_one_job_needs_no_second_process(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "run_job", lambda job: Outcome(job.task, {"process": os.getpid()}))
    [outcome] = LocalEngine(8).run(jobs[:1], lambda outcome: None)
    assert outcome.metrics == {"process": os.getpid()}
    assert LocalEngine(8).run([], lambda outcome: None) == []


@pytest.mark.skipif(sys.platform != "linux", reason="cgroups are Linux's")
@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "max 100000\n"}, 3),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "900000 100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
    ],
)
def test_by_default_there_are_as_many_workers_as_cores_that_a_process_and_its_container_may_use(
    files: dict[str, str], cores: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cpu").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    real, folder = builtins.open, "/sys/fs/cgroup/"

    def there(file: Any) -> Any:
        return str(tmp_path / file.removeprefix(folder)) if str(file).startswith(folder) else file

    exists = os.path.exists
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 5})
    monkeypatch.setattr(os.path, "exists", lambda file: exists(there(file)))
    monkeypatch.setattr(builtins, "open", lambda file, *more, **options: real(there(file), *more, **options))
    assert default_jobs() == cores


def test_messages_of_jobs_are_small(jobs: list[Job]) -> None:
    # The targets travel as a path: a job of a full competition fits into a pipe.
    import pickle

    wide = replace(jobs[0])
    assert len(pickle.dumps(wide)) < 100_000
    again = pickle.loads(pickle.dumps(wide))
    assert (again.competition.Y == jobs[0].competition.Y).all()


@pytest.mark.parametrize(
    ("raised", "kind", "way_on"),
    [
        (InputError("penalty is wrong"), InputError, "found by task"),
        (ZeroDivisionError("a mistake"), RunError, "the same command continues"),
        (OSError(5, "Input/output error", "somewhere"), DiskError, "the same command continues"),
    ],
)
def test_an_error_inside_a_task_keeps_its_kind(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[KitError], way_on: str
) -> None:
    def fail(*arguments: object) -> None:
        raise raised

    monkeypatch.setattr(fit_task, "_run", fail)
    with pytest.raises(KitError, match=way_on) as caught:
        LocalEngine(1).run(jobs[:1], lambda outcome: None)
    assert type(caught.value) is kind
