"""Plug-ins of the tests, in a family's registry for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kit.plugins import Plugin, Registry


@contextmanager
def registered(family: str, *classes: type[Plugin]) -> Iterator[None]:
    """Register classes under their lower-case names and take them out again."""
    registry = Registry.of(family)
    for cls in classes:
        registry.register(cls.__name__.lower())(cls)
    try:
        yield
    finally:
        for cls in classes:
            del registry._classes[cls.__name__.lower()]
