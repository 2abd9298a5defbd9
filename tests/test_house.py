"""The floors of the house, as far as the import linter does not see them.

(pyproject.toml holds the layers: which room may import which.)
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import kit

PACKAGE = Path(kit.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

# What takes a second to import, or is an optional extra.
HEAVY = {"numpy", "scipy", "pandas", "sklearn", "pyarrow", "lightgbm", "xgboost", "torch", "rdkit", "anndata"}
LAZY = {"lightgbm", "xgboost", "catboost", "torch", "transformers", "rdkit", "anndata", "optuna", "matplotlib", "dask"}

ROOMS = [
    *("kit.splits", "kit.features", "kit.targets", "kit.models", "kit.blends", "kit.postprocess", "kit.metrics"),
    *("kit.config", "kit.data", "kit.data.simulate", "kit.training.train", "kit.training.joining.saved_run"),
    *("kit.predicting", "kit.submission.write", "kit.reports.plugins", "kit.testing"),
]

LONGEST, MEDIAN = 500, 150


def imported(statements: str, names: set[str]) -> list[str]:
    """Those of the named packages that a fresh process has imported after the statements."""
    code = f"{statements}\nimport sys\nprint('imported:', *sorted(set(sys.modules) & {names!r}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ended.stdout.rpartition("imported:")[2].split()


def test_help_is_quick() -> None:
    help_page = (
        "import sys; sys.argv = ['kit', '--help']\nfrom kit.cli.main import main\ntry: main()\nexcept SystemExit: pass"
    )
    assert imported(help_page, HEAVY | LAZY) == []


def test_a_model_imports_neither_scikit_learn_nor_pandas() -> None:
    # Each takes longer to import than the whole kit; a plug-in is an estimator without scikit-learn's base class.
    assert imported("from kit.models import Ridge", HEAVY | LAZY) == ["numpy", "scipy"]


def test_a_room_imports_boosters_and_extras_only_when_they_are_needed() -> None:
    # One process for all rooms: a room that imports too much is named by what it brings in.
    found = imported("\n".join(f"import {room}" for room in ROOMS), LAZY | {"numpy"})
    assert found == ["numpy"]


def test_modules_are_short() -> None:
    lengths = {m.as_posix(): len((PACKAGE / m).read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}, "cut them by what they are about"
    assert sorted(lengths.values())[len(lengths) // 2] <= MEDIAN


def test_imports_are_absolute_and_nothing_computes_with_tests() -> None:
    for module in MODULES:
        tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level], module
        names = imports_of(PACKAGE / module)
        assert not [name for name in names if name.split(".")[0] == "tests"], module
        # The suites are for authors of plug-ins: no other room leans on them.
        assert module.parts[0] == "testing" or not [n for n in names if n.startswith("kit.testing")], module


def imports_of(path: Path) -> set[str]:
    """What a file imports, by full names: modules, and names from modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def names_of(module: Path) -> set[str]:
    """The full names under which a module, and what it defines, may be imported: from itself or from its packages."""
    own = ".".join(["kit", *module.with_suffix("").parts])
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    packages = [".".join(["kit", *parent.parts]) for parent in module.parents]
    return {own} | {f"{package}.{name}" for package in packages for name in defined}


def test_every_module_is_tested_in_its_room() -> None:
    """A module has a test of its own, or is a part of one that has.

    Its own test is its mirror image (``tests/models/test_ridge.py`` for ``kit/models/ridge.py``, or one for the whole
    package) or another test of the same room that imports it or what it defines. Of a module with a test of its own,
    the modules of the same room that it imports are parts.
    """
    modules = [module for module in MODULES if module.name != "__init__.py"]
    names = {module: names_of(module) for module in modules}

    def named_in(path: Path, room: str) -> list[Path]:
        imported = imports_of(path)
        return [module for module in modules if module.parts[0] == room and names[module] & imported]

    reached: list[Path] = []
    for module in modules:
        mirrors = [module, *(parent.with_name(f"{parent.name}.py") for parent in module.parents if parent.name)]
        if any((TESTS / mirror.with_name(f"test_{mirror.name}")).is_file() for mirror in mirrors):
            reached.append(module)
    for room in sorted({module.parts[0] for module in modules}):
        for path in (TESTS / room).rglob("test_*.py"):
            reached += named_in(path, room)
    covered: set[Path] = set()
    while reached:
        module = reached.pop()
        if module not in covered:
            covered.add(module)
            reached += named_in(PACKAGE / module, module.parts[0])
    missing = [f"kit/{module.as_posix()}" for module in modules if module not in covered]
    assert not missing, f"mirror in tests/, or import in a test of their room: {', '.join(missing)}"
