"""Builds the wheel, trains the demo and a recipe that travels with it, away from the clone: `make dist`.

    python tools/dist.py

The wheel and the source distribution go to build/dist.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "build" / "dist"


def main() -> None:
    """Build, install into an empty environment, train; a step that fails ends it.

    Raises:
        CalledProcessError: A step failed.
    """
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        outside = Path(temporary)
        builder = environment(outside / "builder", "build")
        run(builder, "-m", "build", "--quiet", "--outdir", DIST, ROOT, cwd=outside)
        (wheel,) = DIST.glob("*.whl")
        python = environment(outside / "environment", wheel)
        shutil.copytree(
            ROOT / "competitions" / "demo", outside / "demo", ignore=shutil.ignore_patterns("data", "cache")
        )
        run(python, "-c", f"import kit; assert not kit.__file__.startswith({str(ROOT)!r}), kit.__file__", cwd=outside)
        kit = python.with_name("kit")
        run(kit, "train", "demo/competition.yaml", "--out", "runs", cwd=outside)
        (submission,) = (outside / "runs" / "demo").glob("*.csv")
        run(kit, "check", submission, "demo/competition.yaml", cwd=outside)
        run(kit, "recipes", cwd=outside)
        for recipe in ("third_place", "best"):
            run(kit, "recipes", "copy", recipe, "demo", cwd=outside)
        # A competition is laid out with its file and recipe, from tables that were got by other means.
        shutil.copytree(outside / "demo" / "data", outside / "fetched" / "downloaded")
        run(kit, "data", "fetch", "open-problems", "--out", "fetched", cwd=outside)
        run(kit, "train", "fetched/competition.yaml", "--out", "runs", "--dry-run", cwd=outside)
        # The third place needs torch, which is not there: it is read and planned.
        run(kit, "train", "demo/third_place.yaml", "--out", "runs", "--dry-run", cwd=outside)
        run(kit, "train", "demo/best.yaml", "--out", "runs", "--set", "preset=small", cwd=outside)
    print("built, installed elsewhere, and the demo trained there:", *sorted(path.name for path in DIST.iterdir()))


def environment(folder: Path, *requirements: str | Path) -> Path:
    """Return the interpreter of a new environment with the requirements in the pinned versions."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--constraint", ROOT / "constraints.txt", *requirements, cwd=folder)
    return python


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command that sees nothing of the clone.

    Raises:
        CalledProcessError: It failed.
    """
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "KIT_DATA")}
    own["KIT_CACHE"] = str(cwd / "cache")
    own["PIP_CONSTRAINT"] = str(ROOT / "constraints.txt")
    subprocess.run([str(word) for word in command], cwd=cwd, env=own, check=True)


if __name__ == "__main__":
    sys.exit(main())
