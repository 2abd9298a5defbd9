from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from kit.models import Ridge
from kit.plugins import Plugin
from kit.plugins.provenance import distribution_of, installed, origin, provenance
from tests.loose import Loose, loose_modules


@pytest.fixture
def loose(tmp_path: Path) -> Iterator[Loose]:
    with loose_modules(tmp_path) as modules:
        yield modules


CLASS = "from kit.plugins import Plugin\nclass Thing(Plugin):\n    factor = {}\n"


def described(module: Any) -> dict[str, Any]:
    return provenance(module.Thing)["packages"]


def test_a_plugin_of_the_kit_needs_no_more_than_the_libraries_it_names() -> None:
    class Grown(Ridge):
        libraries = ("scipy", "a library that is not installed")

    class Fitted(Grown):
        libraries = ("numpy",)

    Grown.__module__ = Fitted.__module__ = "kit.models.grown"
    assert provenance(Ridge) == {}
    assert provenance(Grown) == {"libraries": {"scipy": version("scipy")}}
    assert provenance(Fitted) == {"libraries": installed(["numpy", "scipy"])}


def test_an_edited_module_is_another_one(tmp_path: Path, loose: Loose) -> None:
    (tmp_path / "loose_plugin.py").write_text(CLASS.format(1))
    first, same = described(loose.load("loose_plugin")), described(loose.load("loose_plugin"))
    (tmp_path / "loose_plugin.py").write_text(CLASS.format(2))
    assert first == same != described(loose.load("loose_plugin"))
    assert first["loose_plugin"].keys() == {"source"}


def test_a_module_counts_with_those_beside_it_that_it_imports(tmp_path: Path, loose: Loose) -> None:
    (tmp_path / "loose_plugin.py").write_text("import loose_help\n" + CLASS.format("loose_help.FACTOR"))
    (tmp_path / "loose_help.py").write_text("from loose_deep import FACTOR\n")
    (tmp_path / "loose_deep.py").write_text("FACTOR = 1\n")
    (tmp_path / "a_stranger.py").write_text("1\n")
    first = described(loose.load("loose_plugin"))
    (tmp_path / "a_stranger.py").write_text("2\n")
    assert described(loose.load("loose_plugin")) == first
    (tmp_path / "loose_deep.py").write_text("FACTOR = 2\n")
    assert described(loose.load("loose_plugin")) != first


def test_a_package_counts_with_all_its_files(tmp_path: Path, loose: Loose) -> None:
    package = tmp_path / "loose_package"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text(CLASS.format(1))
    (package / "data" / "table.csv").write_text("1\n")
    first = described(loose.load("loose_package"))
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "old.pyc").write_text("1\n")
    assert described(loose.load("loose_package")) == first
    (package / "data" / "table.csv").write_text("2\n")
    assert described(loose.load("loose_package")) != first


def test_a_package_counts_with_the_package_of_a_base_class(tmp_path: Path, loose: Loose) -> None:
    (tmp_path / "loose_base.py").write_text(CLASS.format(1))
    (tmp_path / "loose_plugin.py").write_text("import loose_base\nclass Thing(loose_base.Thing): ...\n")
    loose.load("loose_base")
    assert set(described(loose.load("loose_plugin"))) == {"loose_base", "loose_plugin"}


@pytest.mark.parametrize("offers", ["", "[kit.models]\nthing = packed_plugin:Thing\n"])
def test_an_installed_library_is_known_by_its_version_and_a_plugins_package_by_its_files_too(
    tmp_path: Path, loose: Loose, offers: str
) -> None:
    about = tmp_path / "packed_plugins-2.5.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: packed-plugins\nVersion: 2.5\n")
    (about / "RECORD").write_text("packed_plugin.py,,\npacked_plugins-2.5.dist-info/RECORD,,\n")
    (about / "entry_points.txt").write_text(offers)
    (tmp_path / "packed_plugin.py").write_text(CLASS.format(1))
    [found] = described(loose.load("packed_plugin")).values()
    assert (found["distribution"], found["version"]) == ("packed-plugins", "2.5")
    assert ("source" in found) == bool(offers)
    assert origin(loose.load("packed_plugin").Thing) == "packed_plugin.Thing of packed-plugins 2.5"


def test_an_editable_package_is_known_by_its_files(tmp_path: Path, loose: Loose) -> None:
    about = tmp_path / "packed_plugins-2.5.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: packed-plugins\nVersion: 2.5\n")
    (about / "RECORD").write_text("packed_plugin.py,,\n")
    (about / "direct_url.json").write_text('{"dir_info": {"editable": true}, "url": "file:///src"}')
    (tmp_path / "packed_plugin.py").write_text(CLASS.format(1))
    [found] = described(loose.load("packed_plugin")).values()
    assert {"version", "source"} <= found.keys()


def test_a_class_whose_code_is_lost_is_never_the_same_again() -> None:
    found = [provenance(type("Typed", (Plugin,), {"__module__": "a_notebook"})) for _ in range(2)]
    assert found[0] != found[1]


def test_the_distribution_of_a_module() -> None:
    found = distribution_of("kit.models.ridge")
    assert found is not None
    assert found.name == "perturbation-kit"
    assert distribution_of("a_module_that_is_nowhere") is None
