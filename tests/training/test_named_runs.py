"""Runs by path, by name, and the latest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import InputError
from kit.files import DONE, write_done
from kit.training.named_runs import find_run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Runs of two recipes, one of them of two competitions, one not finished, one set aside."""
    names = ["first/runs/ridge-11111111", "first/runs/trees-22222222", "second/runs/ridge-33333333"]
    for age, name in enumerate([*names, "second/runs/.trees-22222222.2020.old"]):
        run = tmp_path / name
        run.mkdir(parents=True)
        (run / "manifest.json").write_text("{}")
        if "trees" not in name:
            write_done(run, "key", [])
            os.utime(run / DONE, (1000.0 * (age + 1), 1000.0 * (age + 1)))
    return tmp_path


def test_a_path_is_itself(out: Path) -> None:
    assert find_run(out / "first", out) == out / "first"


def test_a_recipe_or_run_is_found_by_its_name(out: Path) -> None:
    assert find_run(Path("trees"), out) == out / "first/runs/trees-22222222"
    assert find_run(Path("ridge-33333333"), out) == out / "second/runs/ridge-33333333"


def test_the_latest_is_the_one_that_was_finished_last(out: Path) -> None:
    assert find_run(Path("latest"), out) == out / "second/runs/ridge-33333333"
    os.utime(out / "first/runs/ridge-11111111" / DONE, (9000.0, 9000.0))
    assert find_run(Path("latest"), out) == out / "first/runs/ridge-11111111"


def test_a_name_of_several_lists_them_the_latest_first(out: Path) -> None:
    with pytest.raises(InputError, match="2 runs have that name; give the folder of one") as caught:
        find_run(Path("ridge"), out)
    _, first, second = str(caught.value).splitlines()
    assert "second/runs/ridge-33333333 (finished 1970-01-01 00:50 UTC)" in first
    assert "first/runs/ridge-11111111" in second


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rigde", r"no such file, and no run of that name in .* \(did you mean 'ridge'\?\)"),
        ("nowhere/ridge", "there is no folder nowhere"),
    ],
)
def test_what_is_not_there(out: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_run(Path(name), out)


def test_without_a_finished_run_there_is_no_latest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no finished run in"):
        find_run(Path("latest"), tmp_path)
