"""What may go, and what must stay."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kit.cleaning import KINDS, Leftover, find_leftovers, freed, remove
from kit.errors import RunBusyError
from kit.files import write_done
from kit.files.temporary import this_machine
from kit.training.run_directory import RunDirectory


def make_run(out: Path, name: str, config: str = "a: 1\n", finished: float | None = 1.0) -> Path:
    """Write a run's directory; ``finished`` is when it was."""
    run = out / "demo" / "runs" / name
    run.mkdir(parents=True)
    (run / "manifest.json").write_text("{}")
    (run / "config.resolved.yaml").write_text(f"kit_version: '>={name}'\n{config}")
    (run / "test.npy").write_bytes(b"x" * 1000)
    if finished is not None:
        write_done(run, "key", [])
        os.utime(run / "DONE", (finished, finished))
    return run


def found(out: Path) -> dict[str, list[str]]:
    """The names of what may go, by kind."""
    names: dict[str, list[str]] = {}
    for one in find_leftovers(out):
        names.setdefault(one.kind, []).append(one.path.name)
    return names


def test_of_runs_with_the_same_settings_the_latest_stays(tmp_path: Path) -> None:
    make_run(tmp_path, "one-00000001", finished=1.0)
    make_run(tmp_path, "one-00000002", finished=3.0)
    make_run(tmp_path, "one-00000003", "a: 2\n", finished=2.0)  # other settings, earlier
    make_run(tmp_path, "one-more-00000001", finished=1.0)  # another recipe
    assert found(tmp_path) == {"superseded": ["one-00000001"], "earlier": ["one-00000003"]}


def test_an_unfinished_run_may_go_unless_somebody_works_on_it(tmp_path: Path) -> None:
    make_run(tmp_path, "cut-00000001", finished=None)
    busy = make_run(tmp_path, "busy-00000001", finished=None)
    with RunDirectory(busy).locked():
        assert found(tmp_path) == {"unfinished": ["cut-00000001"]}
        with pytest.raises(RunBusyError):
            remove(Leftover("unfinished", busy))
    assert busy.is_dir()


def test_a_run_that_a_blend_is_made_of_stays(tmp_path: Path) -> None:
    member = make_run(tmp_path, "one-00000001", finished=1.0)
    make_run(tmp_path, "one-00000002", finished=2.0)
    assert found(tmp_path) == {"superseded": ["one-00000001"]}
    blend = tmp_path / "demo" / "blends" / "mix-00000001"
    blend.mkdir(parents=True)
    (blend / "blend.json").write_text(json.dumps({"members": [{"path": str(member)}]}))
    assert found(tmp_path) == {}


def test_what_was_set_aside_or_cut_off_may_go(tmp_path: Path) -> None:
    runs = make_run(tmp_path, "one-00000001").parent
    dead, living = (f"{this_machine()}-{process}" for process in (999999999, os.getpid()))
    (runs / ".one-00000001.20260101T000000000000.old").mkdir()
    (runs / ".one-00000001.20260101T000000000000.old" / f".x.{dead}.tmp").touch()  # goes with it
    (runs / f".two-00000001.{dead}.tmp").mkdir()
    (runs / f".two-00000001.{dead}.tmp" / f".x.{dead}.tmp").touch()
    (runs / f".three-00000001.{living}.tmp").mkdir()  # this process lives
    (runs / ".four-00000001.0123abcd-999999999.tmp").mkdir()  # of another machine: nobody knows here
    assert found(tmp_path) == {
        "aside": [".one-00000001.20260101T000000000000.old"],
        "temporary": [f".two-00000001.{dead}.tmp"],
    }


def test_links_out_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    elsewhere = make_run(tmp_path / "elsewhere", "one-00000001", finished=None)
    runs = make_run(tmp_path / "out", "one-00000002").parent
    (runs / "one-00000001").symlink_to(elsewhere)
    (runs / ".one-00000001.20260101T000000000000.old").symlink_to(elsewhere)
    assert found(tmp_path / "out") == {}


def test_a_file_frees_its_room_with_its_last_name(tmp_path: Path) -> None:
    first, second = make_run(tmp_path, "one-00000001"), make_run(tmp_path, "two-00000001")
    before = freed([Leftover("earlier", first)])
    (second / "test.npy").unlink()
    os.link(first / "test.npy", second / "test.npy")
    both = [Leftover("earlier", first), Leftover("earlier", second)]
    assert freed(both[:1]) == before - 1000
    assert freed(both) == freed(both[:1]) + freed(both[1:]) + 1000


def test_what_is_removed_is_gone(tmp_path: Path) -> None:
    run = make_run(tmp_path, "one.two-00000001")
    beside = make_run(tmp_path, "one-00000001")
    remove(Leftover("earlier", run))
    assert list(run.parent.iterdir()) == [beside]
    assert set(KINDS) >= {"earlier"}
