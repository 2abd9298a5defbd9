from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from kit.errors import RunBusyError, RunError, StateError
from kit.files import DONE, check_intact, link_intact, new_directory, remove_stale, write_json
from kit.files.temporary import this_machine
from kit.reports.page import REPORT
from kit.training import run_directory
from kit.training.planning.tasks import METRICS_FILE, Task
from kit.training.run_directory import RunDirectory
from tests.tiny import SINGLE, Tiny


def finish_task(run: RunDirectory, task: Task, target: str = "target") -> None:
    with new_directory(run.path / "targets" / target, target) as directory:
        (directory / "basis").write_text("basis")
    with new_directory(run.path / task.path, task.key) as directory:
        (directory / "prediction").write_text(run.name)
        write_json(directory / METRICS_FILE, {"target": target})


@pytest.fixture
def runs(tmp_path: Path) -> list[RunDirectory]:
    return [RunDirectory.of(tmp_path, "tiny", name, "0123456789") for name in ("one", "two")]


@pytest.fixture(scope="module")
def tasks(tiny: Tiny) -> list[Task]:
    return list(tiny.plan(tiny.standard()).tasks)


def test_is_named_by_recipe_and_content(tmp_path: Path) -> None:
    run = RunDirectory.of(tmp_path, "tiny", "two-models", "0123456789abcdef")
    assert run.path == tmp_path.resolve() / "tiny" / "runs" / "two-models-01234567"


def test_only_the_same_content_counts_as_finished(runs: list[RunDirectory], tasks: list[Task]) -> None:
    run, task = runs[0], tasks[0]
    assert not run.finished(task)
    (run.path / task.path).mkdir(parents=True)
    assert not run.finished(task)
    finish_task(run, task)
    assert run.finished(task)
    assert not run.finished(replace(task, key="other"))


def test_the_second_comer_is_told_and_may_come_later(runs: list[RunDirectory]) -> None:
    with runs[0].locked():
        busy = pytest.raises(RunBusyError, match=r"another process works on .*one-01234567; wait for it")
        with busy, runs[0].locked():
            pass
        with pytest.raises(RunBusyError):
            runs[0].set_aside()
        with runs[1].locked():
            pass
    with runs[0].locked():
        pass


def test_a_place_without_room_is_a_run_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = RunDirectory.of(tmp_path / "file", "tiny", "one", "0123456789")
    with pytest.raises(RunError, match="cannot write"), run.locked():
        pass


def test_a_run_set_aside_is_kept_and_gives_nothing(runs: list[RunDirectory], tasks: list[Task]) -> None:
    run = runs[0]
    assert run.set_aside() is None
    finish_task(run, tasks[0])
    aside = run.set_aside()
    assert aside is not None
    assert (aside / tasks[0].path / "prediction").read_text() == run.name
    assert not run.path.exists()
    assert run.take_over(tasks) == 0


def test_takes_over_what_others_computed_with_the_same_content(runs: list[RunDirectory], tasks: list[Task]) -> None:
    other, run = runs
    finish_task(other, tasks[0])
    finish_task(other, tasks[1])
    finish_task(other, replace(tasks[2], key="of another content"))
    finish_task(run, tasks[1])
    assert run.take_over(tasks) == 1
    assert [run.finished(task) for task in tasks[:3]] == [True, True, False]
    files = [where.path / tasks[0].path / "prediction" for where in (other, run)]
    assert files[0].stat().st_ino == files[1].stat().st_ino
    assert (run.path / tasks[1].path / "prediction").read_text() == run.name
    assert run.take_over(tasks) == 0


def test_finds_the_same_content_under_another_path(runs: list[RunDirectory], tasks: list[Task]) -> None:
    # The fold "T cells" is the second of two in one recipe and the first of one in another.
    other, run = runs
    finish_task(other, tasks[1])
    moved = replace(tasks[1], split=replace(tasks[1].split, directory="fold=0", fold=0))
    assert moved.path != tasks[1].path
    assert run.take_over([moved]) == 1
    assert run.finished(moved)


