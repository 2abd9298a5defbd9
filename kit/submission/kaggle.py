"""Handing in at Kaggle with its own command line, which holds the token: the kit neither reads nor stores it."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.errors import InputError, RunError

PROGRAM = "kaggle"
_POLL_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """What the leaderboard answered.

    Attributes:
        public: The public score; None where it is not shown.
        private: The private score; None as long as it is not shown.
    """

    public: float | None
    private: float | None


def submit_command(competition: str, file: Path, message: str) -> list[str]:
    """Return the command that hands a file in.

    Args:
        competition: The competition's name in its address at Kaggle.
        file: The submission.
        message: What Kaggle shows beside it.
    """
    return [PROGRAM, "competitions", "submit", "-c", competition, "-f", str(file), "-m", message]


def hand_in(command: Sequence[str]) -> str:
    """Hand in by a command of `submit_command` and return what was printed.

    Raises:
        InputError: The program is not installed.
        RunError: It failed; the message has what it printed.
    """
    return call(command, "without --yes the command is only printed")


def call(command: Sequence[str], instead: str) -> str:
    """Carry out a command of Kaggle's program and return what it printed.

    Args:
        command: The program and its arguments.
        instead: What to do where the program is not installed.

    Raises:
        InputError: The program is not installed.
        RunError: It failed; the message has what it printed.
    """
    if shutil.which(command[0]) is None:
        raise InputError(
            f"there is no program {command[0]!r}: `pip install kaggle`, and put its token where its documentation "
            f"says; {instead}"
        )
    done = subprocess.run(list(command), capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(f"{done.stdout} {done.stderr}".split())[-500:]
        raise RunError(
            f"{' '.join(command[:3])} failed with exit code {done.returncode}: {said or 'it printed nothing'}"
        )
    return done.stdout


def wait_for_answer(
    competition: str,
    file_name: str,
    message: str,
    patience: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Ask for the newest submission of a file until it has a score.

    Args:
        competition: The competition's name in its address.
        file_name: The submission's file name.
        message: Its message.
        patience: Seconds to wait at most.
        sleep: Waits some seconds.
        clock: Tells the seconds.

    Raises:
        RunError: Kaggle refused the file, its command failed, or no score came in time.
    """
    asked = _asking(competition)
    end = clock() + patience
    while True:
        line = _newest(hand_in(asked), file_name, message)
        status = "" if line is None else _status(line)
        if line is not None and status == "complete":
            return Answer(_score(line.get("publicScore", "")), _score(line.get("privateScore", "")))
        if status == "error":
            raise RunError(f"Kaggle could not score {file_name}: `{' '.join(asked[:-1])}` shows why")
        if clock() >= end:
            raise RunError(
                f"{file_name} was handed in and has no score after {patience:.0f} s; when `{' '.join(asked[:-1])}` "
                "shows it, write it into the ledger's column `public`"
            )
        sleep(_POLL_SECONDS)


def was_handed_in(competition: str, file_name: str, message: str) -> bool:
    """Whether Kaggle has a submission of a file and message: one whose score was not waited for.

    Args:
        competition: The competition's name in its address.
        file_name: The submission's file name, which ends with the run's hash.
        message: Its message.

    Raises:
        InputError: Kaggle's program is not installed.
        RunError: It failed.
    """
    line = _newest(hand_in(_asking(competition)), file_name, message)
    return line is not None and _status(line) != "error"


def _asking(competition: str) -> list[str]:
    return [PROGRAM, "competitions", "submissions", "-c", competition, "--csv"]


def _status(line: dict[str, str]) -> str:
    """Return ``complete``, ``pending`` or ``error``, which older programs write with a class's name before it."""
    return line.get("status", "").rpartition(".")[2].lower()


def _newest(printed: str, file_name: str, message: str) -> dict[str, str] | None:
    """Return the first line of a file and message in Kaggle's table, whose newest line stands first."""
    lines = printed.splitlines()
    # A warning about the program's own version may stand before the table.
    start = next((place for place, line in enumerate(lines) if "fileName" in line.split(",")), None)
    if start is None:
        return None
    table = csv.DictReader(io.StringIO("\n".join(lines[start:])))
    mine = [line for line in table if line.get("fileName") == file_name and line.get("description", "") == message]
    return mine[0] if mine else None


def _score(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
