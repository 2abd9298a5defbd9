from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import kit.plugins.registry as module
from kit.errors import PluginWarning, UnknownPluginError
from kit.plugins import Plugin, Registry
from kit.reports.plugins import FAMILIES
from tests.plugins.toys import TOYS, Bag, Native, Pair, Scale


@pytest.fixture
def family() -> Iterator[Registry[Plugin]]:
    yield Registry("test_family", "kit.test_family")
    del Registry._families["test_family"]


@dataclass(frozen=True)
class Owner:
    """A distribution."""

    name: str
    version: str = "1.0"


@dataclass(frozen=True)
class Point:
    """An entry point of an installed package; `load` gives the class, or raises what importing it raised."""

    name: str
    loaded: Any
    dist: Owner | None = Owner("lab-models")
    value: str = "lab:Thing"

    def load(self) -> Any:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


Offer = Callable[..., None]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Make some entry points those of the installed packages."""

    def install(*points: Point) -> None:
        monkeypatch.setattr(module, "entry_points", lambda group: list(points))

    return install


def from_package(package: str, name: str = "Foreign") -> type[Plugin]:
    """Return a new class as another package would define it."""
    return type(name, (Plugin,), {"__module__": package})


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


def test_another_package_adds_a_plugin(family: Registry[Plugin], offer: Offer) -> None:
    Own, Foreign = family.register("own")(from_package("first", "Own")), from_package("lab")
    offer(Point("foreign", Foreign))
    assert family.get("own") is Own
    assert Foreign.kind == ""  # a name that nobody else claims loads no other package
    assert family.get("foreign") is Foreign
    assert (Foreign.kind, Foreign.family) == ("foreign", "test_family")
    assert family.kinds() == ["foreign", "own"]


def test_a_name_that_two_packages_claim_belongs_to_neither(family: Registry[Plugin], offer: Offer) -> None:
    class Own(Plugin): ...

    class Other(Plugin): ...

    family.register("own")(Own)
    family.register("other")(Other)
    offer(Point("own", from_package("lab")), Point("third", from_package("lab", "Third")))
    both = r"two packages register the test_family 'own': tests\..*Own of .*, and lab\.Foreign of .*remove one"
    with pytest.warns(PluginWarning, match=both):
        assert family.kinds() == ["other", "third"]
    assert family.get("other") is Other  # whoever does not use the name is not concerned
    with pytest.raises(UnknownPluginError, match=both):
        family.get("own")
    assert "own" not in family


def test_the_clash_is_seen_though_the_name_is_known_already(family: Registry[Plugin], offer: Offer) -> None:
    family.register("own")(from_package("first"))
    offer(Point("own", from_package("second")))
    with pytest.warns(PluginWarning, match="two packages"), pytest.raises(UnknownPluginError, match="two packages"):
        family.get("own")


def test_a_decorator_may_claim_a_name_of_another_package_too(family: Registry[Plugin]) -> None:
    family.register("one")(from_package("first"))
    with pytest.warns(PluginWarning, match=r"first\.Foreign of the module first, and second\.Foreign"):
        family.register("one")(from_package("second"))
    family.register("one")(from_package("third"))
    with pytest.raises(UnknownPluginError, match="two packages"):
        family.get("one")


def test_an_entry_point_and_a_decorator_of_two_names(family: Registry[Plugin], offer: Offer) -> None:
    cls = family.register("decorated")(from_package("lab"))
    offer(Point("pointed", cls))
    warning = r"the entry point 'pointed' of lab-models 1\.0 .* registers as the 'test_family decorated'; give both one"
    with pytest.warns(PluginWarning, match=warning):
        assert family.kinds() == ["decorated"]
    assert family.get("decorated") is cls
    assert cls.kind == "decorated"
    with pytest.raises(UnknownPluginError, match=warning):
        family.get("pointed")


@pytest.mark.parametrize(
    ("loaded", "why"),
    [
        (ImportError("no module named lab"), "cannot be loaded: no module named lab"),
        ("a string", "is no test_family"),
        (dict, "is no test_family"),
    ],
)
def test_a_wrong_entry_point_leaves_the_family_as_it_is(
    family: Registry[Plugin], offer: Offer, loaded: Any, why: str
) -> None:
    cls = family.register("own")(from_package("first"))
    offer(Point("foreign", loaded, None), Point("good", from_package("lab")))
    with pytest.warns(PluginWarning, match=rf"the entry point 'foreign' of a package \(lab:Thing\) {why}"):
        assert family.kinds() == ["good", "own"]
    assert family.get("own") is cls


def test_a_class_that_is_defined_again_replaces_the_old_one(family: Registry[Plugin]) -> None:
    family.register("one")(from_package("lab"))
    newer = family.register("one")(from_package("lab"))
    assert family.get("one") is newer


def test_the_kits_families_have_entry_point_groups_of_their_own() -> None:
    groups = [registry.group for registry in FAMILIES.values()]
    assert len(set(groups)) == len(groups)
    assert all(group.startswith("kit.") for group in groups)