@pytest.mark.parametrize("kill_at", [1, 2])
def test_a_task_taken_over_has_its_target_transform_wherever_the_process_was_killed(
    runs: list[RunDirectory], tasks: list[Task], monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    other, run = runs
    finish_task(other, tasks[0])
    calls = 0

    def killed(source: Path, target: Path, key: str) -> bool:
        nonlocal calls
        calls += 1
        if calls == kill_at:
            raise KeyboardInterrupt
        return link_intact(source, target, key)

    with monkeypatch.context() as patch:
        patch.setattr(run_directory, "link_intact", killed)
        with pytest.raises(KeyboardInterrupt):
            run.take_over(tasks)
    run.take_over(tasks)
    assert run.finished(tasks[0])
    assert (run.path / "targets" / "target" / "basis").read_text() == "basis"


def test_half_written_files_of_dead_processes_are_removed(tmp_path: Path) -> None:
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    os.waitpid(dead, 0)
    folder = tmp_path / "tasks" / "fit"
    gone, here = (f"{this_machine()}-{process}.tmp" for process in (dead, os.getpid()))
    elsewhere = f"0123abcd-{dead}.tmp"
    left = [folder / f".fold=0.{gone}", folder / f".fold=0.{here}", folder / f".fold=0.{elsewhere}", folder / "fold=1"]
    for path in left:
        path.mkdir(parents=True)
        (path / "validation.npy").write_text("half")
    (tmp_path / f".oof.{gone}.npy").write_text("half")
    (tmp_path / ".notes.tmp").write_text("mine")
    submissions = [tmp_path / f".tiny-{name}.{ending}.csv" for name, ending in (("a", gone), ("b", here))]
    for path in submissions:
        path.write_text("half")
    remove_stale(tmp_path.rglob(".*"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in left[1:])
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {".notes.tmp", submissions[1].name}


@pytest.mark.parametrize("name", ["log.txt", "tasks", "targets", "errors", "stages/t", "tasks/fit/ridge/seed=0"])
def test_nothing_is_written_through_a_link_out_of_the_directory(name: str, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run-01234567")
    victim = tmp_path / "victim"
    (run.path / name).parent.mkdir(parents=True)
    (run.path / name).symlink_to(victim)
    with pytest.raises(StateError, match=f"{Path(name).name} is a link"):
        run.refuse_links()


@pytest.mark.parametrize("name", ["log.txt", "tasks"])
def test_a_run_that_holds_a_link_is_not_gone_on_with(name: str, tiny: Tiny, tmp_path: Path) -> None:
    run = RunDirectory.of(tmp_path, "tiny", "standard", tiny.plan(tiny.standard()).key)
    run.path.mkdir(parents=True)
    (run.path / name).symlink_to(tmp_path / "victim")
    with pytest.raises(StateError, match=f"{name} is a link"):
        tiny.train(tmp_path)
    assert not (tmp_path / "victim").exists()


def test_a_log_that_is_another_file_too_is_not_written(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    (tmp_path / "victim.txt").write_text("precious")
    (tmp_path / "log.txt").hardlink_to(tmp_path / "victim.txt")
    with pytest.raises(StateError, match=r"log\.txt is a link"):
        run.refuse_links()


def test_results_that_other_runs_share_are_no_links(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    (tmp_path / "a.npy").touch()
    (tmp_path / "b.npy").hardlink_to(tmp_path / "a.npy")
    (tmp_path / "log.txt").touch()
    run.refuse_links()


def test_the_page_of_an_earlier_end_may_be_written_anew(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path, tiny.recipe(SINGLE, "single"))
    page = run.path / REPORT
    page.write_text("of the first end")
    (run.path / DONE).unlink()
    again = tiny.train(tmp_path, tiny.recipe(SINGLE, "single"))
    assert again.path == run.path
    page.write_text("of the second")
    check_intact(run.path)
