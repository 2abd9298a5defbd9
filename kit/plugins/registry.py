"""Families of plug-ins: a short name for every class that a recipe can name.

A family is a `Registry`. The kit's own plug-ins enter through the decorator `Registry.register`; a third party's
package enters through an entry point in the family's group (``kit.models``, ``kit.features``, …), which is loaded the
first time the family is asked for a name it does not know or for all its names.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Any, ClassVar, Generic, TypeVar

from kit.errors import UnknownPluginError, did_you_mean
from kit.plugins.plugin import Plugin

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

    def register(self, kind: str) -> Callable[[C], C]:
        """Return a class decorator that enters the class under the short name ``kind``."""

        def enter(cls: C) -> C:
            present = self._classes.get(kind)
            if present is not None and present is not cls:
                raise ValueError(f"the {self.family} {kind!r} is already registered, by {present.__qualname__}")
            cls.kind = kind
            cls.family = self.family
            self._classes[kind] = cls
            return cls

        return enter

    def get(self, kind: str) -> type[P]:
        """Return the class registered as ``kind``.

        Raises:
            UnknownPluginError: Nothing has that name; the message says which name is nearest.
        """
        if kind not in self._classes:
            self._load_entry_points()
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

    def _load_entry_points(self) -> None:
        if self._entry_points_loaded:
            return
        self._entry_points_loaded = True
        for point in entry_points(group=self.group):
            try:
                cls = point.load()
            except Exception as error:  # another package's fault must not take the whole family away
                text = f"the {self.family} {point.name!r} ({point.value}) cannot be loaded: {error}"
                warnings.warn(text, stacklevel=3)
                continue
            self.register(point.name)(cls)
