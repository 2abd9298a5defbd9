"""How objects show themselves in a notebook."""

from __future__ import annotations

from html import escape

import pandas as pd

from kit.digits import cells


def page(title: str, *parts: str) -> str:
    """Return a heading and what stands below it; parts that are no HTML yet (`table`) are escaped."""
    below = "".join(part if part.startswith("<table") else f"<div>{escape(part)}</div>" for part in parts if part)
    return f"<div><strong>{escape(title)}</strong>{below}</div>"


def table(frame: pd.DataFrame) -> str:
    """Return a data frame as an HTML table, its numbers as the command line writes them."""
    shown = pd.DataFrame({str(name): cells(frame[name]) for name in frame.columns})
    return str(shown.to_html(index=False, border=0))
