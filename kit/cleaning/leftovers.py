"""Finding what may go in the folder of runs, how much each frees, and removing it."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from kit.config.load import RESOLVED
from kit.errors import StateError
from kit.files import DONE, finished_key, read_json, teaching_os_errors
from kit.files.temporary import stale, temporary_name
from kit.training.named_runs import runs_in
from kit.training.run_directory import RunDirectory

KINDS = {
    "superseded": "a later run of the same recipe and settings is there",
    "aside": "set aside by --fresh",
    "temporary": "left by a process that was killed",
    "unfinished": "cut off; the same command would go on with it",
    "earlier": "a later run of the recipe is there, with other settings",
}
"""What there is to clean, and why it may go."""

ALWAYS = ("superseded", "aside", "temporary")
"""The kinds that nobody needs; the others go only by their names."""


@dataclass(frozen=True)
class Leftover:
    """A file or folder that may go.

    Attributes:
        kind: Which of `KINDS` it is.
        path: Where it is.
    """

    kind: str
    path: Path


def find_leftovers(out: Path) -> list[Leftover]:
    """Return what may go, by kind and path; nothing that a process works on, and no run that a blend is made of.

    Args:
        out: Where runs are kept.
    """
    kept = _blended(out)
    runs = [run for run in runs_in(out) if _is_own(run)]
    finished = [run for run in runs if finished_key(run) is not None]
    found = [Leftover("unfinished", run) for run in runs if run not in finished and not _is_busy(run)]
    found += [one for one in _outdated(finished) if one.path.resolve() not in kept]
    found += [Leftover("aside", path) for path in out.glob("*/runs/.*.old") if _is_own(path)]
    # What lies inside of another goes with it.
    inside = {one.path for one in found}
    cut_off = [path for path in stale(out.rglob(".*.tmp*")) if not inside.intersection(path.parents)]
    found += [Leftover("temporary", path) for path in cut_off if not set(cut_off).intersection(path.parents)]
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one.kind), one.path))


def freed(leftovers: Iterable[Leftover]) -> int:
    """Return how many bytes the removal of all of them frees.

    Runs share files by links; a file frees its room when its last name goes.
    """
    names: Counter[tuple[int, int]] = Counter()
    links: dict[tuple[int, int], tuple[int, int]] = {}
    for one in leftovers:
        for file in _files(one):
            known = file.lstat()
            names[known.st_dev, known.st_ino] += 1
            links[known.st_dev, known.st_ino] = known.st_nlink, known.st_size
    return sum(size for file, (n_links, size) in links.items() if names[file] >= n_links)


def remove(leftover: Leftover) -> None:
    """Remove it; a folder is renamed first, so that nobody finds half of it.

    Raises:
        RunBusyError: A process works on the run.
        RunError: It cannot be removed.
    """
    path = leftover.path
    with teaching_os_errors(path):
        if not path.is_dir() or path.is_symlink():
            path.unlink(missing_ok=True)
            return
        going = temporary_name(path)
        if leftover.kind in ("superseded", "unfinished", "earlier"):
            with RunDirectory(path).locked():
                path.rename(going)
        else:
            path.rename(going)
        shutil.rmtree(going)


def _outdated(finished: Iterable[Path]) -> Iterator[Leftover]:
    """Yield the finished runs that are not the latest of their recipe, or of its settings."""
    by_recipe: dict[tuple[Path, str], list[Path]] = {}
    for run in finished:
        by_recipe.setdefault((run.parent, run.name.rpartition("-")[0]), []).append(run)
    for runs in by_recipe.values():
        later: set[str] = set()
        for place, run in enumerate(sorted(runs, key=lambda run: -(run / DONE).stat().st_mtime)):
            settings = _settings(run)
            if settings in later:
                yield Leftover("superseded", run)
            elif place:
                yield Leftover("earlier", run)
            later.add(settings)


def _settings(run: Path) -> str:
    """Return a run's whole configuration, but for the kit that wrote it."""
    lines = (run / RESOLVED).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("kit_version:"))


def _blended(out: Path) -> set[Path]:
    """Return the runs that blends are made of."""
    kept: set[Path] = set()
    for file in out.glob("*/blends/*/blend.json"):
        try:
            kept |= {Path(str(member["path"])).resolve() for member in read_json(file)["members"]}
        except (StateError, KeyError, TypeError):
            continue
    return kept


def _is_busy(run: Path) -> bool:
    if not (run / ".lock").exists():
        return False
    try:
        with FileLock(run / ".lock", timeout=0):
            return False
    except Timeout:
        return True


def _is_own(path: Path) -> bool:
    """Whether a path is a file or folder itself, not a link to one elsewhere."""
    return not path.is_symlink()


def _files(leftover: Leftover) -> Iterator[Path]:
    if leftover.path.is_dir() and not leftover.path.is_symlink():
        for folder, _, names in os.walk(leftover.path):
            yield from (Path(folder, name) for name in names)
    elif leftover.path.exists():
        yield leftover.path
