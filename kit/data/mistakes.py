"""Several problems in one error, so that a table is not mended one message at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from kit.errors import InputError, at_place

_SHOWN = 20


class Mistakes:
    """Collects what is wrong and raises it together.

    Args:
        error: The class of error that is raised.
    """

    def __init__(self, error: type[InputError]) -> None:
        self.error = error
        self.found: list[str] = []
        self._places: set[tuple[str | int, ...]] = set()

    def add(self, *mistakes: str, place: tuple[str | int, ...] = ()) -> None:
        """Add problems, each a sentence or two that names its place and its remedy.

        Args:
            mistakes: The problems.
            place: Where in the configuration their reason stands, if it is there.
        """
        self.found.extend(mistakes)
        self._places |= {place for _ in mistakes}

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Add what the block raises instead of letting it through."""
        try:
            yield
        except self.error as error:
            self.add(str(error), place=error.place)

    def raise_if_any(self, where: str) -> None:
        """Raise everything found so far.

        Args:
            where: What the problems are in, for the headline of several.

        Raises:
            InputError: Of the class given to the constructor, when something was added.
        """
        if not self.found:
            return
        with at_place(*(next(iter(self._places)) if len(self._places) == 1 else ())):
            self._raise(where)

    def _raise(self, where: str) -> NoReturn:
        if len(self.found) == 1:
            raise self.error(self.found[0])
        lines = [f"{len(self.found)} problems in {where}:", *(f"  - {mistake}" for mistake in self.found[:_SHOWN])]
        if len(self.found) > _SHOWN:
            lines.append(f"  … and {len(self.found) - _SHOWN} more")
        raise self.error("\n".join(lines))


def some(names: Iterable[object], shown: int = 3) -> str:
    """Return the first few names in quotes, and how many there are besides: ``'a', 'b', 'c' and 7 more``."""
    listed = [str(name) for name in names]
    text = ", ".join(repr(name) for name in listed[:shown])
    return text if len(listed) <= shown else f"{text} and {len(listed) - shown} more"


def count(number: int, noun: str) -> str:
    """Return ``1 row``, ``3 rows``, ``3 classes``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"
