"""A page that was written: where it is, and what it says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Report(os.PathLike[str]):
    """A page of findings, as a path to its file; a notebook shows the page.

    Attributes:
        path: The file, which loads nothing and can be sent as it is.
        content: The same content as plain values, as ``kit report --json`` prints it.
    """

    path: Path
    content: Mapping[str, Any] = field(repr=False)

    def __fspath__(self) -> str:
        return str(self.path)

    def _repr_html_(self) -> str:
        shown = escape(self.path.read_text(encoding="utf-8"), quote=True)
        return f'<iframe srcdoc="{shown}" title="{escape(str(self.path))}" width="100%" height="720"></iframe>'
