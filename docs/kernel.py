"""What the kernel of every page runs first: its folder has the competitions, and `%%sh` stops at a failure.

IPython's own `%%sh` goes on after a command that failed, and only the last one counts.
"""

import contextlib
import glob
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

from IPython.core.magic import register_cell_magic

# A page for every run of every page would cost a minute; the ones that show it call `kit report`.
os.environ["KIT_REPORT"] = "false"

shutil.copytree(
    Path(os.environ["KIT_DOCS_ROOT"]) / "competitions",
    "competitions",
    ignore=shutil.ignore_patterns("data", "cache"),
    dirs_exist_ok=True,
)

PLAIN = re.compile(r"kit ([^|<>&;$]*)(?: \| tail -n (\d+))?")
"""A command that needs no shell, and how many of its last lines are shown."""


@register_cell_magic
def sh(line: str, cell: str) -> None:
    """Run a cell's commands; the first that fails fails the cell."""
    commands = [PLAIN.fullmatch(command) for command in cell.splitlines()]
    if all(commands):
        for command in commands:
            _kit(shlex.split(command[1]), last=int(command[2] or 0))
        return
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", cell], capture_output=True, text=True)
    _show(done.stdout, done.stderr)
    done.check_returncode()


@register_cell_magic
def writefile(line: str, cell: str) -> None:
    """Write a cell into a file, and say nothing: its name stands above the cell."""
    Path(line.strip()).write_text(cell, encoding="utf-8")


def _show(out: str, err: str) -> None:
    """Print what a command printed; the page's folder has a name that says nothing."""
    print(out.replace(f"{Path.cwd()}/", "").replace(f"{Path.cwd()}", "."), end="")
    print(err, end="", file=sys.stderr)


def _kit(words: list[str], last: int) -> None:
    """Run a command of the kit in this process, which has imported it already: two seconds saved each."""
    from kit.cli.main import main

    argv = ["kit", *(path for word in words for path in sorted(glob.glob(word)) or [word])]
    out, err = io.StringIO(), io.StringIO()
    # Pages are executed side by side: a run need not start workers.
    one_core = mock.patch("os.sched_getaffinity", return_value={0}, create=True)
    words_given = mock.patch.object(sys, "argv", argv)
    with one_core, words_given, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code
    _show("".join(out.getvalue().splitlines(keepends=True)[-last:]), err.getvalue())
    if code:
        raise subprocess.CalledProcessError(code, argv)
