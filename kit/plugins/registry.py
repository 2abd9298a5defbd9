"""Families of plug-ins: a short name for every class that a recipe can name.

A family is a `Registry`. The kit's own plug-ins enter through the decorator `Registry.register`; a third party's
package enters through an entry point in the family's group (``kit.models``, ``kit.features``, …), which is loaded the
first time the family is asked for a name it does not know, for a name that another package offers, or for all its
names. A name that two packages claim belongs to neither: that is a warning, and an error for who uses the name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Generic, TypeVar

from kit.errors import PluginWarning, UnknownPluginError, did_you_mean
from kit.plugins.plugin import Plugin
from kit.plugins.provenance import origin

P = TypeVar("P", bound=Plugin)
C = TypeVar("C", bound=type[Plugin])


class Registry(Generic[P]):
    """The plug-ins of one family, by their short names.

    Args:
        family: The family's name in the singular, as messages and ``kit list`` show it ("model", "feature").
        group: The entry-point group through which other packages add plug-ins.
    """

    _families: ClassVar[dict[str, Registry[Any]]] = {}

    def __init__(self, family: str, group: str) -> None:
        self.family = family
        self.group = group
        self._classes: dict[str, type[P]] = {}
        self._unusable: dict[str, str] = {}
        self._entry_points_loaded = False
        Registry._families[family] = self

    @classmethod
    def of(cls, family: str) -> Registry[Any]:
        """Return the registry of a family.

        Raises:
            UnknownPluginError: No such family has been imported.
        """
        try:
            return cls._families[family]
        except KeyError:
            raise UnknownPluginError(f"no plug-in family {family!r}{did_you_mean(family, cls._families)}") from None

    @classmethod
    def families(cls) -> list[Registry[Any]]:
        """Return the registries of all families that were imported."""
        return list(cls._families.values())

    def register(self, kind: str) -> Callable[[C], C]:
        """Return a class decorator that enters the class under the short name ``kind``.

        A class that is defined again (a cell of a notebook, a module that is loaded anew) replaces the old one.

        Raises:
            ValueError: Another class of the same package has that name. One of another package is a `PluginWarning`,
                and from then on nobody has the name.
        """

        def enter(cls: C) -> C:
            self._enter(kind, cls)
            return cls

        return enter

    def get(self, kind: str) -> type[P]:
        """Return the class registered as ``kind``.

        Raises:
            UnknownPluginError: Nothing has that name (the message says which is nearest), or two packages claim it.
        """
        if kind not in self._classes or kind in self._offered:
            self._load_entry_points()
        if kind in self._unusable:
            raise UnknownPluginError(self._unusable[kind])
        try:
            return self._classes[kind]
        except KeyError:
            raise UnknownPluginError(f"no {self.family} {kind!r}{did_you_mean(kind, self._classes)}") from None

    def kinds(self) -> list[str]:
        """Return every short name of the family, sorted."""
        self._load_entry_points()
        return sorted(self._classes)

    def __contains__(self, kind: object) -> bool:
        return kind in self.kinds()

    def __iter__(self) -> Iterator[type[P]]:
        return (self._classes[kind] for kind in self.kinds())

    @cached_property
    def _offered(self) -> dict[str, EntryPoint]:
        """The entry points of other packages by name, none of them loaded."""
        return {point.name: point for point in entry_points(group=self.group)}

    def _enter(self, kind: str, cls: type[Any]) -> None:
        present = self._classes.get(kind)
        defined_again = present is not None and _path(present) == _path(cls)
        if present is not None and not defined_again and _package(present) == _package(cls):
            raise ValueError(f"the {self.family} {kind!r} is already registered, by {present.__qualname__}")
        cls.kind = kind
        cls.family = self.family
        if present is not None and not defined_again:
            clash = f"two packages register the {self.family} {kind!r}: {origin(present)}, and {origin(cls)}"
            self._refuse(kind, f"{clash}; remove one of the packages, or have one of the two renamed")
        elif kind not in self._unusable:
            self._classes[kind] = cls

    def _refuse(self, kind: str, why: str) -> None:
        """Warn that nobody has a name, and say so to who asks for it."""
        self._classes.pop(kind, None)
        self._unusable[kind] = why
        warnings.warn(why, PluginWarning, stacklevel=2)

    def _load_entry_points(self) -> None:
        if self._entry_points_loaded:
            return
        self._entry_points_loaded = True
        for point in entry_points(group=self.group):
            where = f"the entry point {point.name!r} of {_offerer(point)} ({point.value})"
            try:
                cls = point.load()
            except Exception as error:  # another package's fault must not take the whole family away
                warnings.warn(f"{where} cannot be loaded: {error}", PluginWarning, stacklevel=3)
                continue
            if not (isinstance(cls, type) and issubclass(cls, Plugin)):
                text = f"{where} is no {self.family}: expected a class with the base class of the family"
                warnings.warn(text, PluginWarning, stacklevel=3)
                continue
            decorated = tuple(vars(cls).get(name, "") for name in ("family", "kind"))
            if any(decorated) and decorated != (self.family, point.name):
                text = f"{where} names {origin(cls)}, which its decorator registers as the {' '.join(decorated)!r}"
                self._refuse(point.name, f"{text}; give both one name")
                continue
            try:
                self._enter(point.name, cls)
            except ValueError as error:  # two classes of one package
                warnings.warn(f"{where}: {error}", PluginWarning, stacklevel=3)


def _path(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _offerer(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "a package"
