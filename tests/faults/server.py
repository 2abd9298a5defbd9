"""A process that runs commands of the kit, each in a fork of its own, on a disk that fails.

Everything is imported once, and every attempt is a real process that can die of a real SIGKILL. It reads a line of
JSON for every attempt (`Attempt`) and writes one (`Result`).
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from tests.faults.layer import Fault, Operation, limit_sizes, watch


@dataclass(frozen=True)
class Attempt:
    """A command to be tried.

    Attributes:
        arguments: Of the command line.
        folder: Where it runs, and whose files are watched.
        fault: What is to happen, or None.
        most_bytes: How large a file may get, or None.
        forks: Whether a process of its own runs it. Without, everything that it imports is there for later forks.
    """

    arguments: list[str]
    folder: str
    fault: Fault | None = None
    most_bytes: int | None = None
    forks: bool = True


@dataclass(frozen=True)
class Result:
    """What became of an attempt.

    Attributes:
        code: The exit code, or None for a process that was killed.
        output: What it printed.
        operations: What it did with files; nothing where these are limited.
    """

    code: int | None
    output: str
    operations: list[Operation]


def run(attempt: Attempt) -> Result:
    """Run a command."""
    if not attempt.forks:
        return _run_without_fork(attempt)
    # A pipe, which limits on files leave alone.
    reading, writing = os.pipe()
    with tempfile.TemporaryFile("w+") as operations:
        process = os.fork()
        if process == 0:
            os.close(reading)
            _run_here(attempt, writing, operations)
        os.close(writing)
        with open(reading, encoding="utf-8") as output:
            printed = output.read()
        _, status = os.waitpid(process, 0)
        operations.seek(0)
        seen = [Operation(*json.loads(line)) for line in operations]
        return Result(None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), printed, seen)


def _run_without_fork(attempt: Attempt) -> Result:
    from kit.cli.main import main

    os.chdir(attempt.folder)
    sys.argv = ["kit", *attempt.arguments]
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            main()
        except SystemExit as end:
            return Result(int(end.code or 0), printed.getvalue(), [])
    raise AssertionError("main returned")


def _run_here(attempt: Attempt, output: int, operations: IO[str]) -> None:
    from kit.cli.main import main

    code = 99
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(attempt.folder)
        sys.argv = ["kit", *attempt.arguments]

        def note(operation: Operation) -> None:
            os.write(operations.fileno(), json.dumps([operation.kind, operation.place]).encode() + b"\n")

        if attempt.most_bytes is None:
            watch(Path(attempt.folder), note, attempt.fault)
        else:
            limit_sizes(attempt.most_bytes)
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _attempt(line: str) -> Attempt:
    given: dict[str, Any] = json.loads(line)
    fault = given.pop("fault")
    return Attempt(**given, fault=None if fault is None else Fault(**fault))


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(asdict(run(_attempt(line)))), flush=True)
