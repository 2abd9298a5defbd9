"""Provenance of plug-ins: the package that a class comes from, and the libraries that it names."""

from __future__ import annotations

import ast
import sys
import uuid
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import (
    Distribution,
    EntryPoint,
    PackageNotFoundError,
    distribution,
    distributions,
    packages_distributions,
    version,
)
from pathlib import Path
from typing import Any

from kit.files import digest, file_sha256

_GROUPS = "kit."
"""How the groups of entry points begin through which other packages add plug-ins."""

# What every key holds anyway: the kit's own code, and the libraries that all of it stands on.
_EVERYWHERE = frozenset({"kit", "sklearn", *sys.stdlib_module_names})


def provenance(cls: type) -> dict[str, Any]:
    """Return the code that a plug-in class depends on, as plain values; empty for most of the kit's own.

    Read once for a class: the files are taken as they were when it was first asked for, close to its import.

    Args:
        cls: The class.

    Returns:
        ``packages``: for the package that defines the class, and for those of its base classes, the distribution's name
        and version and the SHA-256 of the source files. An ordinary installed library that no plug-in comes from is
        known by its version alone. ``libraries``: the versions of the libraries that the class and its bases name.
    """
    return _provenance(cls)


@cache
def _provenance(cls: type) -> dict[str, Any]:
    packages = dict.fromkeys(module.partition(".")[0] for module in (base.__module__ for base in cls.__mro__))
    found: dict[str, Any] = {}
    if described := {name: _package(name) for name in packages if name not in _EVERYWHERE}:
        found["packages"] = described
    named = [name for base in cls.__mro__ for name in vars(base).get("libraries", ())]
    if versions := installed(sorted(set(named))):
        found["libraries"] = versions
    return found


def installed(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of distributions by name; those that are not installed are left out."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def origin(cls: type) -> str:
    """Return a class with the package that it comes from, for messages: "lab.Shrunk of lab-models 1.0"."""
    found = distribution_of(cls.__module__)
    package = f"{found.name} {found.version}" if found is not None else f"the module {cls.__module__}"
    return f"{cls.__module__}.{cls.__qualname__} of {package}"


def distribution_of(module: str) -> Distribution | None:
    """Return the installed distribution that a module belongs to, or None for one that lies somewhere by itself."""
    top = module.partition(".")[0]
    for found in distributions():
        # Installed "editable", a package lists no modules: what it offers as a plug-in says whose it is.
        if any(point.module.partition(".")[0] == top for point in _plugins_of(found)):
            return found
    names = packages_distributions().get(top, [])
    return distribution(names[0]) if names else None


def _plugins_of(found: Distribution) -> list[EntryPoint]:
    return [point for point in found.entry_points if point.group.startswith(_GROUPS)]


def _package(top: str) -> dict[str, str]:
    """Return name, version and source of the package with that top-level name."""
    found = distribution_of(top)
    described = {} if found is None else {"distribution": found.name, "version": found.version}
    if found is None or _may_change(found):
        described["source"] = _source_digest(top)
    return described


def _may_change(found: Distribution) -> bool:
    """Whether a distribution's files may be edited under the same version: a plug-in's package, or an editable one."""
    if _plugins_of(found):
        return True
    return found.read_text("RECORD") is None or '"editable": true' in (found.read_text("direct_url.json") or "")


def _source_digest(top: str) -> str:
    module = sys.modules.get(top)
    folders, file = list(getattr(module, "__path__", ())), getattr(module, "__file__", None)
    if folders:
        files = {str(path.relative_to(folder)): path for folder in folders for path in _files(Path(folder))}
    elif file is not None:
        files = {path.name: path for path in _with_siblings(Path(file))}
    else:
        return uuid.uuid4().hex  # typed into a notebook: what it was is not known, so its results are not reused
    return digest({name: file_sha256(path) for name, path in sorted(files.items())})


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a package: its code, and the data that the code may read."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside):
            yield path


def _with_siblings(file: Path) -> set[Path]:
    """Return a module's file and those of the modules beside it that it imports, directly or not."""
    found: set[Path] = set()
    pending = [file]
    while pending:
        path = pending.pop()
        if path in found:
            continue
        found.add(path)
        tree = ast.parse(path.read_bytes())
        names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        beside = [file.parent / f"{name.partition('.')[0]}.py" for name in names]
        pending += [path for path in beside if path.is_file()]
    return found
