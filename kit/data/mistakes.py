"""Several problems in one error, so that a table is not mended one message at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kit.errors import InputError

_SHOWN = 20


class Mistakes:
    """Collects what is wrong and raises it together.

    Args:
        error: The class of error that is raised.
    """

    def __init__(self, error: type[InputError]) -> None:
        self.error = error
        self.found: list[str] = []

    def add(self, *mistakes: str) -> None:
        """Add problems, each a sentence or two that names its place and its remedy."""
        self.found.extend(mistakes)

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Add what the block raises instead of letting it through."""
        try:
            yield
        except self.error as error:
            self.add(str(error))

    def raise_if_any(self, where: str) -> None:
        """Raise everything found so far.

        Args:
            where: What the problems are in, for the headline of several.

        Raises:
            InputError: Of the class given to the constructor, when something was added.
        """
        if not self.found:
            return
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
    """Return ``1 row``, ``3 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
