"""What the kernel of every page runs first: its folder has the competitions, and `%%sh` stops at a failure.

IPython's own `%%sh` goes on after a command that failed, and only the last one counts.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from IPython.core.magic import register_cell_magic

shutil.copytree(
    Path(os.environ["KIT_DOCS_ROOT"]) / "competitions",
    "competitions",
    ignore=shutil.ignore_patterns("data", "cache"),
    dirs_exist_ok=True,
)


@register_cell_magic
def sh(line: str, cell: str) -> None:
    """Run a cell's commands; the first that fails fails the cell."""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", cell], capture_output=True, text=True)
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    done.check_returncode()
