"""Environments of the peers, made by pip in build/peers and kept there."""

from __future__ import annotations

import shutil
import subprocess
import venv
from pathlib import Path

from benchmarks.bench.side_by_side import ROOT
from benchmarks.peers.peers import ENVIRONMENTS

BUILD = ROOT / "build" / "peers"


class NotInstalledError(Exception):
    """A peer is not installed; the message says why."""


def install(name: str) -> Path:
    """Make an environment, unless it is there, and return its Python.

    Torch is the version of constraints.txt. What was refused once is not tried again until its folder is removed.

    Raises:
        NotInstalledError: pip refused.
    """
    folder = BUILD / name
    installed, refused = folder / "installed.txt", folder / "refused.txt"
    if not installed.exists() and not refused.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        why = _pip(folder, *ENVIRONMENTS[name].requirements)
        (refused if why else installed).write_text(why, encoding="utf-8")
    if refused.exists():
        raise NotInstalledError(refused.read_text(encoding="utf-8"))
    return folder / "bin" / "python"


def versions(python: Path, names: tuple[str, ...]) -> str:
    """Return the versions of distributions in an environment."""
    code = "import sys\nfrom importlib.metadata import version\nprint(', '.join(map(version, sys.argv[1:])))"
    shown = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True).stdout.strip()
    return ", ".join(f"{name} {one}" for name, one in zip(names, shown.split(", "), strict=True))


def _pip(folder: Path, *arguments: str) -> str:
    """Install; return why pip refused, or nothing."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(line for line in lines if line.startswith("torch==")), encoding="utf-8")
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    command = [*pip, "--constraint", constraints, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return refusal(done.stderr) if done.returncode else ""


def refusal(stderr: str) -> str:
    """Return what pip says of why, in one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
    conflicts = [line for line in lines if " depends on " in line or line.startswith("The user requested ")]
    return "; ".join(dict.fromkeys(conflicts or [line.removeprefix("ERROR: ") for line in said[-1:]]))
