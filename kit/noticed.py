"""The kit's own warnings, collected where they are raised: none is lost in a worker, a fit or a builder."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from kit.errors import KitWarning


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect the texts of the `KitWarning`s of the block, each once, in order; all other warnings go where they went.

    Yields:
        The list that they are appended to.
    """
    found: list[str] = []
    with warnings.catch_warnings():
        others = warnings.showwarning

        def keep(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, KitWarning):
                others(message, category, filename, lineno, file, line)
            elif str(message) not in found:
                found.append(str(message))

        warnings.simplefilter("always", KitWarning)
        warnings.showwarning = keep
        yield found


def raise_again(texts: Iterable[str]) -> None:
    """Warn of what was collected elsewhere: in another process, or when something was computed that is now read."""
    for text in texts:
        warnings.warn(text, KitWarning, stacklevel=2)
