"""Runs the suite on other Pythons, without torch: `make test-pythons`.

    python tools/pythons.py 3.12 3.13 -- -m pytest

Each version is looked for as `python3.12` on PATH and among pyenv's; its environment is kept in build/python-3.12.
torch is left out because wheels for the CPU alone are not at hand for every Python; tests that need it are skipped and
say so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = "chem,h5ad,test"


def main(arguments: list[str]) -> int:
    """Test every version that is there; return 1 when a suite failed or none is there."""
    at = arguments.index("--")
    found = {version: interpreter(version) for version in arguments[:at]}
    passed = {version: test(version, python, arguments[at + 1 :]) for version, python in found.items() if python}
    for version in found:
        said = "not found, neither on PATH nor among pyenv's" if version not in passed else ""
        print(f"Python {version}: {said or ('passed' if passed[version] else 'FAILED')}")
    return 0 if passed and all(passed.values()) else 1


def interpreter(version: str) -> str | None:
    """Return a Python of this version that runs, or None."""
    name = f"python{version}"
    candidates = [shutil.which(name)]
    if shutil.which("pyenv"):
        root = Path(subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout.strip())
        candidates += [str(path / "bin" / name) for path in sorted(root.glob(f"versions/{version}.*"))]
    for candidate in candidates:
        # pyenv puts commands on PATH that only say which version has them.
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def test(version: str, python: str, suite: list[str]) -> bool:
    """Run the suite with an interpreter, in an environment with the pinned versions; return whether it passed."""
    folder = ROOT / "build" / f"python-{version}"
    print(f"Python {version}: {python}", flush=True)
    own = str(folder / "bin" / "python")
    install = [own, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--editable", f".[{EXTRAS}]"]
    install += ["--constraint", "constraints.txt"]
    commands = [[python, "-m", "venv", str(folder)], install, [own, *suite]]
    return all(subprocess.run(command, cwd=ROOT, check=False).returncode == 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
