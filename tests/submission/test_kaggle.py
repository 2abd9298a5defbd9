"""Kaggle's program, played by a stand-in on PATH."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kit.errors import InputError, RunError
from kit.submission.kaggle import Answer, hand_in, submit_command, wait_for_answer, was_handed_in

HEADER = "fileName,date,description,status,publicScore,privateScore"
STAND_IN = """\
#!/bin/sh
echo "$@" >> "$KAGGLE_CALLS"
if [ "$2" = submit ]; then
  [ -n "$KAGGLE_FAILS" ] && { echo "403 - Forbidden" >&2; exit 1; }
  echo "Successfully submitted"
  exit 0
fi
n=$(grep -c submissions "$KAGGLE_CALLS")
echo "Warning: Looks like you're using an outdated API Version"
cat "$KAGGLE_ANSWERS/$n"
"""


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program called kaggle on PATH; return the folder where its answers are laid, 1, 2, …"""
    program = tmp_path / "bin" / "kaggle"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KAGGLE_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("KAGGLE_ANSWERS", str(tmp_path))
    return tmp_path


def answer(folder: Path, number: int, *lines: str) -> None:
    (folder / str(number)).write_text("\n".join([HEADER, *lines]) + "\n")


def test_the_score_is_waited_for(kaggle: Path) -> None:
    old = "a.csv,2026-01-01,mine,complete,0.9,"
    answer(kaggle, 1, old.replace("mine", "another"))
    answer(kaggle, 2, "a.csv,2026-01-02,mine,SubmissionStatus.PENDING,,", old)
    answer(kaggle, 3, "a.csv,2026-01-02,mine,SubmissionStatus.COMPLETE,0.541,0.77", old)
    waited: list[float] = []
    found = wait_for_answer("op", "a.csv", "mine", 600, sleep=waited.append)
    assert found == Answer(0.541, 0.77)
    assert len(waited) == 2


def test_what_is_handed_in_and_asked(kaggle: Path) -> None:
    hand_in(submit_command("op", Path("x/a.csv"), "process and ridge"))
    answer(kaggle, 1, "a.csv,2026-01-02,m,complete,,")
    assert wait_for_answer("op", "a.csv", "m", 1) == Answer(None, None)
    assert (kaggle / "calls").read_text().splitlines() == [
        "competitions submit -c op -f x/a.csv -m process and ridge",
        "competitions submissions -c op --csv",
    ]


def test_whether_it_was_handed_in(kaggle: Path) -> None:
    answer(kaggle, 1, "a.csv,2026-01-02,another,complete,0.5,")
    answer(kaggle, 2, "a.csv,2026-01-02,mine,pending,,")
    answer(kaggle, 3, "a.csv,2026-01-02,mine,SubmissionStatus.ERROR,,")
    assert [was_handed_in("op", "a.csv", "mine") for _ in range(3)] == [False, True, False]


def test_a_score_that_does_not_come(kaggle: Path) -> None:
    for number in (1, 2, 3):
        answer(kaggle, number, "a.csv,2026-01-02,m,pending,,")
    times = iter([0.0, 1.0, 5.0, 11.0])
    with pytest.raises(RunError, match="no score after 10 s"):
        wait_for_answer("op", "a.csv", "m", 10, sleep=lambda _: None, clock=lambda: next(times))


def test_refusals_are_told(kaggle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(kaggle, 1, "a.csv,2026-01-02,m,error,,")
    with pytest.raises(RunError, match=r"could not score a\.csv"):
        wait_for_answer("op", "a.csv", "m", 10)
    monkeypatch.setenv("KAGGLE_FAILS", "1")
    with pytest.raises(RunError, match="exit code 1: 403 - Forbidden"):
        hand_in(submit_command("op", Path("a.csv"), "m"))


def test_without_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="pip install kaggle"):
        hand_in(["kaggle", "competitions"])
