"""CPU seconds of imports, each in processes of its own, beside those of the libraries that are left out."""

from __future__ import annotations

import subprocess
import sys

from benchmarks._measure import machine

STATEMENTS = (
    "pass",
    "import kit",
    "from kit.models import Ridge",
    "from kit.features import OneHot",
    "import kit; kit.train",
    "import numpy",
    "import pandas",
    "import sklearn.base",
)
REPEATS = 5

AFTERWARDS = "import os; spent = os.times(); print(spent.user + spent.system)"


def seconds(statement: str) -> list[float]:
    """Return the CPU seconds, user and system, of processes that carry out a statement and end."""
    command = [sys.executable, "-c", f"{statement}\n{AFTERWARDS}"]
    return sorted(float(subprocess.check_output(command, text=True)) for _ in range(REPEATS))


def main() -> None:
    print(f"{machine()}\n\n| statement | CPU s, least of {REPEATS} | greatest |\n|---|---|---|")
    for statement in STATEMENTS:
        found = seconds(statement)
        print(f"| `{statement}` | {found[0]:.2f} | {found[-1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
