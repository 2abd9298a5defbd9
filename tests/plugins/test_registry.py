from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import kit.plugins.registry as module
from kit.errors import UnknownPluginError
from kit.plugins import Plugin, Registry
from kit.reports.plugins import FAMILIES
from tests.plugins.toys import TOYS, Bag, Native, Pair, Scale


@pytest.fixture
def family() -> Iterator[Registry[Plugin]]:
    yield Registry("test_family", "kit.test_family")
    del Registry._families["test_family"]


@dataclass(frozen=True)
class Point:
    """An entry point of an installed package."""

    name: str
    value: type[Plugin]

    def load(self) -> type[Plugin]:
        return self.value


def test_a_class_is_found_by_its_short_name() -> None:
    assert TOYS.get("scale") is Scale
    assert (Scale.kind, Scale.family) == ("scale", "test_toy")
    assert TOYS.kinds() == ["bag", "native", "pair", "scale"]
    assert list(TOYS) == [Bag, Native, Pair, Scale]
    assert "pair" in TOYS
    assert "triple" not in TOYS
    assert Registry.of("test_toy") is TOYS


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownPluginError, match=r"no test_toy 'scael' \(did you mean 'scale'\?\)"):
        TOYS.get("scael")
    with pytest.raises(UnknownPluginError, match=r"no test_toy 'x' \(known: bag, native, pair, scale\)"):
        TOYS.get("x")
    with pytest.raises(UnknownPluginError, match=r"no plug-in family 'test_toys' \(did you mean 'test_toy'\?\)"):
        Registry.of("test_toys")


def test_two_classes_do_not_share_a_name(family: Registry[Plugin]) -> None:
    class One(Plugin): ...

    class Other(Plugin): ...

    family.register("one")(One)
    family.register("one")(One)  # a module that is imported twice
    with pytest.raises(ValueError, match=r"the test_family 'one' is already registered, by .*One"):
        family.register("one")(Other)
    assert Other.kind == ""


def test_another_package_adds_a_plugin(family: Registry[Plugin], monkeypatch: pytest.MonkeyPatch) -> None:
    class Foreign(Plugin):
        """From another package."""

    class Own(Plugin):
        """From the kit."""

    asked: list[str] = []

    def entry_points(group: str) -> list[Any]:
        asked.append(group)
        return [Point("foreign", Foreign)]

    monkeypatch.setattr(module, "entry_points", entry_points)
    family.register("own")(Own)
    assert family.get("own") is Own
    assert asked == []  # a name that is known needs no look at what is installed
    assert family.get("foreign") is Foreign
    assert (Foreign.kind, Foreign.family) == ("foreign", "test_family")
    assert family.kinds() == ["foreign", "own"]
    assert asked == ["kit.test_family"]


def test_another_package_does_not_take_a_name_that_is_there(
    family: Registry[Plugin], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Own(Plugin): ...

    class Foreign(Plugin): ...

    monkeypatch.setattr(module, "entry_points", lambda group: [Point("own", Foreign)])
    family.register("own")(Own)
    with pytest.raises(ValueError, match="already registered"):
        family.kinds()


def test_the_kits_families_have_entry_point_groups_of_their_own() -> None:
    groups = [registry.group for registry in FAMILIES.values()]
    assert len(set(groups)) == len(groups)
    assert all(group.startswith("kit.") for group in groups)
